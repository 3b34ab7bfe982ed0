import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { goldenNetwork, type GoldenArray, type GoldenWeights } from '../tests/goldenNetwork';
import '../tests/matchers';
import { forward, updateRunningStatistics } from './forward';
import { createNetwork, disposeNetwork, loadWeights, parameterGroups, readWeights } from './network';

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
  return tf.tensor([...data], [...shape], 'float32') as tf.Tensor4D;
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
});
