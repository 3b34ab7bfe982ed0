import * as tf from '@tensorflow/tfjs-core';
import type { Axis, Geometry } from './convGeometry';
import { inputGradient } from './convGradients';
import { memoryOf } from './memory';

/** The output positions of an axis whose tap `tap` lies inside the input: `[from, to)`. */
function insideRange({ input, output, stride, before }: Axis, tap: number): { from: number; to: number } {
  const shift = tap - before;
  const from = Math.max(0, Math.ceil(-shift / stride));
  const to = Math.min(output, Math.floor((input - 1 - shift) / stride) + 1);
  return { from, to };
}

/** What a filter tap's sum runs over. */
interface TapSum {
  readonly batch: number;
  readonly channels: number;
  readonly multiplier: number;
  readonly geometry: Geometry;
  readonly row: number;
  readonly column: number;
}

/** Adds one tap's products of input and dy, summed over images and pixels, to `sums` `[channels * multiplier]`. */
function addTap(x: Float32Array, dy: Float32Array, sums: Float64Array, tap: TapSum): void {
  const { rows, columns } = tap.geometry;
  const [vertical, horizontal] = [insideRange(rows, tap.row), insideRange(columns, tap.column)];
  const outChannels = tap.channels * tap.multiplier;
  for (let image = 0; image < tap.batch; image++) {
    for (let row = vertical.from; row < vertical.to; row++) {
      const inputRow = image * rows.input + row * rows.stride + tap.row - rows.before;
      const outputRow = image * rows.output + row;
      for (let column = horizontal.from; column < horizontal.to; column++) {
        const inputColumn = column * columns.stride + tap.column - columns.before;
        const source = (inputRow * columns.input + inputColumn) * tap.channels;
        const target = (outputRow * columns.output + column) * outChannels;
        if (tap.multiplier === 1) {
          for (let c = 0; c < outChannels; c++) {
            sums[c] = (sums[c] as number) + (x[source + c] as number) * (dy[target + c] as number);
          }
          continue;
        }
        for (let o = 0; o < outChannels; o++) {
          const value = x[source + Math.floor(o / tap.multiplier)] as number;
          sums[o] = (sums[o] as number) + value * (dy[target + o] as number);
        }
      }
    }
  }
}

/**
 * Gradient of a depthwise convolution in its filter.
 *
 * @param x `[batch, height, width, channels]`
 * @param dy `[batch, out height, out width, channels * multiplier]`
 * @returns `[filter height, filter width, channels, multiplier]`
 */
export function depthwiseFilterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, geometry: Geometry): tf.Tensor4D {
  const memory = memoryOf(tf.backend());
  const [batch, , , channels] = x.shape;
  const multiplier = dy.shape[3] / channels;
  const [height, width] = [geometry.rows.filter, geometry.columns.filter];
  const gradient = memory.allocate([height, width, channels, multiplier]);
  const [values, dyValues, out] = [memory.view(x), memory.view(dy), memory.view(gradient)];
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const sums = new Float64Array(channels * multiplier);
      addTap(values, dyValues, sums, { batch, channels, multiplier, geometry, row, column });
      out.set(sums, (row * width + column) * channels * multiplier);
    }
  }
  return tf.engine().makeTensorFromTensorInfo(gradient) as tf.Tensor4D;
}

/**
 * Gradient of a depthwise convolution in its input: one depthwise convolution a multiplier, added up.
 *
 * @param dy `[batch, out height, out width, channels * multiplier]`
 * @param filter `[filter height, filter width, channels, multiplier]`
 * @param inputShape `[batch, height, width, channels]`
 */
export function depthwiseInputGradient(
  dy: tf.Tensor4D,
  filter: tf.Tensor4D,
  geometry: Geometry,
  inputShape: readonly number[],
): tf.Tensor4D {
  const [height, width, channels, multiplier] = filter.shape;
  if (multiplier === 1) return inputGradient('DepthwiseConv2dNative', { dy, filter }, geometry, inputShape);
  return tf.tidy(() => {
    const [batch, outHeight, outWidth] = dy.shape;
    const split = tf.reshape(dy, [batch, outHeight, outWidth, channels, multiplier]);
    const parts = Array.from({ length: multiplier }, (_, index) => {
      const dyPart = tf.slice(split, [0, 0, 0, 0, index], [-1, -1, -1, -1, 1]);
      const tensors = {
        dy: tf.reshape<tf.Rank.R4>(dyPart, [batch, outHeight, outWidth, channels]),
        filter: tf.slice(filter, [0, 0, 0, index], [height, width, channels, 1]),
      };
      return inputGradient('DepthwiseConv2dNative', tensors, geometry, inputShape);
    });
    return tf.addN(parts);
  });
}
