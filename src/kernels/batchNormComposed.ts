import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedAttrMap, NamedTensorInfoMap } from '@tensorflow/tfjs-core';

/** The kernels of {@link file://./batchNormDirect.ts} written with stock operations, for the webgpu backend. */

/** The engine calls kernels with whole tensors, of which their type only promises the description. */
function tensor(inputs: NamedTensorInfoMap, name: string): tf.Tensor {
  const value = inputs[name];
  if (value === undefined) throw new Error(`The kernel was called without its input ${name}.`);
  return value as unknown as tf.Tensor;
}

function attribute(attrs: NamedAttrMap | undefined, name: string): number {
  return attrs?.[name] as number;
}

/** Sum over all axes but the last. */
function sumRows(x: tf.Tensor): tf.Tensor1D {
  return tf.sum(tf.reshape(x, [-1, x.shape.at(-1) ?? 1]), 0);
}

/** Two passes: the squared deviations from the mean keep their digits however large the mean is. */
function moments(x: tf.Tensor): [tf.Tensor1D, tf.Tensor1D] {
  const count = x.size / (x.shape.at(-1) ?? 1);
  const mean: tf.Tensor1D = tf.div(sumRows(x), count);
  return [mean, tf.div(sumRows(tf.square(tf.sub(x, mean))), count)];
}

function firstImages(x: tf.Tensor, count: number): tf.Tensor {
  return tf.slice(x, 0, count);
}

function measure(x: tf.Tensor, matchRows: number): tf.Tensor1D[] {
  return [...moments(x), ...(matchRows < x.shape[0] ? moments(firstImages(x, matchRows)) : [])];
}

function inverseDeviation(variance: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

/** Kernels start their own scope: what they return stays, all else goes. */
function kernel(
  run: (inputs: (name: string) => tf.Tensor, attribute: (name: string) => number) => tf.Tensor | tf.Tensor[],
): KernelFunc {
  return ({ inputs, attrs }) =>
    tf.tidy(() =>
      run(
        (name) => tensor(inputs, name),
        (name) => attribute(attrs, name),
      ),
    );
}

export const batchNormTraining = kernel((inputs, attribute) => {
  const x = inputs('x');
  const statistics = measure(x, attribute('matchRows'));
  const [mean, variance] = statistics as [tf.Tensor1D, tf.Tensor1D];
  const scale = tf.mul(inputs('gamma'), inverseDeviation(variance, attribute('epsilon')));
  return [tf.add(tf.mul(tf.sub(x, mean), scale), inputs('beta')), ...statistics];
});

/** `dx` of the moments alone: `dMean / count + 2 dVariance (x - mean) / count`. */
function momentsGradient(x: tf.Tensor, mean: tf.Tensor, dMean: tf.Tensor, dVariance: tf.Tensor): tf.Tensor {
  const count = x.size / (x.shape.at(-1) ?? 1);
  return tf.add(tf.mul(tf.sub(x, mean), tf.mul(dVariance, 2 / count)), tf.div(dMean, count));
}

function momentsGradients(inputs: (name: string) => tf.Tensor, matchRows: number): tf.Tensor {
  const x = inputs('x');
  const images = x.shape[0];
  const all = momentsGradient(x, inputs('mean'), inputs('dMean'), inputs('dVariance'));
  if (matchRows === images) return all;
  const matched = firstImages(x, matchRows);
  const extra = momentsGradient(matched, inputs('matchedMean'), inputs('dMatchedMean'), inputs('dMatchedVariance'));
  return tf.concat([tf.add(firstImages(all, matchRows), extra), tf.slice(all, matchRows, images - matchRows)], 0);
}

export const batchNormTrainingGrad = kernel((inputs, attribute) => {
  const x = inputs('x');
  const dy = inputs('dy');
  const inverse = inverseDeviation(inputs('variance'), attribute('epsilon'));
  const normalized = tf.mul(tf.sub(x, inputs('mean')), inverse);
  const dBeta = sumRows(dy);
  const dGamma = sumRows(tf.mul(dy, normalized));
  const count = x.size / (x.shape.at(-1) ?? 1);
  const centered = tf.sub(dy, tf.div(tf.add(dBeta, tf.mul(normalized, dGamma)), count));
  const own = tf.mul(centered, tf.mul(inputs('gamma'), inverse));
  return [tf.add(own, momentsGradients(inputs, attribute('matchRows'))), dGamma, dBeta];
});

export const batchNormRunning = kernel((inputs, attribute) => {
  const scale = tf.mul(inputs('gamma'), inverseDeviation(inputs('variance'), attribute('epsilon')));
  return tf.add(tf.mul(tf.sub(inputs('x'), inputs('mean')), scale), inputs('beta'));
});

export const batchNormRunningGrad = kernel((inputs, attribute) => {
  const inverse = inverseDeviation(inputs('variance'), attribute('epsilon'));
  const dy = inputs('dy');
  const dGamma = tf.mul(sumRows(tf.mul(dy, tf.sub(inputs('x'), inputs('mean')))), inverse);
  return [tf.mul(dy, tf.mul(inputs('gamma'), inverse)), dGamma, sumRows(dy)];
});

export const channelMoments = kernel((inputs, attribute) => measure(inputs('x'), attribute('matchRows')));

export const channelMomentsGrad = kernel((inputs, attribute) => momentsGradients(inputs, attribute('matchRows')));
