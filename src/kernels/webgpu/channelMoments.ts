import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation, Layout } from '../channelLayout';
import { allocate, type GpuBackend } from './backend';
import { normalizing, type Normalization } from './batchNormApply';
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
  type Lane,
  type Strips,
} from './channelStrips';

/** A value that all moments are measured from, so that a mean far from 0 costs no digits; nor does one far-off row. */
const shiftOf = `
fn shiftOf(channel: i32) -> V {
  let a = x[channel];
  let b = x[dims.rows / 2 * dims.channels + channel];
  let c = x[(dims.rows - 1) * dims.channels + channel];
  return max(min(a, b), min(max(a, b), c));
}`;

/**
 * Mean and sum of squared deviations of each strip, the mean relative to the shift. It moves by blocks of four rows
 * (Welford's update with Chan's combination). With an activation x is also normalised, by given statistics.
 */
const strips = variants((lane: Lane, activation: FusedActivation | false) => {
  const y = activation === false ? null : normalizing(lane, activation);
  const dims = y?.dims ?? [];
  return {
    key: `channelMoments.strips ${lane} ${String(activation)}`,
    outputs: { partials: lane, ...y?.outputs },
    inputs: { x: lane, ...y?.inputs },
    dims: [...stripDims, ...dims],
    floats: dims,
    workgroup,
    declarations: `alias V = ${lane};\n${shiftOf}\n${y?.declarations ?? ''}`,
    body: `${stripStart}${y?.start ?? ''}
  let shift = shiftOf(channel);
  var count = 0f;
  var center = V();
  var spread = V();
  ${rowLoop(
    `
    ${forRows(4, 'let x$ = x[$at];')}
    ${forRows(4, 'let d$ = x$ - shift;')}
    let blockCenter = ((d0 + d1) + (d2 + d3)) * 0.25;
    ${forRows(4, 'let e$ = d$ - blockCenter;')}
    let gap = blockCenter - center;
    let weight = 4 / (count + 4);
    spread = spread + (((e0 * e0 + e1 * e1) + (e2 * e2 + e3 * e3)) + gap * gap * (count * weight));
    center = center + gap * weight;
    count += 4;
    ${forRows(4, y?.row ?? '')}`,
    `
    let x0 = x[at];
    let gap = x0 - shift - center;
    let weight = 1 / (count + 1);
    spread = spread + gap * gap * (count * weight);
    center = center + gap * weight;
    count += 1;
    ${forRows(1, y?.row ?? '')}`,
  )}
  ${storePair('partials', 'strip', 'center', 'spread')}`,
  };
});

/** Moments of several strips from `partials`. */
const combination = (lane: Lane): string => `
alias V = ${lane};
struct Moments { count: f32, center: V, spread: V }

fn join(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let weight = b.count / max(count, 1);
  let gap = b.center - a.center;
  return Moments(count, a.center + gap * weight, a.spread + b.spread + gap * gap * (a.count * weight));
}

fn momentsOf(channel: i32, offset: i32, strip: i32, strips: i32, rows: i32) -> Moments {
  if (strip >= strips) { return Moments(); }
  let count = (rows - strip + strips - 1) / strips;
  let at = 2 * (offset + strip) * dims.channels + channel;
  return Moments(f32(count), partials[at], partials[at + dims.channels]);
}

fn joined(channel: i32, offset: i32, first: i32, every: i32, strips: i32, rows: i32) -> Moments {
  var all = Moments();
  for (var strip = first; strip < strips; strip += 4 * every) {
    let a = momentsOf(channel, offset, strip, strips, rows);
    let b = momentsOf(channel, offset, strip + every, strips, rows);
    let c = momentsOf(channel, offset, strip + 2 * every, strips, rows);
    let d = momentsOf(channel, offset, strip + 3 * every, strips, rows);
    all = join(all, join(join(a, b), join(c, d)));
  }
  return all;
}`;

const fold = variants((lane: Lane) => ({
  key: `channelMoments.fold ${lane}`,
  outputs: { folded: lane },
  inputs: { partials: lane },
  dims: foldDims,
  workgroup,
  declarations: combination(lane),
  body: `${foldStart}
  let rows = select(dims.split, dims.rows - dims.split, isRest);
  let all = joined(channel, offset, first, sums, strips, rows);
  ${storePair('folded', 'sum', 'all.center', 'all.spread')}`,
}));

