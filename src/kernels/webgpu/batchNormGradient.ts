import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation, Layout } from '../channelLayout';
import { allocate, type GpuBackend } from './backend';
import { maskDeclaration } from './batchNormApply';
import {
  dispatchChannels,
  dispatchStrips,
  foldDims,
  foldStart,
  forRows,
  laneOf,
  rowLoop,
  storePair,
  stripDims,
  stripStart,
  stripSums,
  variants,
  workgroup,
  writingStrips,
  type Lane,
} from './channelStrips';

/** What the gradient of a batch normalisation is computed from. */
export interface GradientOperands {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
  readonly gamma: TensorInfo;
  readonly beta: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly epsilon: number;
  readonly activation: FusedActivation;
}

/**
 * `sum g` and `sum g (x - mean)` of each strip, where g is dy, or 0 where the activation is flat. With `writesInput`
 * also `dx = g gain`, which is all there is when the statistics are constants.
 */
const strips = variants((lane: Lane, activation: FusedActivation, writesInput: boolean) => {
  const needsGain = writesInput || activation !== 'none';
  return {
    key: `batchNorm.gradientStrips ${lane} ${activation} ${String(writesInput)}`,
    outputs: { partials: lane, ...(writesInput && { dx: lane }) },
    inputs: {
      x: lane,
      dy: lane,
      mean: lane,
      ...(needsGain && { variance: lane, gamma: lane }),
      ...(activation !== 'none' && { beta: lane }),
    },
    dims: [...stripDims, 'epsilon'],
    floats: ['epsilon'],
    workgroup,
    declarations: `alias V = ${lane};\n${maskDeclaration(activation)}`,
    body: `${stripStart}
  let center = mean[channel];
  ${needsGain ? 'let gain = gamma[channel] * inverseSqrt(variance[channel] + dims.epsilon);' : ''}
  ${activation === 'none' ? '' : 'let offset = beta[channel];'}
  var first = V();
  var second = V();
  ${rowLoop(
    `
    ${forRows(4, gradientRow(activation))}
    first = first + ((g0 + g1) + (g2 + g3));
    second = second + ((g0 * d0 + g1 * d1) + (g2 * d2 + g3 * d3));
    ${writesInput ? forRows(4, 'dx[$at] = g$ * gain;') : ''}`,
    `
    ${forRows(1, gradientRow(activation))}
    first = first + g0;
    second = second + g0 * d0;
    ${writesInput ? forRows(1, 'dx[$at] = g$ * gain;') : ''}`,
  )}
  ${storePair('partials', 'strip', 'first', 'second')}`,
  };
});

function gradientRow(activation: FusedActivation): string {
  const g = activation === 'none' ? 'dy[$at]' : 'masked(dy[$at], d$ * gain + offset)';
  return `let d$ = x[$at] - center;\n    let g$ = ${g};`;
}

/** Pairs of sums added up, four at a time. */
const addition = (lane: Lane): string => `
alias V = ${lane};
struct Sums { first: V, second: V }

fn sumsOf(channel: i32, strip: i32, strips: i32) -> Sums {
  if (strip >= strips) { return Sums(); }
  let at = 2 * strip * dims.channels + channel;
  return Sums(partials[at], partials[at + dims.channels]);
}

fn added(channel: i32, first: i32, every: i32, strips: i32) -> Sums {
  var all = Sums();
  for (var strip = first; strip < strips; strip += 4 * every) {
    let a = sumsOf(channel, strip, strips);
    let b = sumsOf(channel, strip + every, strips);
    let c = sumsOf(channel, strip + 2 * every, strips);
    let d = sumsOf(channel, strip + 3 * every, strips);
    all.first = all.first + ((a.first + b.first) + (c.first + d.first));
    all.second = all.second + ((a.second + b.second) + (c.second + d.second));
  }
  return all;
}`;

const fold = variants((lane: Lane) => ({
  key: `batchNorm.fold ${lane}`,
  outputs: { folded: lane },
  inputs: { partials: lane },
  dims: foldDims,
  workgroup,
  declarations: addition(lane),
  body: `${foldStart}
  let all = added(channel, first, sums, strips);
  ${storePair('folded', 'sum', 'all.first', 'all.second')}`,
}));

