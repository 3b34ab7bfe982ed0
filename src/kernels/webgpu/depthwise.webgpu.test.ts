import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { switchBackend, useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { normalTensor } from '../../tests/random';
import { gpuBackend } from './backend';
import { tuneDevice } from './tuning';

interface Case {
  readonly seed: number;
  readonly x: number[];
  readonly filter: number[];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];
}

function caseOf(seed: number): Case {
  const rng = createRng(seed);
  const upTo = (largest: number): number => 1 + rng.integer(largest);
  const filter = [upTo(7), upTo(7)] as const;
  const extent = (taps: number): number => taps + rng.integer(10);
  const padding = (taps: number): [number, number] => [rng.integer(taps), rng.integer(taps)];
  const channels = seed % 2 === 0 ? 4 * upTo(3) : upTo(6);
  const multiplier = seed % 4 === 1 ? upTo(3) : 1;
  const pads = ['same', 'valid', [[0, 0], padding(filter[0]), padding(filter[1]), [0, 0]]] as const;
  return {
    seed,
    x: [upTo(3), extent(filter[0]), extent(filter[1]), channels],
    filter: [...filter, channels, multiplier],
    strides: [upTo(3), upTo(3)],
    pad: pads[seed % 3] as Case['pad'],
  };
}

/** Output, gradient in the input, gradient in the filter. */
async function compute({ seed, x: xShape, filter: filterShape, strides, pad }: Case): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const [x, filter] = [normalTensor(xShape, seed), normalTensor(filterShape, seed + 1)];
    const run = (...[input, weights]: tf.Tensor[]): tf.Tensor =>
      tf.depthwiseConv2d(input as tf.Tensor4D, weights as tf.Tensor4D, strides, pad);
    const y = run(x, filter);
    return [y, ...tf.grads(run)([x, filter], normalTensor(y.shape, seed + 2))];
  });
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  tf.dispose(results);
  return values;
}

async function expectSame(compute: () => Promise<Float32Array[]>): Promise<void> {
  const kept = (): number[] => [tf.memory().numTensors, tf.backend().numDataIds()];
  const before = kept();
  const actual = await compute();
  expect(kept()).toEqual(before);
  await switchBackend('cpu');
  const expected = await compute();
  await switchBackend('webgpu');
  actual.forEach((values, at) => expect(values).toBeAllClose(expected[at]!, { relative: 1e-5 }));
}

describe('depthwise convolution on webgpu', () => {
  useBackend('webgpu');

  it.each([0, 1, 2, 3])('of 40 random shapes is that of cpu, gradients included, list %i', async (list) => {
    for (let at = 0; at < 40; at++) await expectSame(() => compute(caseOf(40 * list + at)));
  });

  it('sums the gradient of the filter over many rows where the device wants it', async () => {
    const { device } = gpuBackend();
    tuneDevice(device, { software: true, busyInvocations: 1 });
    await expectSame(() => compute(caseOf(12)));
    tuneDevice(device, { software: true });
  });

  it.each([2, 3])('spreads its taps by %i as cpu does', async (dilation) => {
    await expectSame(async () => {
      const y = tf.tidy(() => {
        const filter = normalTensor([3, 2, 4, 1], 2) as tf.Tensor4D;
        return tf.depthwiseConv2d(normalTensor([2, 9, 8, 4], 1) as tf.Tensor4D, filter, 1, 'same', 'NHWC', dilation);
      });
      const values = await y.data<'float32'>();
      y.dispose();
      return [values];
    });
  });
});
