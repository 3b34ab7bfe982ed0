import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import { usesOwnKernels } from './webgpu/kernels';

/** Explicit padding: before and after, of batch, height, width and channels. */
type Padding = 'same' | 'valid' | [[number, number], [number, number], [number, number], [number, number]];

/**
 * Convolution whose channels fall into groups that do not see each other. Differentiable in both tensors. On WebGPU
 * with our own kernels it is one operation, elsewhere one convolution a group.
 *
 * @param x `[batch, height, width, in]`
 * @param filter `[height, width, in / groups, out]`; the first `out / groups` of `out` belong to the first group.
 */
export function groupedConv2d(
  x: tf.Tensor4D,
  filter: tf.Tensor4D,
  strides: [number, number],
  pad: Padding,
  groups: number,
): tf.Tensor4D {
  if (groups === 1) return tf.conv2d(x, filter, strides, pad);
  if (usesOwnKernels()) {
    const attributes = { strides, pad, groups } as unknown as NamedAttrMap;
    return tf.engine().runKernel('GroupedConv2D', { x, filter }, attributes);
  }
  const filters = tf.split<tf.Tensor4D>(filter, groups, 3);
  const slices = tf.split<tf.Tensor4D>(x, groups, 3);
  const parts = slices.map((slice, group) => tf.conv2d(slice, filters[group] as tf.Tensor4D, strides, pad));
  return tf.concat(parts, 3);
}

/** Makes the one operation differentiable. */
export const groupedConvGradient: GradConfig = {
  kernelName: 'GroupedConv2D',
  inputsToSave: ['x', 'filter'],
  gradFunc: (dy, saved, attributes) => {
    const [x, filter] = saved as [tf.Tensor4D, tf.Tensor4D];
    const run = (name: string, inputs: object, shape: NamedAttrMap): tf.Tensor =>
      tf.engine().runKernel(name, inputs as NamedTensorMap, { ...attributes, ...shape });
    return {
      x: () => run('GroupedConv2DBackpropInput', { dy, filter }, { inputShape: x.shape }),
      filter: () => run('GroupedConv2DBackpropFilter', { x, dy }, { filterShape: filter.shape }),
    };
  },
};
