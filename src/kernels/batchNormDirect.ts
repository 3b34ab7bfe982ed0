import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { affineActivated, gradientBeforeActivation } from './channelActivations';
import { attributesOf, input, layoutOf, type Layout } from './channelLayout';
import { affine, combine, gradientSums, shiftedSums, type Sums } from './channelLoops';
import { memoryOf } from './memory';

/** Mean and biased variance per channel in float64. */
interface Moments {
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

function momentsOf(sums: Sums, shift: Float64Array, count: number): Moments {
  const mean = shift.map((k, c) => k + (sums.first[c] ?? 0) / count);
  const variance = sums.second.map((q, c) => Math.max(0, q / count - ((sums.first[c] ?? 0) / count) ** 2));
  return { mean, variance };
}

function addSums(a: Sums, b: Sums): Sums {
  return {
    first: a.first.map((v, c) => v + (b.first[c] ?? 0)),
    second: a.second.map((v, c) => v + (b.second[c] ?? 0)),
  };
}

/** Moments over all rows, and over the matched rows where these are fewer. */
function measure(x: Float32Array, { channels, rows, split }: Layout): { all: Moments; matched: Moments | null } {
  const shift = Float64Array.from(x.subarray(0, channels));
  const head = shiftedSums(x, shift, { from: 0, to: split });
  if (split === rows) return { all: momentsOf(head, shift, rows), matched: null };
  const all = addSums(head, shiftedSums(x, shift, { from: split, to: rows }));
  return { all: momentsOf(all, shift, rows), matched: momentsOf(head, shift, split) };
}

/** The offset that makes `x * scale + offset` equal to `(x - center) * scale + beta`; in float64 no digits are lost. */
function centered(beta: Float32Array, center: ArrayLike<number>, scale: Float64Array): Float64Array {
  return scale.map((a, c) => (beta[c] ?? 0) - (center[c] ?? 0) * a);
}

/** `BatchNormTraining`: x, gamma, beta -> y, mean, variance[, matched mean, matched variance]. */
const batchNormTraining: KernelFunc = ({ inputs, attrs, backend }) => {
  const { allocate, view } = memoryOf(backend);
  const x = input(inputs, 'x');
  const { epsilon, matchRows, activation } = attributesOf(attrs);
  const layout = layoutOf(x, matchRows);
  const y = allocate(x.shape);
  const statistics = Array.from({ length: layout.split === layout.rows ? 2 : 4 }, () => allocate([layout.channels]));
  const { all, matched } = measure(view(x), layout);
  [all.mean, all.variance, ...(matched ? [matched.mean, matched.variance] : [])].forEach((values, index) => {
    view(statistics[index] as TensorInfo).set(values);
  });
  const gamma = view(input(inputs, 'gamma'));
  const scale = all.variance.map((v, c) => (gamma[c] ?? 0) / Math.sqrt(v + epsilon));
  const offset = centered(view(input(inputs, 'beta')), all.mean, scale);
  affineActivated(view(x), view(y), { scale, offset }, activation);
  return [y, ...statistics];
};

/** What `dx = dy * gain + x * slope + offset` has per channel. */
interface GradientConstants {
  readonly gain: Float64Array;
  readonly slope: Float64Array;
  readonly offset: Float64Array;
}

/** Adds the gradient that reaches moments from outside: `dMean / count + 2 dVariance (x - mean) / count`. */
function addMomentsGradient(
  { slope, offset }: GradientConstants,
  moments: { mean: Float32Array; dMean: Float32Array; dVariance: Float32Array; count: number },
): void {
  const { mean, dMean, dVariance, count } = moments;
  mean.forEach((center, c) => {
    const extra = (2 * (dVariance[c] ?? 0)) / count;
    slope[c] = (slope[c] ?? 0) + extra;
    offset[c] = (offset[c] ?? 0) + (dMean[c] ?? 0) / count - extra * center;
  });
}

function inverseDeviation(variance: Float32Array, epsilon: number): Float64Array {
  return Float64Array.from(variance, (v) => 1 / Math.sqrt(v + epsilon));
}

/** dy is the gradient before the activation; it may be dx itself. */
interface GradientArrays {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly dx: Float32Array;
}

/** Adds the outer gradients of the moments to the constants and writes dx, first of the unmatched rows. */
function writeInputGradient(
  arrays: GradientArrays,
  constants: GradientConstants,
  { rows, split }: Layout,
  statistic: (name: string) => Float32Array,
): void {
  addMomentsGradient(constants, {
    mean: statistic('mean'),
    dMean: statistic('dMean'),
    dVariance: statistic('dVariance'),
    count: rows,
  });
  combine({ ...arrays, ...constants }, { from: split === rows ? 0 : split, to: rows });
  if (split === rows) return;
  addMomentsGradient(constants, {
    mean: statistic('matchedMean'),
    dMean: statistic('dMatchedMean'),
    dVariance: statistic('dMatchedVariance'),
    count: split,
  });
  combine({ ...arrays, ...constants }, { from: 0, to: split });
}

/** What dx is computed from, per channel: `gamma / deviation`, `1 / deviation`, the mean, and the sums around it. */
interface GradientTerms {
  readonly gain: Float64Array;
  readonly inverse: Float64Array;
  readonly center: Float64Array;
  readonly sums: Sums;
}

type Call = Parameters<KernelFunc>[0];

/** dx as `write` writes it, dGamma and dBeta of a normalisation by `mean` and `variance`. */
function gradientsOf(
  { inputs, attrs, backend }: Call,
  write: (arrays: GradientArrays, terms: GradientTerms, layout: Layout) => void,
): TensorInfo[] {
  const { allocate, view } = memoryOf(backend);
  const x = input(inputs, 'x');
  const { epsilon, matchRows, activation } = attributesOf(attrs);
  const layout = layoutOf(x, matchRows);
  const outputs = [allocate(x.shape), allocate([layout.channels]), allocate([layout.channels])] as const;
  const [dx, dGamma, dBeta] = outputs;
  const gamma = view(input(inputs, 'gamma'));
  const center = Float64Array.from(view(input(inputs, 'mean')));
  const inverse = inverseDeviation(view(input(inputs, 'variance')), epsilon);
  const gain = inverse.map((v, c) => v * (gamma[c] ?? 0));
  const preActivation = { scale: gain, offset: centered(view(input(inputs, 'beta')), center, gain) };
  const plain = { x: view(x), dy: view(input(inputs, 'dy')), out: view(dx) };
  const arrays = { x: plain.x, dy: gradientBeforeActivation(plain, preActivation, activation), dx: plain.out };
  const sums = gradientSums(arrays.x, arrays.dy, center);
  write(arrays, { gain, inverse, center, sums }, layout);
  view(dGamma).set(inverse.map((v, c) => v * (sums.second[c] ?? 0)));
  view(dBeta).set(sums.first);
  return [...outputs];
}

/** The values of inputs by name. */
function statisticsOf({ inputs, backend }: Call): (name: string) => Float32Array {
  const { view } = memoryOf(backend);
  return (name) => view(input(inputs, name));
}

/** `BatchNormTrainingGrad`: x, dy, gamma, beta, statistics and their gradients -> dx, dGamma, dBeta. */
const batchNormTrainingGrad: KernelFunc = (call) =>
  gradientsOf(call, (arrays, { gain, inverse, center, sums }, layout) => {
    const slope = gain.map((a, c) => (-a * (inverse[c] ?? 0) ** 2 * (sums.second[c] ?? 0)) / layout.rows);
    const offset = gain.map((a, c) => (-a * (sums.first[c] ?? 0)) / layout.rows - (slope[c] ?? 0) * (center[c] ?? 0));
    writeInputGradient(arrays, { gain, slope, offset }, layout, statisticsOf(call));
  });

/** `BatchNormRunning`: x, gamma, beta, mean, variance -> y. */
const batchNormRunning: KernelFunc = ({ inputs, attrs, backend }) => {
  const { allocate, view } = memoryOf(backend);
  const x = input(inputs, 'x');
  const y = allocate(x.shape);
  const { epsilon, activation } = attributesOf(attrs);
  const gamma = view(input(inputs, 'gamma'));
  const scale = inverseDeviation(view(input(inputs, 'variance')), epsilon).map((v, c) => v * (gamma[c] ?? 0));
  const offset = centered(view(input(inputs, 'beta')), view(input(inputs, 'mean')), scale);
  affineActivated(view(x), view(y), { scale, offset }, activation);
  return y;
};

/** `BatchNormRunningGrad`: x, dy, gamma, beta, mean, variance -> dx, dGamma, dBeta. */
const batchNormRunningGrad: KernelFunc = (call) =>
  gradientsOf(call, ({ dy, dx }, { gain: scale }, { channels, rows }) => {
    affine(dy, dx, { scale, offset: new Float64Array(channels) }, { from: 0, to: rows });
  });

/** `ChannelMoments`: x -> mean, variance[, matched mean, matched variance]. */
const channelMoments: KernelFunc = ({ inputs, attrs, backend }) => {
  const { allocate, view } = memoryOf(backend);
  const x = input(inputs, 'x');
  const layout = layoutOf(x, attributesOf(attrs).matchRows);
  const { all, matched } = measure(view(x), layout);
  return [all.mean, all.variance, ...(matched ? [matched.mean, matched.variance] : [])].map((values) => {
    const tensor = allocate([layout.channels]);
    view(tensor).set(values);
    return tensor;
  });
};

/** `BatchNormRunningMeasured`: x, gamma, beta, mean, variance -> y, batch mean and variance[, matched ones]. */
const batchNormRunningMeasured: KernelFunc = (call) => [batchNormRunning(call), channelMoments(call)].flat();

/** `BatchNormRunningMeasuredGrad`: as above, dy, the moments (`batchMean`) and their gradients -> dx, dGamma, dBeta. */
const batchNormRunningMeasuredGrad: KernelFunc = (call) =>
  gradientsOf(call, (arrays, { gain }, layout) => {
    const statistic = statisticsOf(call);
    const constants = { gain, slope: new Float64Array(layout.channels), offset: new Float64Array(layout.channels) };
    writeInputGradient(arrays, constants, layout, (name) => statistic(name === 'mean' ? 'batchMean' : name));
  });

/** `ChannelMomentsGrad`: x, statistics and their gradients -> dx. */
const channelMomentsGrad: KernelFunc = (call) => {
  const { inputs, attrs, backend } = call;
  const { allocate, view } = memoryOf(backend);
  const x = input(inputs, 'x');
  const layout = layoutOf(x, attributesOf(attrs).matchRows);
  const dx = allocate(x.shape);
  const values = view(x);
  const constants = {
    gain: new Float64Array(layout.channels),
    slope: new Float64Array(layout.channels),
    offset: new Float64Array(layout.channels),
  };
  writeInputGradient({ x: values, dy: values, dx: view(dx) }, constants, layout, statisticsOf(call));
  return dx;
};

/** By kernel name. */
export const directKernels: Readonly<Record<string, KernelFunc>> = {
  BatchNormTraining: batchNormTraining,
  BatchNormTrainingGrad: batchNormTrainingGrad,
  BatchNormRunning: batchNormRunning,
  BatchNormRunningGrad: batchNormRunningGrad,
  BatchNormRunningMeasured: batchNormRunningMeasured,
  BatchNormRunningMeasuredGrad: batchNormRunningMeasuredGrad,
  ChannelMoments: channelMoments,
  ChannelMomentsGrad: channelMomentsGrad,
};
