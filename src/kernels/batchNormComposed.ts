import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc, NamedTensorInfoMap } from '@tensorflow/tfjs-core';
import { attributesOf, type BatchNormAttributes, type FusedActivation } from './channelLayout';

/** The kernels of {@link file://./batchNormDirect.ts} written with stock operations, for any backend. */

/** The engine calls kernels with whole tensors, of which their type only promises the description. */
function tensor(inputs: NamedTensorInfoMap, name: string): tf.Tensor {
  const value = inputs[name];
  if (value === undefined) throw new Error(`The kernel was called without its input ${name}.`);
  return value as unknown as tf.Tensor;
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

function measure(x: tf.Tensor, matchRows = x.shape[0]): tf.Tensor1D[] {
  return [...moments(x), ...(matchRows < x.shape[0] ? moments(firstImages(x, matchRows)) : [])];
}

function inverseDeviation(variance: tf.Tensor, epsilon: number): tf.Tensor {
  return tf.rsqrt(tf.add(variance, epsilon));
}

type Inputs = (name: string) => tf.Tensor;

/** Kernels start their own scope: what they return stays, all else goes. */
function kernel(run: (inputs: Inputs, attributes: BatchNormAttributes) => tf.Tensor | tf.Tensor[]): KernelFunc {
  return ({ inputs, attrs }) => tf.tidy(() => run((name) => tensor(inputs, name), attributesOf(attrs)));
}

const activate: Readonly<Record<FusedActivation, (y: tf.Tensor) => tf.Tensor>> = {
  none: (y) => y,
  relu: (y) => tf.relu(y),
  relu6: (y) => tf.relu6(y),
};

function normalize(x: tf.Tensor, inputs: Inputs, [mean, variance]: readonly tf.Tensor[], epsilon: number): tf.Tensor {
  const scale = tf.mul(inputs('gamma'), inverseDeviation(variance as tf.Tensor, epsilon));
  return tf.add(tf.mul(tf.sub(x, mean as tf.Tensor), scale), inputs('beta'));
}

/** dy before the activation: 0 where the activation is flat. */
function gradientBefore(inputs: Inputs, { epsilon, activation }: BatchNormAttributes): tf.Tensor {
  const dy = inputs('dy');
  if (activation === 'none') return dy;
  const y = normalize(inputs('x'), inputs, [inputs('mean'), inputs('variance')], epsilon);
  const rising = tf.step(y);
  return tf.mul(dy, activation === 'relu' ? rising : tf.mul(rising, tf.cast(tf.lessEqual(y, 6), 'float32')));
}

const batchNormTraining = kernel((inputs, { epsilon, matchRows, activation }) => {
  const x = inputs('x');
  const statistics = measure(x, matchRows);
  return [activate[activation](normalize(x, inputs, statistics, epsilon)), ...statistics];
});

/** `dx` of the moments alone: `dMean / count + 2 dVariance (x - mean) / count`. */
function momentsGradient(x: tf.Tensor, mean: tf.Tensor, dMean: tf.Tensor, dVariance: tf.Tensor): tf.Tensor {
  const count = x.size / (x.shape.at(-1) ?? 1);
  return tf.add(tf.mul(tf.sub(x, mean), tf.mul(dVariance, 2 / count)), tf.div(dMean, count));
}

function momentsGradients(inputs: Inputs, matchRows: number | undefined, mean = inputs('mean')): tf.Tensor {
  const x = inputs('x');
  const images = x.shape[0];
  const all = momentsGradient(x, mean, inputs('dMean'), inputs('dVariance'));
  if (matchRows === undefined || matchRows === images) return all;
  const matched = firstImages(x, matchRows);
  const extra = momentsGradient(matched, inputs('matchedMean'), inputs('dMatchedMean'), inputs('dMatchedVariance'));
  return tf.concat([tf.add(firstImages(all, matchRows), extra), tf.slice(all, matchRows, images - matchRows)], 0);
}

const batchNormTrainingGrad = kernel((inputs, attributes) => {
  const x = inputs('x');
  const dy = gradientBefore(inputs, attributes);
  const inverse = inverseDeviation(inputs('variance'), attributes.epsilon);
  const normalized = tf.mul(tf.sub(x, inputs('mean')), inverse);
  const dBeta = sumRows(dy);
  const dGamma = sumRows(tf.mul(dy, normalized));
  const count = x.size / (x.shape.at(-1) ?? 1);
  const centered = tf.sub(dy, tf.div(tf.add(dBeta, tf.mul(normalized, dGamma)), count));
  const own = tf.mul(centered, tf.mul(inputs('gamma'), inverse));
  return [tf.add(own, momentsGradients(inputs, attributes.matchRows)), dGamma, dBeta];
});

function normalizedByRunning(inputs: Inputs, { epsilon, activation }: BatchNormAttributes): tf.Tensor {
  return activate[activation](normalize(inputs('x'), inputs, [inputs('mean'), inputs('variance')], epsilon));
}

/** dx, dGamma and dBeta. */
function runningGradients(inputs: Inputs, attributes: BatchNormAttributes): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const inverse = inverseDeviation(inputs('variance'), attributes.epsilon);
  const dy = gradientBefore(inputs, attributes);
  const dGamma = tf.mul(sumRows(tf.mul(dy, tf.sub(inputs('x'), inputs('mean')))), inverse);
  return [tf.mul(dy, tf.mul(inputs('gamma'), inverse)), dGamma, sumRows(dy)];
}

const batchNormRunning = kernel(normalizedByRunning);

const batchNormRunningGrad = kernel(runningGradients);

const batchNormRunningMeasured = kernel((inputs, attributes) => [
  normalizedByRunning(inputs, attributes),
  ...measure(inputs('x'), attributes.matchRows),
]);

const batchNormRunningMeasuredGrad = kernel((inputs, attributes) => {
  const [dx, ...affine] = runningGradients(inputs, attributes);
  return [tf.add(dx, momentsGradients(inputs, attributes.matchRows, inputs('batchMean'))), ...affine];
});

const channelMoments = kernel((inputs, { matchRows }) => measure(inputs('x'), matchRows));

const channelMomentsGrad = kernel((inputs, { matchRows }) => momentsGradients(inputs, matchRows));

/** By kernel name. */
export const composedKernels: Readonly<Record<string, KernelFunc>> = {
  BatchNormTraining: batchNormTraining,
  BatchNormTrainingGrad: batchNormTrainingGrad,
  BatchNormRunning: batchNormRunning,
  BatchNormRunningGrad: batchNormRunningGrad,
  BatchNormRunningMeasured: batchNormRunningMeasured,
  BatchNormRunningMeasuredGrad: batchNormRunningMeasuredGrad,
  ChannelMoments: channelMoments,
  ChannelMomentsGrad: channelMomentsGrad,
};