/** Means and biased variances, also of the matched rows if these are not all. */
const finish = variants((lane: Lane, hasRest: boolean) => ({
  key: `channelMoments.finish ${lane} ${String(hasRest)}`,
  outputs: { mean: lane, variance: lane, ...(hasRest && { matchedMean: lane, matchedVariance: lane }) },
  inputs: { partials: lane, x: lane },
  dims: stripDims,
  workgroup,
  declarations: combination(lane) + shiftOf,
  body: `
  if (index >= dims.channels) { return; }
  let head = joined(index, 0, 0, 1, dims.headStrips, dims.split);
  let rest = joined(index, dims.headStrips, 0, 1, dims.restStrips, dims.rows - dims.split);
  let all = join(head, rest);
  let shift = shiftOf(index);
  mean[index] = shift + all.center;
  variance[index] = all.spread / all.count;
  ${hasRest ? 'matchedMean[index] = shift + head.center;\n  matchedVariance[index] = head.spread / head.count;' : ''}`,
}));

/** The moments of x from one pass over it, in which `sum` writes the pairs of sums of the strips. */
function measure(
  backend: GpuBackend,
  x: TensorInfo,
  layout: Layout,
  sum: (partials: TensorInfo, strips: Strips) => void,
): TensorInfo[] {
  const { channels, rows, split } = layout;
  const lane = laneOf(channels);
  const { partials, strips: summed } = stripSums(backend, layout, sum, fold(lane));
  const hasRest = split < rows;
  const outputs = Array.from({ length: hasRest ? 4 : 2 }, () => allocate(backend, [channels]));
  dispatchChannels(backend, finish(lane, hasRest), { outputs, inputs: [partials, x], dims: { ...summed } });
  backend.disposeData(partials.dataId);
  return outputs;
}

/** Reads x once. @returns mean, variance[, matched mean, matched variance], `[channels]` each. */
export function measureChannels(backend: GpuBackend, x: TensorInfo, layout: Layout): TensorInfo[] {
  return measure(backend, x, layout, (sums, all) => {
    dispatchStrips(backend, strips(laneOf(layout.channels), false), { outputs: [sums], inputs: [x], strips: all });
  });
}

/** The same and, in the same pass, x normalised by statistics that are not its own. @returns y first. */
export function measureAndNormalize(
  backend: GpuBackend,
  x: TensorInfo,
  { gamma, beta, mean, variance, epsilon, activation }: Normalization,
  layout: Layout,
): TensorInfo[] {
  const y = allocate(backend, x.shape);
  const program = strips(laneOf(layout.channels), activation);
  const inputs = [x, gamma, beta, mean, variance];
  const moments = measure(backend, x, layout, (sums, all) => {
    dispatchStrips(backend, program, { outputs: [sums, y], inputs, strips: all, dims: { epsilon } });
  });
  return [y, ...moments];
}

const gradient = variants((lane: Lane, hasRest: boolean) => ({
  key: `channelMoments.gradient ${lane} ${String(hasRest)}`,
  outputs: { dx: lane },
  inputs: {
    x: lane,
    mean: lane,
    dMean: lane,
    dVariance: lane,
    ...(hasRest && { matchedMean: lane, dMatchedMean: lane, dMatchedVariance: lane }),
  },
  dims: stripDims,
  workgroup,
  declarations: `alias V = ${lane};`,
  body: `${stripStart}
  let center = mean[channel];
  var slope = 2 * dVariance[channel] / f32(dims.rows);
  var offset = dMean[channel] / f32(dims.rows);
  ${
    hasRest
      ? `if (!isRest) {
    let extra = 2 * dMatchedVariance[channel] / f32(dims.split);
    slope += extra;
    offset += dMatchedMean[channel] / f32(dims.split) + extra * (center - matchedMean[channel]);
  }`
      : ''
  }
  ${rowLoop(
    `${forRows(4, 'let d$ = x[$at] - center;')}\n    ${forRows(4, 'dx[$at] = d$ * slope + offset;')}`,
    'dx[at] = (x[at] - center) * slope + offset;',
  )}`,
}));

/**
 * The gradient that reaches x through its moments.
 *
 * @param statistics mean, dMean, dVariance, and where there are unmatched rows matchedMean, dMatchedMean and
 * dMatchedVariance.
 */
export function momentsGradient(
  backend: GpuBackend,
  x: TensorInfo,
  strips: Strips,
  statistics: TensorInfo[],
): TensorInfo {
  const dx = allocate(backend, x.shape);
  const program = gradient(laneOf(x.shape.at(-1) ?? 1), strips.split < strips.rows);
  dispatchStrips(backend, program, { outputs: [dx], inputs: [x, ...statistics], strips });
  return dx;
}
