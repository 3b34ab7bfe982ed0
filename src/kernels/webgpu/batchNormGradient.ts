import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation, Layout } from '../channelLayout';
import { allocate, type GpuBackend } from './backend';
import { maskDeclaration } from './batchNormApply';
import {
  addition,
  gradientRow,
  gradientSums,
  loadConstants,
  type GradientOperands,
  type MeasuredConstants,
} from './batchNormGradientSums';
import {
  dispatchChannels,
  dispatchStrips,
  forRows,
  laneOf,
  rowLoop,
  stripDims,
  stripStart,
  variants,
  workgroup,
  writingStrips,
  type Lane,
} from './channelStrips';

const runningFinish = variants((lane: Lane) => ({
  key: `batchNorm.runningFinish ${lane}`,
  outputs: { dGamma: lane, dBeta: lane },
  inputs: { partials: lane, variance: lane },
  dims: ['channels', 'strips', 'epsilon'],
  floats: ['epsilon'],
  workgroup,
  declarations: addition(lane),
  body: `
  if (index >= dims.channels) { return; }
  let all = added(index, 0, 1, dims.strips);
  dGamma[index] = all.second * inverseSqrt(variance[index] + dims.epsilon);
  dBeta[index] = all.first;`,
}));

/**
 * One pass over x and dy.
 *
 * @param measured what the pass adds to dx for moments that are not what x is normalised by.
 * @returns dx, dGamma, dBeta of a normalisation with constant statistics.
 */
export function runningGradient(
  backend: GpuBackend,
  operands: GradientOperands,
  layout: Layout,
  measured?: MeasuredConstants,
): TensorInfo[] {
  const { x, variance, epsilon } = operands;
  const outputs = [x.shape, [layout.channels], [layout.channels]].map((shape) => allocate(backend, shape));
  const [dx, ...affine] = outputs as [TensorInfo, TensorInfo, TensorInfo];
  const { strips, partials } = gradientSums(backend, operands, layout, { dx, ...(measured && { measured }) });
  const { channels } = writingStrips(layout);
  const call = { outputs: affine, inputs: [partials, variance], dims: { channels, strips, epsilon } };
  dispatchChannels(backend, runningFinish(laneOf(layout.channels)), call);
  backend.disposeData(partials.dataId);
  return outputs;
}

/** Stores what `loadConstants` loads, the same for matched rows as for others. */
const storeConstants = `
  constants[index] = gain;
  constants[dims.channels + index] = slope;
  constants[2 * dims.channels + index] = offset;
  constants[3 * dims.channels + index] = slope;
  constants[4 * dims.channels + index] = offset;`;

/** dGamma, dBeta and the constants of dx. What arrives at mean and variance is in them. */
const trainingFinish = variants((lane: Lane) => ({
  key: `batchNorm.trainingFinish ${lane}`,
  outputs: { dGamma: lane, dBeta: lane, constants: lane },
  inputs: { partials: lane, gamma: lane, variance: lane, dMean: lane, dVariance: lane },
  dims: ['channels', 'rows', 'strips', 'epsilon'],
  floats: ['epsilon'],
  workgroup,
  declarations: addition(lane),
  body: `
  if (index >= dims.channels) { return; }
  let all = added(index, 0, 1, dims.strips);
  let inverse = inverseSqrt(variance[index] + dims.epsilon);
  let gain = gamma[index] * inverse;
  let count = f32(dims.rows);
  let slope = (2 * dVariance[index] - gain * (inverse * inverse) * all.second) / count;
  let offset = (dMean[index] - gain * all.first) / count;
  dGamma[index] = all.second * inverse;
  dBeta[index] = all.first;${storeConstants}`,
}));

/** Adds what arrives at the moments of the matched rows to their constants. */
const matchedFinish = variants((lane: Lane) => ({
  key: `batchNorm.matchedFinish ${lane}`,
  outputs: { constants: lane },
  inputs: { mean: lane, matchedMean: lane, dMatchedMean: lane, dMatchedVariance: lane },
  dims: ['channels', 'split'],
  workgroup,
  body: `
  if (index >= dims.channels) { return; }
  let extra = 2 * dMatchedVariance[index] / f32(dims.split);
  let slope = 3 * dims.channels + index;
  let offset = 4 * dims.channels + index;
  constants[slope] = constants[slope] + extra;
  constants[offset] = constants[offset] + dMatchedMean[index] / f32(dims.split)
    + extra * (mean[index] - matchedMean[index]);`,
}));

