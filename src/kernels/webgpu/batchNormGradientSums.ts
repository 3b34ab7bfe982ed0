import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation, Layout } from '../channelLayout';
import type { GpuBackend } from './backend';
import { maskDeclaration, type Normalization } from './batchNormApply';
import {
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
} from './channelStrips';

/** What the gradient of a batch normalisation is computed from. */
export interface GradientOperands extends Normalization {
  readonly x: TensorInfo;
  readonly dy: TensorInfo;
}

/**
 * For dx where moments are differentiated as well: what it is per channel, `[5, channels]` as `loadConstants` has it,
 * and the mean that the slopes are around.
 */
export interface MeasuredConstants {
  readonly constants: TensorInfo;
  readonly measuredMean: TensorInfo;
}

/** Of `dx = g gain + (x - mean) slope + shift`: gain, slope and shift of unmatched rows, slope and shift of matched ones. */
export const loadConstants = `
  let part = select(3, 1, isRest);
  let gain = constants[channel];
  let slope = constants[part * dims.channels + channel];
  let shift = constants[(part + 1) * dims.channels + channel];`;

export function gradientRow(activation: FusedActivation): string {
  const g = activation === 'none' ? 'dy[$at]' : 'masked(dy[$at], d$ * gain + offset)';
  return `let x$ = x[$at];\n    let d$ = x$ - center;\n    let g$ = ${g};`;
}

/** How dx is written: not at all, for statistics that are constants, or with what arrives at moments of x. */
type Writing = 'nothing' | 'constant' | 'measured';

const stores: Readonly<Record<Writing, string>> = {
  nothing: '',
  constant: 'dx[$at] = g$ * gain;',
  measured: 'dx[$at] = g$ * gain + ((x$ - measuredCenter) * slope + shift);',
};

/** `sum g` and `sum g (x - mean)` of each strip, where g is dy, or 0 where the activation is flat; and dx. */
const strips = variants((lane: Lane, activation: FusedActivation, writing: Writing) => {
  const masks = activation !== 'none';
  const isMeasured = writing === 'measured';
  const computesGain = !isMeasured && (masks || writing === 'constant');
  return {
    key: `batchNorm.gradientStrips ${lane} ${activation} ${writing}`,
    outputs: { partials: lane, ...(writing !== 'nothing' && { dx: lane }) },
    inputs: {
      x: lane,
      dy: lane,
      mean: lane,
      ...(computesGain && { variance: lane, gamma: lane }),
      ...(isMeasured && { constants: lane, measuredMean: lane }),
      ...(masks && { beta: lane }),
    },
    dims: [...stripDims, 'epsilon'],
    floats: ['epsilon'],
    workgroup,
    declarations: `alias V = ${lane};\n${maskDeclaration(activation)}`,
    body: `${stripStart}
  let center = mean[channel];
  ${computesGain ? 'let gain = gamma[channel] * inverseSqrt(variance[channel] + dims.epsilon);' : ''}
  ${isMeasured ? `let measuredCenter = measuredMean[channel];${loadConstants}` : ''}
  ${masks ? 'let offset = beta[channel];' : ''}
  var first = V();
  var second = V();
  ${rowLoop(
    `
    ${forRows(4, gradientRow(activation))}
    first = first + ((g0 + g1) + (g2 + g3));
    second = second + ((g0 * d0 + g1 * d1) + (g2 * d2 + g3 * d3));
    ${forRows(4, stores[writing])}`,
    `
    ${forRows(1, gradientRow(activation))}
    first = first + g0;
    second = second + g0 * d0;
    ${forRows(1, stores[writing])}`,
  )}
  ${storePair('partials', 'strip', 'first', 'second')}`,
  };
});

/** Pairs of sums added up, four at a time. */
export const addition = (lane: Lane): string => `
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
  let all = added(channel, offset + first, sums, offset + strips);
  ${storePair('folded', 'sum', 'all.first', 'all.second')}`,
}));

/**
 * The sums over all rows in at most a few pairs; the caller releases them.
 *
 * @param dx written in the same pass where there is one.
 */
export function gradientSums(
  backend: GpuBackend,
  operands: GradientOperands,
  { channels, rows, split }: Layout,
  { dx, measured }: { dx?: TensorInfo; measured?: MeasuredConstants } = {},
): { strips: number; partials: TensorInfo } {
  const lane = laneOf(channels);
  const { x, dy, gamma, beta, mean, variance, epsilon, activation } = operands;
  const program = strips(lane, activation, dx ? (measured ? 'measured' : 'constant') : 'nothing');
  const tensors: Readonly<Record<string, TensorInfo>> = { x, dy, gamma, beta, mean, variance, ...measured };
  const inputs = Object.keys(program.inputs).map((name) => tensors[name] as TensorInfo);
  const result = stripSums(
    backend,
    { channels, rows, split: measured ? split : rows },
    (sums, all) => {
      dispatchStrips(backend, program, { outputs: dx ? [sums, dx] : [sums], inputs, strips: all, dims: { epsilon } });
    },
    fold(lane),
  );
  const { headStrips, restStrips } = result.strips;
  return { strips: headStrips + restStrips, partials: result.partials };
}
