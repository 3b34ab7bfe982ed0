import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readWeights } from '../networks/network';
import type { ImageSet } from '../shared/imageSet';
import { createRng } from '../shared/rng';
import type { Rng } from '../shared/rng';
import { useBackend } from '../tests/backend';
import { tinyNetwork } from '../tests/tinyNetwork';
import { predict } from './evaluate';
import { topClasses } from './metrics';
import { trainSource } from './sourceTraining';
import type { LabelledImages, SourceReport, SourceTask } from './sourceTraining';

/** Images whose class is the channel that is bright. */
function brightChannels(count: number, rng: Rng): LabelledImages {
  const labels = Int32Array.from({ length: count }, (_, i) => i % 3);
  const pixels = Float32Array.from({ length: count * 108 }, (_, at) => {
    const bright = at % 3 === labels[Math.floor(at / 108)];
    return (bright ? 1 : -1) + 0.5 * rng.normal();
  });
  const images: ImageSet = {
    count,
    shape: [6, 6, 3],
    read: (requests) =>
      Promise.resolve(
        Float32Array.from(requests.flatMap(({ index }) => [...pixels.subarray(index * 108, (index + 1) * 108)])),
      ),
  };
  return { images, labels };
}

const taskOf = (seed = 3): SourceTask => ({
  network: tinyNetwork(createRng(5)),
  train: brightChannels(45, createRng(6)),
  validation: brightChannels(30, createRng(7)),
  settings: {
    seed,
    epochs: 6,
    batchSize: 15,
    augmentation: 'cropAndFlip',
    labelSmoothing: 0.1,
    optimizer: 'sgd',
    learningRate: 0.05,
    backboneFactor: 1,
    momentum: 0.9,
    weightDecay: 1e-3,
    schedule: 'inverse',
  },
});

async function reportsOf(task: SourceTask): Promise<SourceReport[]> {
  const reports: SourceReport[] = [];
  for await (const report of trainSource(task)) reports.push(report);
  return reports;
}

describe('source training', () => {
  useBackend('wasm');

  it('learns, keeps the best epoch, and leaves no tensor', async () => {
    const task = taskOf();
    const before = tf.memory().numTensors;
    const reports = await reportsOf(task);
    expect(tf.memory().numTensors).toBe(before);
    const losses = reports.flatMap((report) => (report.kind === 'step' ? report.loss : []));
    expect(losses.length).toBe(18);
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.3);
    const epochs = reports.flatMap((report) => (report.kind === 'epoch' ? report : []));
    const best = Math.max(...epochs.map(({ accuracy }) => accuracy));
    expect(epochs.findLast((epoch) => epoch.best)?.accuracy).toBe(best);
    const { probabilities } = await predict([task.network], [1], task.validation.images, 15);
    const right = topClasses(probabilities, 3).predictions.filter((label, i) => label === task.validation.labels[i]);
    expect(right.length / 30).toBeCloseTo(best, 10);
    expect(best).toBeGreaterThan(0.8);
  });

  it('is the same for the same seed', async () => {
    const [a, b, c] = [taskOf(), taskOf(), taskOf(4)];
    for (const task of [a, b, c]) await reportsOf(task);
    expect(await readWeights(b.network)).toEqual(await readWeights(a.network));
    expect(await readWeights(c.network)).not.toEqual(await readWeights(a.network));
  });
});
