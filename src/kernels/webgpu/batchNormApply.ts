import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { FusedActivation, Layout } from '../channelLayout';
import { allocate, type GpuBackend } from './backend';
import {
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

/** `select` and not `max`, which may turn NaN into 0. */
const activated: Readonly<Record<FusedActivation, string>> = {
  none: '',
  relu: 'fn activated(y: V) -> V { return select(y, V(), y < V()); }',
  relu6: 'fn activated(y: V) -> V { return select(select(y, V(), y < V()), V(6), y > V(6)); }',
};

const masked: Readonly<Record<FusedActivation, string>> = {
  none: '',
  relu: 'fn masked(dy: V, y: V) -> V { return select(V(), dy, y > V()); }',
  relu6: 'fn masked(dy: V, y: V) -> V { return select(V(), dy, (y > V()) & (y <= V(6))); }',
};

/** `masked(dy, y)`: the gradient before an activation, from the value y before it, as tfjs has it at the kinks. */
export function maskDeclaration(activation: FusedActivation): string {
  return masked[activation];
}

/**
 * What a program that begins with `stripStart` has to write `y`, the normalisation of x by `mean` and `variance` and
 * the activation of it. Its `row` takes the value of x from `x$`.
 */
export function normalizing(lane: Lane, activation: FusedActivation) {
  const y = '(x$ - known) * gain + offset';
  return {
    outputs: { y: lane },
    inputs: { gamma: lane, beta: lane, mean: lane, variance: lane },
    dims: ['epsilon'],
    declarations: activated[activation],
    start: `
  let known = mean[channel];
  let gain = gamma[channel] * inverseSqrt(variance[channel] + dims.epsilon);
  let offset = beta[channel];`,
    row: `y[$at] = ${activation === 'none' ? y : `activated(${y})`};`,
  } as const;
}

const apply = variants((lane: Lane, activation: FusedActivation) => {
  const { outputs, inputs, dims, declarations, start, row } = normalizing(lane, activation);
  const rows = (count: number): string => `${forRows(count, 'let x$ = x[$at];')}\n    ${forRows(count, row)}`;
  return {
    key: `batchNorm.apply ${lane} ${activation}`,
    outputs,
    inputs: { x: lane, ...inputs },
    dims: [...stripDims, ...dims],
    floats: dims,
    workgroup,
    declarations: `alias V = ${lane};\n${declarations}`,
    body: `${stripStart}${start}\n  ${rowLoop(rows(4), rows(1))}`,
  };
});

/** What normalises x, and how. */
export interface Normalization {
  readonly gamma: TensorInfo;
  readonly beta: TensorInfo;
  readonly mean: TensorInfo;
  readonly variance: TensorInfo;
  readonly epsilon: number;
  readonly activation: FusedActivation;
}

/** `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, and the activation of it. */
export function applyBatchNorm(
  backend: GpuBackend,
  x: TensorInfo,
  { gamma, beta, mean, variance, epsilon, activation }: Normalization,
  layout: Layout,
): TensorInfo {
  const y = allocate(backend, x.shape);
  const strips = writingStrips({ ...layout, split: layout.rows });
  const inputs = [x, gamma, beta, mean, variance];
  dispatchStrips(backend, apply(laneOf(layout.channels), activation), {
    outputs: [y],
    inputs,
    strips,
    dims: { epsilon },
  });
  return y;
}
