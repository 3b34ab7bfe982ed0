import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, NamedAttrMap, NamedTensorMap } from '@tensorflow/tfjs-core';
import { composedKernels } from './batchNormComposed';
import { directKernels } from './batchNormDirect';
import type { FusedActivation } from './channelLayout';
import { putKernels } from './putKernels';
import { batchNormKernels } from './webgpu/batchNorm';

/** Mean and biased variance per channel, `[channels]` each. */
interface ChannelMoments {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Moments over all images, and over the first `matchRows` of them (the same tensors where that is all). */
export interface MeasuredMoments extends ChannelMoments {
  readonly matched: ChannelMoments;
}

function run(name: string, inputs: NamedTensorMap, attributes: NamedAttrMap): tf.Tensor[] {
  return tf.engine().runKernel<tf.Tensor[]>(name, inputs, attributes);
}

function measured([mean, variance, matchedMean, matchedVariance]: tf.Tensor[]): MeasuredMoments {
  const all = { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
  if (!matchedMean || !matchedVariance) return { ...all, matched: all };
  return { ...all, matched: { mean: matchedMean as tf.Tensor1D, variance: matchedVariance as tf.Tensor1D } };
}

/**
 * Batch normalisation with the statistics of the batch itself, over all axes but the last.
 *
 *     y = activation((x - mean) / sqrt(variance + epsilon) * gamma + beta)
 *
 * Differentiable in x, gamma and beta, and through every returned moment.
 *
 * @param x `[batch, ..., channels]`.
 * @param matchRows the first so many images also get moments of their own.
 */
export function batchNormTraining(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  { epsilon, matchRows, activation = 'none' }: { epsilon: number; matchRows: number; activation?: FusedActivation },
): { y: tf.Tensor; moments: MeasuredMoments } {
  const [y, ...moments] = run('BatchNormTraining', { x, gamma, beta }, { epsilon, matchRows, activation });
  return { y: y as tf.Tensor, moments: measured(moments) };
}

interface Affine {
  readonly gamma: tf.Tensor;
  readonly beta: tf.Tensor;
}

/** Running statistics, per channel. */
interface GivenStatistics {
  readonly mean: tf.Tensor;
  readonly variance: tf.Tensor;
  readonly epsilon: number;
}

/** Batch normalisation with given statistics, which are taken as constants. Differentiable in x, gamma and beta. */
export function batchNormRunning(
  x: tf.Tensor,
  affine: Affine,
  statistics: GivenStatistics,
  activation: FusedActivation = 'none',
): tf.Tensor {
  const { mean, variance, epsilon } = statistics;
  return tf.engine().runKernel('BatchNormRunning', { x, ...affine, mean, variance }, { epsilon, activation });
}

/**
 * {@link batchNormRunning} and {@link channelMoments} of the same x, in one pass over it, and one pass back.
 * Differentiable in x, gamma and beta, and through every returned moment.
 */
export function batchNormRunningMeasured(
  x: tf.Tensor,
  affine: Affine,
  { mean, variance, epsilon }: GivenStatistics,
  { matchRows, activation = 'none' }: { matchRows: number; activation?: FusedActivation },
): { y: tf.Tensor; moments: MeasuredMoments } {
  const inputs = { x, ...affine, mean, variance };
  const [y, ...moments] = run('BatchNormRunningMeasured', inputs, { epsilon, matchRows, activation });
  return { y: y as tf.Tensor, moments: measured(moments) };
}

/** Mean and biased variance over all axes but the last; differentiable. `matchRows` as in {@link batchNormTraining}. */
export function channelMoments(x: tf.Tensor, matchRows: number): MeasuredMoments {
  return measured(run('ChannelMoments', { x }, { matchRows }));
}

/** Inputs of the gradient kernels that carry what arrives at the moments. */
function momentInputs(saved: readonly tf.Tensor[], dMoments: readonly tf.Tensor[]): NamedTensorMap {
  const [mean, variance, matchedMean] = saved;
  const [dMean, dVariance, dMatchedMean, dMatchedVariance] = dMoments;
  const named = { mean, variance, dMean, dVariance, matchedMean, dMatchedMean, dMatchedVariance };
  return Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined)) as NamedTensorMap;
}

/**
 * One kernel gives all three gradients, here and not in the closures: autodiff runs each closure in a scope of its
 * own, which would throw the others' results away.
 */
function affineGradients(results: tf.Tensor[]): Record<string, () => tf.Tensor> {
  const [dx, dGamma, dBeta] = results as [tf.Tensor, tf.Tensor, tf.Tensor];
  return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
}

const gradients: readonly GradConfig[] = [
  {
    kernelName: 'BatchNormTraining',
    inputsToSave: ['x', 'gamma', 'beta'],
    outputsToSave: [false, true, true, true, true],
    gradFunc: (dys, [x, gamma, beta, ...moments], attributes) => {
      const [dy, ...dMoments] = dys as tf.Tensor[];
      const inputs = { x, dy, gamma, beta, ...momentInputs(moments, dMoments) } as NamedTensorMap;
      return affineGradients(run('BatchNormTrainingGrad', inputs, attributes));
    },
  },
  {
    kernelName: 'BatchNormRunning',
    inputsToSave: ['x', 'gamma', 'beta', 'mean', 'variance'],
    gradFunc: (dy, [x, gamma, beta, mean, variance], attributes) => {
      const inputs = { x, dy, gamma, beta, mean, variance } as NamedTensorMap;
      return affineGradients(run('BatchNormRunningGrad', inputs, attributes));
    },
  },
  {
    kernelName: 'BatchNormRunningMeasured',
    inputsToSave: ['x', 'gamma', 'beta', 'mean', 'variance'],
    outputsToSave: [false, true, true, true, true],
    gradFunc: (dys, [x, gamma, beta, mean, variance, ...moments], attributes) => {
      const [dy, ...dMoments] = dys as tf.Tensor[];
      const ofMoments = { ...momentInputs(moments, dMoments), batchMean: moments[0] };
      const inputs = { ...ofMoments, x, dy, gamma, beta, mean, variance } as NamedTensorMap;
      return affineGradients(run('BatchNormRunningMeasuredGrad', inputs, attributes));
    },
  },
  {
    kernelName: 'ChannelMoments',
    inputsToSave: ['x'],
    outputsToSave: [true, true, true, true],
    gradFunc: (dMoments, [x, ...moments], attributes) => ({
      x: () => {
        const inputs = { x, ...momentInputs(moments, dMoments as tf.Tensor[]) } as NamedTensorMap;
        return tf.engine().runKernel('ChannelMomentsGrad', inputs, attributes);
      },
    }),
  },
];

/** How the kernels are written: loops over a backend's memory, compute shaders, or stock operations. */
const writings = { direct: directKernels, shaders: batchNormKernels, composed: composedKernels } as const;

/**
 * Makes the functions of this file work on a backend, or work on it in another way.
 *
 * @param backendName the name that the backend is registered by.
 * @param writing `direct` for wasm and cpu, `shaders` for webgpu, `composed` for any.
 */
export function registerBatchNorm(backendName: string, writing: keyof typeof writings): void {
  putKernels(backendName, writings[writing]);
}

/** Makes the functions of this file differentiable, on all backends. */
export function registerBatchNormGradients(): void {
  for (const gradient of gradients) tf.registerGradient(gradient);
}