const apply = variants((lane: Lane, activation: FusedActivation) => {
  const rows = `${gradientRow(activation)}\n    dx[$at] = g$ * gain + (d$ * slope + shift);`;
  return {
    key: `batchNorm.gradientApply ${lane} ${activation}`,
    outputs: { dx: lane },
    inputs: { x: lane, dy: lane, constants: lane, mean: lane, ...(activation !== 'none' && { beta: lane }) },
    dims: stripDims,
    workgroup,
    declarations: `alias V = ${lane};\n${maskDeclaration(activation)}`,
    body: `${stripStart}
  let center = mean[channel];
  ${activation === 'none' ? '' : 'let offset = beta[channel];'}
  ${loadConstants}
  ${rowLoop(forRows(4, rows), forRows(1, rows))}`,
  };
});

/** What arrives at the moments, and the means; the same of the matched rows where these are not all. */
export interface MomentGradients {
  readonly mean: TensorInfo;
  readonly dMean: TensorInfo;
  readonly dVariance: TensorInfo;
  readonly matched: { mean: TensorInfo; dMean: TensorInfo; dVariance: TensorInfo } | null;
}

function addMatched(
  backend: GpuBackend,
  constants: TensorInfo,
  { mean, matched }: MomentGradients,
  layout: Layout,
): void {
  if (!matched) return;
  const { channels, split } = writingStrips(layout);
  const inputs = [mean, matched.mean, matched.dMean, matched.dVariance];
  dispatchChannels(backend, matchedFinish(laneOf(layout.channels)), {
    outputs: [constants],
    inputs,
    dims: { channels, split },
  });
}

/** Two passes over x and dy. @returns dx, dGamma, dBeta of a normalisation with the statistics of the batch. */
export function trainingGradient(
  backend: GpuBackend,
  operands: GradientOperands,
  moments: MomentGradients,
  layout: Layout,
): TensorInfo[] {
  const { x, dy, gamma, beta, mean, variance, epsilon, activation } = operands;
  const { rows } = layout;
  const lane = laneOf(layout.channels);
  const { strips, partials } = gradientSums(backend, operands, layout);
  const all = writingStrips(layout);
  const { channels } = all;
  const outputs = [x.shape, [layout.channels], [layout.channels]].map((shape) => allocate(backend, shape));
  const [dx, ...affine] = outputs as [TensorInfo, TensorInfo, TensorInfo];
  const constants = allocate(backend, [5, layout.channels]);
  dispatchChannels(backend, trainingFinish(lane), {
    outputs: [...affine, constants],
    inputs: [partials, gamma, variance, moments.dMean, moments.dVariance],
    dims: { channels, rows, strips, epsilon },
  });
  addMatched(backend, constants, moments, layout);
  const inputs = [x, dy, constants, mean, ...(activation === 'none' ? [] : [beta])];
  dispatchStrips(backend, apply(lane, activation), { outputs: [dx], inputs, strips: all });
  for (const { dataId } of [partials, constants]) backend.disposeData(dataId);
  return outputs;
}

/** The constants of dx where x is normalised by constant statistics and its moments are only measured. */
const measuredConstants = variants((lane: Lane) => ({
  key: `batchNorm.measuredConstants ${lane}`,
  outputs: { constants: lane },
  inputs: { gamma: lane, variance: lane, dMean: lane, dVariance: lane },
  dims: ['channels', 'rows', 'epsilon'],
  floats: ['epsilon'],
  workgroup,
  body: `
  if (index >= dims.channels) { return; }
  let gain = gamma[index] * inverseSqrt(variance[index] + dims.epsilon);
  let slope = 2 * dVariance[index] / f32(dims.rows);
  let offset = dMean[index] / f32(dims.rows);${storeConstants}`,
}));

/** One pass over x and dy. @returns dx, dGamma, dBeta where the moments are not what x is normalised by. */
export function measuredGradient(
  backend: GpuBackend,
  operands: GradientOperands,
  moments: MomentGradients,
  layout: Layout,
): TensorInfo[] {
  const { gamma, variance, epsilon } = operands;
  const { channels, rows } = writingStrips(layout);
  const constants = allocate(backend, [5, layout.channels]);
  dispatchChannels(backend, measuredConstants(laneOf(layout.channels)), {
    outputs: [constants],
    inputs: [gamma, variance, moments.dMean, moments.dVariance],
    dims: { channels, rows, epsilon },
  });
  addMatched(backend, constants, moments, layout);
  const outputs = runningGradient(backend, operands, layout, { constants, measuredMean: moments.mean });
  backend.disposeData(constants.dataId);
  return outputs;
}
