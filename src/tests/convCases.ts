import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../shared/rng';
import { normalTensor } from './random';

/** A convolution to try. */
export interface ConvCase {
  readonly input: readonly [number, number, number, number];
  readonly filter: readonly [number, number, number, number];
  readonly strides: [number, number];
  readonly pad: 'same' | 'valid' | [[0, 0], [number, number], [number, number], [0, 0]];
}

/**
 * Random shapes: kernels 1..7, strides 1..3, every kind of padding, odd sizes and channel counts.
 *
 * @param channelCounts chosen from; default 1 to 10.
 */
export function randomConvCases(
  count: number,
  seed: number,
  { depthwise = false, channelCounts }: { depthwise?: boolean; channelCounts?: readonly number[] } = {},
): readonly ConvCase[] {
  const rng = createRng(seed);
  const from = (low: number, high: number): number => low + rng.integer(high - low + 1);
  const channelCount = (high: number): number => channelCounts?.[rng.integer(channelCounts.length)] ?? from(1, high);
  return Array.from({ length: count }, (): ConvCase => {
    const [height, width] = [from(1, 7), from(1, 7)];
    const channels = channelCount(9);
    const explicit = (filter: number): [number, number] => [rng.integer(filter), rng.integer(filter)];
    const pads = ['same', 'valid', [[0, 0], explicit(height), explicit(width), [0, 0]]] as const;
    return {
      input: [from(1, 4), height + rng.integer(9), width + rng.integer(9), channels],
      filter: [height, width, channels, depthwise ? from(1, 3) : channelCount(10)],
      strides: [from(1, 3), from(1, 3)],
      pad: pads[rng.integer(3)] as ConvCase['pad'],
    };
  });
}

/** A convolution as the tests call it. */
export type Convolution = (x: tf.Tensor4D, filter: tf.Tensor4D, shape: ConvCase) => tf.Tensor;

/** The convolution, and the gradients in the input and in the filter of `sum(conv(x, filter) * weights)`. */
export async function convolveAndDifferentiate(convolution: Convolution, shape: ConvCase): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const tensors = [normalTensor(shape.input, 1), normalTensor(shape.filter, 2)];
    const output = convolution(tensors[0] as tf.Tensor4D, tensors[1] as tf.Tensor4D, shape);
    const loss = (x: tf.Tensor, w: tf.Tensor): tf.Scalar => {
      const y = convolution(x as tf.Tensor4D, w as tf.Tensor4D, shape);
      return tf.sum(tf.mul(y, normalTensor(y.shape, 3)));
    };
    return [output, ...tf.grads(loss)(tensors)];
  });
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}
