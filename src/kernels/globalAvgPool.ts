import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, KernelFunc, NamedTensorMap, TensorInfo } from '@tensorflow/tfjs-core';
import { memoryOf } from './memory';

/**
 * Mean over height and width. (`tf.mean` lays the images out anew first, where channels come last.)
 *
 * @param x `[batch, height, width, channels]`.
 * @returns `[batch, channels]`, or `[batch, 1, 1, channels]` with `keepDims`.
 */
export function globalAvgPool(x: tf.Tensor4D, keepDims: boolean): tf.Tensor {
  const [batch, , , channels] = x.shape;
  const inputs: NamedTensorMap = { x };
  const means = tf.engine().runKernel<tf.Tensor2D>('GlobalAvgPool', inputs);
  return keepDims ? tf.reshape(means, [batch, 1, 1, channels]) : means;
}

type Shape4D = [number, number, number, number];

/** The input and the numbers of a forward call. */
export function globalAvgPoolCall({ inputs }: Parameters<KernelFunc>[0]) {
  const { x } = inputs as { x: TensorInfo };
  const [batch, height, width, channels] = x.shape as Shape4D;
  return { x, batch, pixels: height * width, channels };
}

/** The input and the numbers of a gradient call. */
export function globalAvgPoolGradCall({ inputs, attrs }: Parameters<KernelFunc>[0]) {
  const { dy } = inputs as { dy: TensorInfo };
  const shape = attrs?.['inputShape'] as Shape4D;
  const [batch, height, width, channels] = shape;
  return { dy, shape, batch, pixels: height * width, channels };
}

/** On backends whose memory JavaScript can read. */
export const globalAvgPoolDirect: KernelFunc = (call) => {
  const { x, batch, pixels, channels } = globalAvgPoolCall(call);
  const { allocate, view } = memoryOf(call.backend);
  const output = allocate([batch, channels]);
  const [values, means] = [view(x), view(output)];
  const sums = new Float64Array(channels);
  for (let image = 0, at = 0; image < batch; image++) {
    sums.fill(0);
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let c = 0; c < channels; c++, at++) sums[c] = (sums[c] as number) + (values[at] as number);
    }
    for (let c = 0; c < channels; c++) means[image * channels + c] = (sums[c] as number) / pixels;
  }
  return output;
};

export const globalAvgPoolGradDirect: KernelFunc = (call) => {
  const { dy, shape, batch, pixels, channels } = globalAvgPoolGradCall(call);
  const { allocate, view } = memoryOf(call.backend);
  const gradient = allocate(shape);
  const values = view(gradient);
  const shares = view(dy).map((value) => value / pixels);
  for (let image = 0; image < batch; image++) {
    const ofImage = shares.subarray(image * channels, (image + 1) * channels);
    for (let pixel = 0; pixel < pixels; pixel++) values.set(ofImage, (image * pixels + pixel) * channels);
  }
  return gradient;
};

/** {@link globalAvgPoolDirect} of stock operations. */
export const globalAvgPoolComposed: KernelFunc = (call) =>
  tf.tidy(() => tf.mean(call.inputs['x'] as tf.Tensor, [1, 2]));

/** {@link globalAvgPoolGradDirect} of stock operations. */
export const globalAvgPoolGradComposed: KernelFunc = (call) => {
  const { shape, batch, pixels, channels } = globalAvgPoolGradCall(call);
  const { dy } = call.inputs as { dy: tf.Tensor };
  return tf.tidy(() => tf.mul(tf.reshape(dy, [batch, 1, 1, channels]), tf.fill(shape, 1 / pixels)));
};

export const globalAvgPoolGradient: GradConfig = {
  kernelName: 'GlobalAvgPool',
  inputsToSave: ['x'],
  gradFunc: (dy, [x]) => ({
    x: () => {
      const inputs = { dy } as NamedTensorMap;
      return tf.engine().runKernel('GlobalAvgPoolGrad', inputs, { inputShape: [...(x as tf.Tensor).shape] });
    },
  }),
};
