import type { KernelFunc, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';
import { attributesOf, input, layoutOf } from '../channelLayout';
import { gpuBackend } from './backend';
import { applyBatchNorm } from './batchNormApply';
import { runningGradient, trainingGradient, type GradientOperands, type MomentGradients } from './batchNormGradient';
import { measureChannels, momentsGradient } from './channelMoments';
import { writingStrips } from './channelStrips';

/** The kernels of {@link file://../batchNormDirect.ts} as compute shaders. */

const batchNormTraining: KernelFunc = ({ inputs, attrs, backend }) => {
  const gpu = gpuBackend(backend);
  const attributes = attributesOf(attrs);
  const [x, gamma, beta] = [input(inputs, 'x'), input(inputs, 'gamma'), input(inputs, 'beta')];
  const layout = layoutOf(x, attributes.matchRows);
  const statistics = measureChannels(gpu, x, layout);
  const [mean, variance] = statistics as [TensorInfo, TensorInfo];
  return [applyBatchNorm(gpu, { x, gamma, beta, mean, variance }, attributes, layout), ...statistics];
};

function gradientOperands(
  inputs: NamedTensorInfoMap,
  attributes: Pick<GradientOperands, 'epsilon' | 'activation'>,
): GradientOperands {
  return {
    x: input(inputs, 'x'),
    dy: input(inputs, 'dy'),
    gamma: input(inputs, 'gamma'),
    beta: input(inputs, 'beta'),
    mean: input(inputs, 'mean'),
    variance: input(inputs, 'variance'),
    ...attributes,
  };
}

function momentGradients(inputs: NamedTensorInfoMap, hasRest: boolean): MomentGradients {
  const matched = hasRest
    ? {
        mean: input(inputs, 'matchedMean'),
        dMean: input(inputs, 'dMatchedMean'),
        dVariance: input(inputs, 'dMatchedVariance'),
      }
    : null;
  return { dMean: input(inputs, 'dMean'), dVariance: input(inputs, 'dVariance'), matched };
}

const batchNormTrainingGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const { epsilon, activation, matchRows } = attributesOf(attrs);
  const layout = layoutOf(input(inputs, 'x'), matchRows);
  const moments = momentGradients(inputs, layout.split < layout.rows);
  return trainingGradient(gpuBackend(backend), gradientOperands(inputs, { epsilon, activation }), moments, layout);
};

const batchNormRunning: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  const operands = {
    x,
    gamma: input(inputs, 'gamma'),
    beta: input(inputs, 'beta'),
    mean: input(inputs, 'mean'),
    variance: input(inputs, 'variance'),
  };
  return applyBatchNorm(gpuBackend(backend), operands, attributesOf(attrs), layoutOf(x, undefined));
};

const batchNormRunningGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const { epsilon, activation } = attributesOf(attrs);
  const operands = gradientOperands(inputs, { epsilon, activation });
  return runningGradient(gpuBackend(backend), operands, layoutOf(operands.x, undefined));
};

const channelMoments: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  return measureChannels(gpuBackend(backend), x, layoutOf(x, attributesOf(attrs).matchRows));
};

const channelMomentsGrad: KernelFunc = ({ inputs, attrs, backend }) => {
  const x = input(inputs, 'x');
  const layout = layoutOf(x, attributesOf(attrs).matchRows);
  const { dMean, dVariance, matched } = momentGradients(inputs, layout.split < layout.rows);
  const ofMatched = matched ? [matched.mean, matched.dMean, matched.dVariance] : [];
  const statistics = [input(inputs, 'mean'), dMean, dVariance, ...ofMatched];
  return momentsGradient(gpuBackend(backend), x, writingStrips(layout), statistics);
};

/** By kernel name. */
export const batchNormKernels: Readonly<Record<string, KernelFunc>> = {
  BatchNormTraining: batchNormTraining,
  BatchNormTrainingGrad: batchNormTrainingGrad,
  BatchNormRunning: batchNormRunning,
  BatchNormRunningGrad: batchNormRunningGrad,
  ChannelMoments: channelMoments,
  ChannelMomentsGrad: channelMomentsGrad,
};
