import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { switchBackend, useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { normalTensor } from '../../tests/random';
import { globalAvgPool } from '../globalAvgPool';

type Pool = 'maxPool' | 'avgPool';

interface Case {
  readonly seed: number;
  readonly shape: [number, number, number, number];
  readonly filter: [number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];
  /** Values are rounded, so that windows have several maxima. */
  readonly ties: boolean;
}

function caseOf(seed: number): Case {
  const rng = createRng(seed);
  const upTo = (largest: number): number => 1 + rng.integer(largest);
  const [height, width] = [2 + rng.integer(9), 2 + rng.integer(9)];
  const filter: [number, number] = [Math.min(height, upTo(4)), Math.min(width, upTo(4))];
  const padding = (extent: number): [number, number] => [rng.integer(extent), rng.integer(extent)];
  const pads = ['same', 'valid', [[0, 0], padding(filter[0]), padding(filter[1]), [0, 0]]] as const;
  return {
    seed,
    shape: [upTo(3), height, width, seed % 2 === 0 ? 4 * upTo(3) : upTo(9)],
    filter,
    strides: [upTo(3), upTo(3)],
    pad: pads[seed % 3] as Case['pad'],
    ties: rng.next() < 0.5,
  };
}

/** Output of a pooling and gradient in its input. */
async function compute(pool: Pool, { seed, shape, filter, strides, pad, ties }: Case): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const normal = normalTensor(shape, seed);
    const x = ties ? tf.relu(tf.round(normal)) : normal;
    const run = (input: tf.Tensor): tf.Tensor => tf[pool](input as tf.Tensor4D, filter, strides, pad);
    const y = run(x);
    const dy = normalTensor(y.shape, seed + 1);
    return [y, tf.grad(run)(x, dy)];
  });
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  tf.dispose(results);
  return values;
}

/** Output and gradient in the input. */
async function computeGlobal(shape: [number, number, number, number]): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const dy = normalTensor([shape[0], 1, 1, shape[3]], 2);
    const x = normalTensor(shape, 1, { mean: 3 });
    const run = (input: tf.Tensor, keepDims = true): tf.Tensor => globalAvgPool(input as tf.Tensor4D, keepDims);
    return [run(x, false), tf.grad(run)(x, dy)];
  });
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  tf.dispose(results);
  return values;
}

/** Expects the same of both backends, and that nothing but results is left. */
async function expectSame(compute: () => Promise<Float32Array[]>): Promise<void> {
  const before = tf.memory().numTensors;
  const actual = await compute();
  expect(tf.memory().numTensors).toBe(before);
  await switchBackend('cpu');
  const expected = await compute();
  await switchBackend('webgpu');
  actual.forEach((values, at) => expect(values).toBeAllClose(expected[at]!, { relative: 2e-6 }));
}

describe('pooling on webgpu', () => {
  useBackend('webgpu');

  it.each(['maxPool', 'avgPool'] as const)(
    '%s of 45 random shapes is that of cpu, gradients included',
    async (pool) => {
      for (let seed = 1; seed <= 45; seed++) await expectSame(() => compute(pool, caseOf(seed)));
    },
  );

  it.each<[number, number, number, number][]>([[[2, 7, 7, 5]], [[1, 1, 1, 3]], [[3, 4, 5, 64]], [[1, 33, 9, 130]]])(
    'averages whole images of %j as cpu does, gradient included',
    (shape) => expectSame(() => computeGlobal(shape)),
  );
});
