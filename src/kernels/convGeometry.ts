import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap } from '@tensorflow/tfjs-core';

/** One spatial axis of a convolution. */
export interface Axis {
  /** Input, filter and output extent. */
  readonly input: number;
  readonly filter: number;
  readonly output: number;
  readonly stride: number;
  /** Padding before the first input element. */
  readonly before: number;
}

/** Rows and columns of a convolution. */
export interface Geometry {
  readonly rows: Axis;
  readonly columns: Axis;
}

type Shape4D = [number, number, number, number];

/** Resolves the attributes of an undilated convolution kernel ('same', 'valid', explicit padding) into numbers. */
export function geometryOf(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: NamedAttrMap,
  depthwise: boolean,
): Geometry {
  const info = tf.backend_util.computeConv2DInfo(
    [...inputShape] as Shape4D,
    [...filterShape] as Shape4D,
    attributes['strides'] as [number, number],
    1,
    attributes['pad'] as 'same',
    attributes['dimRoundingMode'] as 'floor',
    depthwise,
  );
  return {
    rows: {
      input: info.inHeight,
      filter: info.filterHeight,
      output: info.outHeight,
      stride: info.strideHeight,
      before: info.padInfo.top,
    },
    columns: {
      input: info.inWidth,
      filter: info.filterWidth,
      output: info.outWidth,
      stride: info.strideWidth,
      before: info.padInfo.left,
    },
  };
}

/** Padding of one axis; negative numbers crop. */
export interface AxisPadding {
  readonly before: number;
  readonly after: number;
}

/**
 * Convolves with padding that may be negative (that side is cropped first).
 *
 * @param kernelName `Conv2D`, or `DepthwiseConv2dNative` with a filter `[height, width, channels, 1]`.
 */
export function convolve(
  kernelName: 'Conv2D' | 'DepthwiseConv2dNative',
  tensors: { x: tf.Tensor4D; filter: tf.Tensor4D },
  padding: { rows: AxisPadding; columns: AxisPadding },
  dilations: readonly [number, number] = [1, 1],
): tf.Tensor4D {
  const { rows, columns } = padding;
  const kept = (axis: AxisPadding): [number, number] => [Math.max(0, axis.before), Math.max(0, axis.after)];
  const inputs = { x: crop(tensors.x, rows, columns), filter: tensors.filter };
  const pad = [[0, 0], kept(rows), kept(columns), [0, 0]];
  const attributes = { strides: [1, 1], dilations, pad, dataFormat: 'NHWC' } as unknown as NamedAttrMap;
  return tf.engine().runKernel(kernelName, inputs, attributes);
}

function crop(x: tf.Tensor4D, rows: AxisPadding, columns: AxisPadding): tf.Tensor4D {
  const cut = (axis: AxisPadding): [number, number] => [Math.max(0, -axis.before), Math.max(0, -axis.after)];
  const [top, bottom] = cut(rows);
  const [left, right] = cut(columns);
  if (top + bottom + left + right === 0) return x;
  const [batch, height, width, channels] = x.shape;
  return tf.slice(x, [0, top, left, 0], [batch, height - top - bottom, width - left - right, channels]);
}
