import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { goldenNetwork, type GoldenArray, type GoldenWeights } from '../tests/goldenNetwork';
import { forward, updateRunningStatistics } from './forward';
import { createNetwork, disposeNetwork } from './network';

interface GoldenCase {
  readonly name: string;
  readonly net: readonly GoldenWeights[];
  readonly target: GoldenArray;
  readonly ti_source: GoldenArray;
  readonly first_logits: GoldenArray;
  readonly ti_source_features: readonly GoldenArray[];
}

const file = join(process.env['GOLDEN_DIR'] ?? join(process.env['SHARED_DIR'] ?? '../shared', 'golden'), 'net.json');
const cases: readonly GoldenCase[] = existsSync(file)
  ? (JSON.parse(readFileSync(file, 'utf8')) as { cases: GoldenCase[] }).cases
  : [];

function open(golden: GoldenCase, source = 0) {
  const { spec, weights } = goldenNetwork(
    golden.net[source] ?? {},
    golden.target.shape.slice(1) as [number, number, number],
  );
  return createNetwork(spec, weights);
}

function tensorOf({ shape, data }: GoldenArray): tf.Tensor4D {
  return tf.tensor<tf.Rank.R4>([...data], shape as [number, number, number, number], 'float32');
}

describe.skipIf(cases.length === 0).each(['cpu', 'wasm'] as const)('the golden network on %s', (backend) => {
  useBackend(backend);

  it.each(cases.filter(({ net }) => net.length === 1))('$name has the golden logits in batch mode', async (golden) => {
    const { logits } = forward(open(golden), tensorOf(golden.target), { batchNorm: 'batch' });
    expect(await logits.data()).toBeAllClose(golden.first_logits.data, { relative: 2e-5 });
  });

  it.each(cases)('$name has the golden features of the paired RGB images in running mode', async (golden) => {
    for (const [source, expected] of golden.ti_source_features.entries()) {
      const { features } = forward(open(golden, source), tensorOf(golden.ti_source), { batchNorm: 'running' });
      expect(await features.data()).toBeAllClose(expected.data, { relative: 2e-5 });
    }
  });

  it('measures matched statistics over the first rows only, and equal ones where these are all', async () => {
    const golden = cases[0] as GoldenCase;
    const x = tensorOf(golden.target);
    const options = { batchNorm: 'running', collect: true } as const;
    const network = open(golden);
    const [all] = forward(network, x, { ...options, matchRows: 3 }).statistics;
    const [alone] = forward(network, tf.slice(x, 0, 3), options).statistics;
    expect(all?.matched.count).toBe(alone?.count);
    expect(await all?.matched.mean.data()).toBeAllClose((await alone?.mean.data()) ?? [], { relative: 1e-6 });
    expect(await all?.matched.variance.data()).toBeAllClose((await alone?.variance.data()) ?? [], { relative: 1e-6 });
    expect(alone?.matched.mean).toBe(alone?.mean);
    expect(all?.count).toBe((golden.target.shape[0] ?? 0) * 8 * 8);
    expect([all?.spatial, all?.layer]).toEqual([true, 'F.bn1']);
  });

  it('moves running statistics by a tenth towards the batch, with the unbiased variance', async () => {
    const golden = cases[0] as GoldenCase;
    const network = open(golden);
    const entry = network.runningStatistics[2];
    const before = await entry?.variance.data<'float32'>();
    const { statistics } = forward(network, tensorOf(golden.target), { batchNorm: 'batch' });
    const batch = await statistics[2]?.variance.data();
    const rows = golden.target.shape[0] ?? 0;
    updateRunningStatistics(network, statistics, { unbiased: true });
    const expected = Array.from(
      before ?? [],
      (value, c) => 0.9 * value + 0.1 * (batch?.[c] ?? 0) * (rows / (rows - 1)),
    );
    expect(await entry?.variance.data()).toBeAllClose(expected, { relative: 1e-6 });
  });

  it('keeps as many tensors after 50 steps of gradients as after 5', () => {
    const golden = cases.toSorted((a, b) => a.target.data.length - b.target.data.length)[0] as GoldenCase;
    const network = open(golden);
    const x = tf.slice(tensorOf(golden.target), 0, 4);
    const variables = [...network.parameters.values()];
    const step = (): void => {
      const { value, grads } = tf.variableGrads(() => {
        const { logits, statistics } = forward(network, x, { batchNorm: 'batch', matchRows: 2 });
        updateRunningStatistics(network, statistics, { unbiased: true });
        const matching = statistics.map(({ matched }) => tf.norm(matched.variance));
        return tf.add<tf.Scalar>(tf.sum(tf.square(logits)), tf.addN(matching));
      }, variables);
      tf.dispose([value, grads]);
    };
    const counts: number[] = [];
    for (let index = 1; index <= 50; index++) {
      step();
      if (index === 5 || index === 50) counts.push(tf.memory().numTensors);
    }
    expect(counts[1]).toBe(counts[0]);
    disposeNetwork(network);
  });
});
