import type { KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { attributesOf, input, layoutOf, type BatchNormAttributes } from '../channelLayout';
import { gpuBackend } from './backend';
import { applyBatchNorm, type Normalization } from './batchNormApply';
import { measuredGradient, runningGradient, trainingGradient, type MomentGradients } from './batchNormGradient';
import type { GradientOperands } from './batchNormGradientSums';
import { measureAndNormalize, measureChannels, momentsGradient } from './channelMoments';
import { writingStrips } from './channelStrips';

/** The kernels of {@link file://../batchNormDirect.ts} as compute shaders. */

const batchNormTraining: KernelFunc = ({ inputs, attrs, backend }) => {
  const gpu = gpuBackend(backend);
  const attributes = attributesOf(attrs);
  const [x, gamma, beta] = [input(inputs, 'x'), input(inputs, 'gamma'), input(inputs, 'beta')];
  const layout = layoutOf(x, attributes.matchRows);
  const statistics = measureChannels(gpu, x, layout);
  const [mean, variance] = statistics as [TensorInfo, TensorInfo];
  return [applyBatchNorm(gpu, x, { gamma, beta, mean, variance, ...attributes }, layout), ...statistics];
};

function normalization(
  inputs: NamedTensorInfoMap,
  { epsilon, activation }: Pick<BatchNormAttributes, 'epsilon' | 'activation'>,
): Normalization {
  return {
    gamma: input(inputs, 'gamma'),
    beta: input(inputs, 'beta'),
    mean: input(inputs, 'mean'),
    variance: input(inputs, 'variance'),
    epsilon,
    activation,
  };
}

function gradientOperands(inputs: NamedTensorInfoMap, attributes: BatchNormAttributes): GradientOperands {
  return { x: input(inputs, 'x'), dy: input(inputs, 'dy'), ...normalization(inputs, attributes) };
}

/** @param mean the name of the mean of all rows among the inputs. */
function momentGradients(inputs: NamedTensorInfoMap, hasRest: boolean, mean = 'mean'): MomentGradients {
  const matched = hasRest
    ? {
        mean: input(inputs, 'matchedMean'),
        dMean: input(inputs, 'dMatchedMean'),
        dVariance: input(inputs, 'dMatchedVariance'),
      }
    : null;
  return { mean: input(inputs, mean), dMean: input(inputs, 'dMean'), dVariance: input(inputs, 'dVariance'), matched };
}

const batchNormTrainingGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const attributes = attributesOf(attrs);
  const operands = gradientOperands(inputs, attributes);
  const layout = layoutOf(operands.x, attributes.matchRows);
  return trainingGradient(gpuBackend(backend), operands, momentGradients(inputs, layout.split < layout.rows), layout);
};

const batchNormRunning: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  return applyBatchNorm(gpuBackend(backend), x, normalization(inputs, attributesOf(attrs)), layoutOf(x, undefined));
};

const batchNormRunningGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const operands = gradientOperands(inputs, attributesOf(attrs));
  return runningGradient(gpuBackend(backend), operands, layoutOf(operands.x, undefined));
};

const batchNormRunningMeasured: KernelFunc = ({ inputs, attrs, backend }) => {
  const attributes = attributesOf(attrs);
  const x = input(inputs, 'x');
  const layout = layoutOf(x, attributes.matchRows);
  return measureAndNormalize(gpuBackend(backend), x, normalization(inputs, attributes), layout);
};

const batchNormRunningMeasuredGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const attributes = attributesOf(attrs);
  const operands = gradientOperands(inputs, attributes);
  const layout = layoutOf(operands.x, attributes.matchRows);
  const moments = momentGradients(inputs, layout.split < layout.rows, 'batchMean');
  return measuredGradient(gpuBackend(backend), operands, moments, layout);
};

const channelMoments: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  return measureChannels(gpuBackend(backend), x, layoutOf(x, attributesOf(attrs).matchRows));
};

const channelMomentsGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  const layout = layoutOf(x, attributesOf(attrs).matchRows);
  const { mean, dMean, dVariance, matched } = momentGradients(inputs, layout.split < layout.rows);
  const ofMatched = matched ? [matched.mean, matched.dMean, matched.dVariance] : [];
  const statistics = [mean, dMean, dVariance, ...ofMatched];
  return momentsGradient(gpuBackend(backend), x, writingStrips(layout), statistics);
};

/** By kernel name. */
export const batchNormKernels: Readonly<Record<string, KernelFunc>> = {
  BatchNormTraining: batchNormTraining,
  BatchNormTrainingGrad: batchNormTrainingGrad,
  BatchNormRunning: batchNormRunning,
  BatchNormRunningGrad: batchNormRunningGrad,
  BatchNormRunningMeasured: batchNormRunningMeasured,
  BatchNormRunningMeasuredGrad: batchNormRunningMeasuredGrad,
  ChannelMoments: channelMoments,
  ChannelMomentsGrad: channelMomentsGrad,
};