/** The sums over all rows in at most a few pairs; the caller releases them. */
function gradientSums(
  backend: GpuBackend,
  operands: GradientOperands,
  { channels, rows }: Layout,
  dx?: TensorInfo,
): { strips: number; partials: TensorInfo } {
  const { x, dy, mean, variance, gamma, beta, activation, epsilon } = operands;
  const lane = laneOf(channels);
  const masks = activation !== 'none';
  const program = strips(lane, activation, dx !== undefined);
  const inputs = [x, dy, mean, ...(dx || masks ? [variance, gamma] : []), ...(masks ? [beta] : [])];
  const result = stripSums(
    backend,
    { channels, rows, split: rows },
    (sums, all) => {
      dispatchStrips(backend, program, {
        outputs: dx ? [sums, dx] : [sums],
        inputs,
        strips: all,
        dims: { epsilon },
      });
    },
    fold(lane),
  );
  return { strips: result.strips.headStrips, partials: result.partials };
}

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

/** One pass over x and dy. @returns dx, dGamma, dBeta of a normalisation with constant statistics. */
export function runningGradient(backend: GpuBackend, operands: GradientOperands, layout: Layout): TensorInfo[] {
  const { x, variance, epsilon } = operands;
  const outputs = [x.shape, [layout.channels], [layout.channels]].map((shape) => allocate(backend, shape));
  const [dx, ...affine] = outputs;
  const { strips, partials } = gradientSums(backend, operands, layout, dx);
  const lane = laneOf(layout.channels);
  const channels = lane === 'vec4f' ? layout.channels / 4 : layout.channels;
  const call = { outputs: affine, inputs: [partials, variance], dims: { channels, strips, epsilon } };
  dispatchChannels(backend, runningFinish(lane), call);
  backend.disposeData(partials.dataId);
  return outputs;
}

/**
 * The constants of `dx = g gain + (x - mean) slope + offset`, `[5, channels]`: gain, slope and offset of unmatched rows,
 * slope and offset of matched ones. What arrives at mean and variance is in them.
 */
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
  dBeta[index] = all.first;
  constants[index] = gain;
  constants[dims.channels + index] = slope;
  constants[2 * dims.channels + index] = offset;
  constants[3 * dims.channels + index] = slope;
  constants[4 * dims.channels + index] = offset;`,
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
  let part = select(3, 1, isRest);
  let gain = constants[channel];
  let slope = constants[part * dims.channels + channel];
  let shift = constants[(part + 1) * dims.channels + channel];
  ${rowLoop(forRows(4, rows), forRows(1, rows))}`,
  };
});

/** What arrives at the moments, and the mean of the matched rows where these are not all. */
export interface MomentGradients {
  readonly dMean: TensorInfo;
  readonly dVariance: TensorInfo;
  readonly matched: { mean: TensorInfo; dMean: TensorInfo; dVariance: TensorInfo } | null;
}

/** Two passes over x and dy. @returns dx, dGamma, dBeta of a normalisation with the statistics of the batch. */
export function trainingGradient(
  backend: GpuBackend,
  operands: GradientOperands,
  moments: MomentGradients,
  layout: Layout,
): TensorInfo[] {
  const { x, dy, gamma, beta, mean, variance, epsilon, activation } = operands;
  const { rows, split } = layout;
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
  if (moments.matched) {
    const inputs = [mean, moments.matched.mean, moments.matched.dMean, moments.matched.dVariance];
    dispatchChannels(backend, matchedFinish(lane), { outputs: [constants], inputs, dims: { channels, split } });
  }
  const inputs = [x, dy, constants, mean, ...(activation === 'none' ? [] : [beta])];
  dispatchStrips(backend, apply(lane, activation), { outputs: [dx], inputs, strips: all });
  for (const { dataId } of [partials, constants]) backend.disposeData(dataId);
  return outputs;
}
