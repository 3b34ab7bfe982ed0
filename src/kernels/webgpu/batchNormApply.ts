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

const apply = variants((lane: Lane, activation: FusedActivation) => {
  const y = 'd$ * gain + offset';
  const store = `y[$at] = ${activation === 'none' ? y : `activated(${y})`};`;
  return {
    key: `batchNorm.apply ${lane} ${activation}`,
    outputs: { y: lane },
    inputs: { x: lane, gamma: lane, beta: lane, mean: lane, variance: lane },
    dims: [...stripDims, 'epsilon'],
    floats: ['epsilon'],
    workgroup,
    declarations: `alias V = ${lane};\n${activated[activation]}`,
    body: `${stripStart}
  let center = mean[channel];
  let gain = gamma[channel] * inverseSqrt(variance[channel] + dims.epsilon);
  let offset = beta[channel];
  ${rowLoop(
    `${forRows(4, 'let d$ = x[$at] - center;')}\n    ${forRows(4, store)}`,
    `${forRows(1, 'let d$ = x[$at] - center;')}\n    ${forRows(1, store)}`,
  )}`,
  };
});

/** `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, and the activation of it. */
export function applyBatchNorm(
  backend: GpuBackend,
  operands: { x: TensorInfo; gamma: TensorInfo; beta: TensorInfo; mean: TensorInfo; variance: TensorInfo },
  { epsilon, activation }: { epsilon: number; activation: FusedActivation },
  layout: Layout,
): TensorInfo {
  const { x, gamma, beta, mean, variance } = operands;
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
