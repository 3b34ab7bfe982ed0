import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { switchBackend, useBackend } from '../tests/backend';
import { normalTensor } from '../tests/random';

interface Case {
  readonly input: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | [[0, 0], [number, number], [number, number], [0, 0]];
}

/** Random shapes: kernels 1..7, strides 1..3, every kind of padding, odd sizes and channel counts. */
function randomCases(count: number, seed: number, depthwise: boolean): readonly Case[] {
  const rng = createRng(seed);
  const from = (low: number, high: number): number => low + rng.integer(high - low + 1);
  return Array.from({ length: count }, (): Case => {
    const [height, width] = [from(1, 7), from(1, 7)];
    const channels = from(1, 9);
    const explicit = (filter: number): [number, number] => [rng.integer(filter), rng.integer(filter)];
    const pads = ['same', 'valid', [[0, 0], explicit(height), explicit(width), [0, 0]]] as const;
    return {
      input: [from(1, 4), height + rng.integer(9), width + rng.integer(9), channels],
      filter: [height, width, channels, depthwise ? from(1, 3) : from(1, 10)],
      strides: [from(1, 3), from(1, 3)],
      pad: pads[rng.integer(3)] as Case['pad'],
    };
  });
}

type Convolution = (x: tf.Tensor4D, filter: tf.Tensor4D, strides: [number, number], pad: Case['pad']) => tf.Tensor;

/** Gradients in the input and in the filter of `sum(conv(x, filter) * weights)`. */
async function gradients(convolution: Convolution, { input, filter, strides, pad }: Case): Promise<Float32Array[]> {
  const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
    const y = convolution(x as tf.Tensor4D, w as tf.Tensor4D, strides, pad);
    return tf.sum(tf.mul(y, normalTensor(y.shape, 3)));
  };
  const results = tf.tidy(() => tf.grads(loss)([normalTensor(input, 1), normalTensor(filter, 2)]));
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}

const families = [
  {
    name: 'conv2d',
    convolution: ((x, w, strides, pad) => tf.conv2d(x, w, strides, pad)) satisfies Convolution,
    depthwise: false,
  },
  {
    name: 'depthwiseConv2d',
    convolution: ((x, w, strides, pad) => tf.depthwiseConv2d(x, w, strides, pad)) satisfies Convolution,
    depthwise: true,
  },
];

describe.each(families)('the wasm gradients of $name', ({ convolution, depthwise }) => {
  useBackend('wasm');

  it.each(randomCases(80, 7, depthwise))(
    'of $input by $filter, strides $strides, padding $pad are those of the cpu backend',
    async (shape) => {
      const actual = await gradients(convolution, shape);
      await switchBackend('cpu');
      const expected = await gradients(convolution, shape);
      await switchBackend('wasm');
      expect(actual[0]).toBeAllClose(expected[0] ?? [], { relative: 1e-5 });
      expect(actual[1]).toBeAllClose(expected[1] ?? [], { relative: 1e-5 });
    },
  );

  it('leave no tensor behind', async () => {
    for (const shape of randomCases(5, 11, depthwise)) {
      const before = tf.memory().numTensors;
      await gradients(convolution, shape);
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});
