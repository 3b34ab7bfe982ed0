import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { useBackend } from '../tests/backend';
import '../tests/matchers';
import { tinyImages, tinyNetwork } from '../tests/tinyNetwork';
import { pool } from './drift';
import { predict } from './evaluate';
import { preprocessingScore } from './preprocessingScore';
import { collectStatistics, fixedBatches, readStored, refreshStatistics } from './statistics';
import type { LayerStatistics } from './statistics';

const layerOf = (batches: readonly (readonly LayerStatistics[])[], at: number): LayerStatistics[] =>
  batches.flatMap((layers) => layers[at] ?? []);

it('fills the last batch up from the start of the set', () => {
  expect(fixedBatches(5, 2)).toEqual([
    { indices: [0, 1], fresh: 2 },
    { indices: [2, 3], fresh: 2 },
    { indices: [4, 0], fresh: 1 },
  ]);
  expect(fixedBatches(3, 8)).toEqual([{ indices: [0, 1, 2], fresh: 3 }]);
});

describe.each(['cpu', 'wasm'] as const)('statistics on %s', (backend) => {
  useBackend(backend);

  it('count each image once whatever the batch size, with running statistics on the way', async () => {
    const network = tinyNetwork(createRng(1));
    const images = tinyImages(7, createRng(2));
    const whole = await collectStatistics(network, images, 7, 'running');
    const parts = await collectStatistics(network, images, 3, 'running');
    expect(whole.length).toBe(1);
    expect(parts.length).toBe(3);
    for (const at of [0, 1, 2]) {
      const together = pool(layerOf(parts, at));
      expect(together.count).toBe(layerOf(whole, at)[0]?.count);
      expect(together.mean).toBeAllClose(layerOf(whole, at)[0]?.mean ?? [], { absolute: 1e-5 });
      expect(together.variance).toBeAllClose(layerOf(whole, at)[0]?.variance ?? [], { absolute: 1e-5 });
    }
  });

  it('name the layers in forward order, and which have a feature map', async () => {
    const [batch] = await collectStatistics(tinyNetwork(createRng(1)), tinyImages(4, createRng(2)), 4, 'batch');
    expect(batch?.map(({ layer, spatial, count }) => [layer, spatial, count])).toEqual([
      ['F.bn1', true, 36], // 4 images of 3x3
      ['F.bn2', true, 36],
      ['B.bn', false, 4],
    ]);
  });

  it('are refreshed to the average over batches, variances unbiased', async () => {
    const network = tinyNetwork(createRng(1));
    const images = tinyImages(8, createRng(2));
    const batches = layerOf(await collectStatistics(network, images, 4, 'batch'), 2);
    await refreshStatistics([network], images, 4);
    const stored = (await readStored(network))[2];
    const average = (of: (batch: LayerStatistics, c: number) => number) =>
      [0, 1, 2, 3].map((c) => batches.reduce((sum, batch) => sum + of(batch, c), 0) / batches.length);
    expect(stored?.mean).toBeAllClose(
      average(({ mean }, c) => mean[c] ?? NaN),
      { absolute: 1e-5 },
    );
    expect(stored?.variance).toBeAllClose(
      average(({ variance }, c) => ((variance[c] ?? NaN) * 4) / 3),
      { absolute: 1e-5 },
    );
  });

  it('leave no tensor behind', async () => {
    const network = tinyNetwork(createRng(1));
    const images = tinyImages(5, createRng(2));
    const before = tf.memory().numTensors;
    await collectStatistics(network, images, 2, 'running');
    await refreshStatistics([network], images, 2);
    await predict([network], [1], images, 2);
    await preprocessingScore(network, images, 2);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('predictions', () => {
  useBackend('cpu');

  it('do not depend on the batch size', async () => {
    const network = tinyNetwork(createRng(1));
    const images = tinyImages(7, createRng(2));
    const whole = await predict([network], [1], images, 7);
    const parts = await predict([network], [1], images, 3);
    expect(parts.logits).toBeAllClose(whole.logits, { absolute: 1e-6 });
    expect(whole.classCount).toBe(3);
  });

  it('are the softmax of the mixed logits', async () => {
    const rng = createRng(1);
    const networks = [tinyNetwork(rng), tinyNetwork(rng)];
    const images = tinyImages(2, createRng(2));
    const [a, b, both] = [
      await predict(networks.slice(0, 1), [1], images, 2),
      await predict(networks.slice(1), [1], images, 2),
      await predict(networks, [0.25, 0.75], images, 2),
    ];
    const mixed = [...a.logits].map((logit, i) => 0.25 * logit + 0.75 * (b.logits[i] ?? NaN));
    expect(both.logits).toBeAllClose(mixed, { absolute: 1e-6 });
    const total = mixed.slice(0, 3).reduce((sum, logit) => sum + Math.exp(logit), 0);
    expect(both.probabilities[0]).toBeCloseTo(Math.exp(mixed[0] ?? NaN) / total, 6);
  });
});

describe('the preprocessing score', () => {
  useBackend('cpu');

  it('is lowest for images scaled as those the statistics came from', async () => {
    const network = tinyNetwork(createRng(1));
    const images = tinyImages(32, createRng(2));
    await refreshStatistics([network], images, 32);
    const scaled = (factor: number) => ({
      ...images,
      read: async (requests: Parameters<typeof images.read>[0]) =>
        (await images.read(requests)).map((value) => value * factor),
    });
    const fitting = await preprocessingScore(network, images, 32);
    expect(fitting).toBeLessThan(0.2);
    expect(await preprocessingScore(network, scaled(4), 32)).toBeGreaterThan(fitting + 1); // ln 16 = 2.8 at the first layer
    expect(await preprocessingScore(network, scaled(0.25), 32)).toBeGreaterThan(fitting + 0.5);
  });
});
