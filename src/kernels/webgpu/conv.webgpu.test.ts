import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gpuBackend } from './backend';
import { convKernels } from './conv';
import { tuneDevice } from './tuning';
import { switchBackend, useBackend } from '../../tests/backend';
import { convolveAndDifferentiate, randomConvCases, type ConvCase, type Convolution } from '../../tests/convCases';

const convolution: Convolution = (x, w, { strides, pad }) => tf.conv2d(x, w, strides, pad);

/** Scales all results: a kernel that writes nothing must not pass because its buffer was another's with the same values. */
const times =
  (scale: number): Convolution =>
  (x, w, shape) =>
    convolution(tf.mul(x, scale), w, shape);

const cases: readonly ConvCase[] = [
  ...randomConvCases(70, 21),
  ...randomConvCases(60, 22, { channelCounts: [3, 4, 5, 8, 12, 16, 20, 32] }),
  { input: [256, 3, 3, 2], filter: [3, 3, 2, 4], strides: [1, 1], pad: 'same' },
];

/** Of more rows and columns than one tile, with channels in fours and without, and long sums that are split. */
const largeCases: readonly ConvCase[] = [
  { input: [2, 14, 14, 64], filter: [3, 3, 64, 128], strides: [1, 1], pad: 'same' },
  { input: [3, 13, 11, 40], filter: [3, 3, 40, 72], strides: [2, 2], pad: 'same' },
  { input: [2, 9, 9, 35], filter: [3, 2, 35, 70], strides: [1, 1], pad: 'valid' },
  { input: [2, 23, 25, 3], filter: [7, 7, 3, 48], strides: [2, 2], pad: 'same' },
  { input: [2, 20, 21, 36], filter: [1, 1, 36, 40], strides: [1, 1], pad: 'valid' },
];

const known = new Map<ConvCase, readonly Float32Array[]>();

async function onCpu(shape: ConvCase): Promise<readonly Float32Array[]> {
  const values = known.get(shape);
  if (values) return values;
  await switchBackend('cpu');
  const computed = await convolveAndDifferentiate(convolution, shape);
  await switchBackend('webgpu');
  known.set(shape, computed);
  return computed;
}

/** @param scale a power of 2, so that it costs no accuracy. */
async function compare(shape: ConvCase, scale: number): Promise<void> {
  const { numTensors } = tf.memory();
  const actual = await convolveAndDifferentiate(times(scale), shape);
  expect(tf.memory().numTensors).toBe(numTensors);
  const expected = await onCpu(shape);
  actual.forEach((values, index) => {
    const scaled = (expected[index] ?? new Float32Array()).map((value) => value * scale);
    expect(values).toBeAllClose(scaled, { relative: 1e-5 });
  });
}

/** The kernels are cut as on such a device. */
function useTuning(tuning: Parameters<typeof tuneDevice>[1]): void {
  beforeAll(() => {
    tuneDevice(gpuBackend().device, tuning);
  });
  afterAll(() => {
    tuneDevice(gpuBackend().device, { software: true });
  });
}

const sentence = 'of $input by $filter, strides $strides, padding $pad compute what the cpu backend does';

describe('the webgpu kernels of conv2d, gradients included,', () => {
  useBackend('webgpu');

  it.each(Object.entries(convKernels))('are our own: %s', (kernelName, kernelFunc) => {
    expect(tf.getKernel(kernelName, 'webgpu').kernelFunc).toBe(kernelFunc);
  });

  describe('with tiles in registers', () => {
    useTuning({ software: true });
    it.each([...cases, ...largeCases])(sentence, (shape) => compare(shape, 1));
  });

  describe('with tiles in workgroup memory', () => {
    useTuning({ software: false });
    it.each([...cases, ...largeCases])(sentence, (shape) => compare(shape, 2));
  });

  describe('with large tiles in workgroup memory', () => {
    useTuning({ software: false, busyInvocations: 256 });
    it.each(largeCases)(sentence, (shape) => compare(shape, 4));
  });
});
