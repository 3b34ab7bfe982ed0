import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { convKernels } from './conv';
import { switchBackend, useBackend } from '../../tests/backend';
import { convolveAndDifferentiate, randomConvCases, type ConvCase, type Convolution } from '../../tests/convCases';

const convolution: Convolution = (x, w, { strides, pad }) => tf.conv2d(x, w, strides, pad);

const cases: readonly ConvCase[] = [
  ...randomConvCases(70, 21),
  ...randomConvCases(60, 22, { channelCounts: [3, 4, 5, 8, 12, 16, 20, 32] }),
  { input: [256, 3, 3, 2], filter: [3, 3, 2, 4], strides: [1, 1], pad: 'same' },
];

describe('the webgpu kernels of conv2d', () => {
  useBackend('webgpu');

  it.each(Object.entries(convKernels))('are our own: %s', (kernelName, kernelFunc) => {
    expect(tf.getKernel(kernelName, 'webgpu').kernelFunc).toBe(kernelFunc);
  });

  it.each(cases)(
    'of $input by $filter, strides $strides, padding $pad compute what the cpu backend does, gradients included',
    async (shape) => {
      const actual = await convolveAndDifferentiate(convolution, shape);
      await switchBackend('cpu');
      const expected = await convolveAndDifferentiate(convolution, shape);
      await switchBackend('webgpu');
      actual.forEach((values, index) => {
        expect(values).toBeAllClose(expected[index] ?? [], { relative: 1e-5 });
      });
    },
  );
});
