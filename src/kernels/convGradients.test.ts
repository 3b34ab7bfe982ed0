import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { switchBackend, useBackend } from '../tests/backend';
import { convolveAndDifferentiate, randomConvCases, type Convolution } from '../tests/convCases';

const families = [
  {
    name: 'conv2d',
    convolution: ((x, w, { strides, pad }) => tf.conv2d(x, w, strides, pad)) satisfies Convolution,
    depthwise: false,
  },
  {
    name: 'depthwiseConv2d',
    convolution: ((x, w, { strides, pad }) => tf.depthwiseConv2d(x, w, strides, pad)) satisfies Convolution,
    depthwise: true,
  },
];

describe.each(families)('the wasm kernels of $name', ({ convolution, depthwise }) => {
  useBackend('wasm');

  it.each(randomConvCases(120, 7, { depthwise }))(
    'of $input by $filter, strides $strides, padding $pad compute what the cpu backend does, gradients included',
    async (shape) => {
      const actual = await convolveAndDifferentiate(convolution, shape);
      await switchBackend('cpu');
      const expected = await convolveAndDifferentiate(convolution, shape);
      await switchBackend('wasm');
      actual.forEach((values, index) => {
        expect(values).toBeAllClose(expected[index] ?? [], { relative: 1e-5 });
      });
    },
  );

  it('leave no tensor behind', async () => {
    for (const shape of randomConvCases(5, 11, { depthwise })) {
      const before = tf.memory().numTensors;
      await convolveAndDifferentiate(convolution, shape);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});
