import * as tf from '@tensorflow/tfjs-core';
import type { NodeSpec } from '../formats/models/format';
import {
  batchNormRunning,
  batchNormRunningMeasured,
  batchNormTraining,
  type MeasuredMoments,
} from '../kernels/batchNorm';
import { usesOwnKernels } from '../kernels/webgpu/kernels';
import { runningStatisticsInPlace } from '../kernels/webgpu/runningStatistics';
import { controlOf } from '../kernels/webgpu/stepControl';
import type { FusedActivation } from '../kernels/channelLayout';
import type { Network, RunningStatistics } from './network';
import { applyOperation } from './operations';
import { planOf } from './plan';

/** Moments of a batch-norm layer's input, per channel. (A type and not an interface, so that `tf.tidy` takes it.) */
type InputMoments = {
  /** `[channels]` */
  readonly mean: tf.Tensor1D;
  /** `[channels]`, biased (divided by `count`). */
  readonly variance: tf.Tensor1D;
  /** Rows times height times width behind them. */
  readonly count: number;
};

/** Statistics of a batch-norm layer's INPUT, over all rows of the batch. */
export type BatchStatistics = InputMoments & {
  readonly layer: string;
  /** Whether the layer's input has rank 4; distribution matching runs over these only. */
  readonly spatial: boolean;
  /** The same over the first `matchRows` rows only; the same tensors where these are all. */
  readonly matched: InputMoments;
};

export interface ForwardOptions {
  /** Whether batch norm normalises with the batch's own statistics or with the running ones. */
  readonly batchNorm: 'batch' | 'running';
  /** Rows that {@link BatchStatistics.matched} is measured over; default all. */
  readonly matchRows?: number;
  /** In running mode: measure the input statistics as well. In batch mode they are always there. */
  readonly collect?: boolean;
}

export interface ForwardResult {
  /** `[batch, classes]`: the classifier's output, before any softmax. */
  readonly logits: tf.Tensor2D;
  /** `[batch, features]`: what the classifier sees. */
  readonly features: tf.Tensor2D;
  /** In the order of the forward pass; empty in running mode without `collect`. */
  readonly statistics: readonly BatchStatistics[];
}

function describe(
  moments: MeasuredMoments,
  entry: RunningStatistics,
  x: tf.Tensor,
  matchRows: number,
): BatchStatistics {
  const count = x.size / (x.shape.at(-1) ?? 1);
  const matchedCount = (count / x.shape[0]) * matchRows;
  return {
    layer: entry.layer,
    spatial: entry.spatial,
    mean: moments.mean,
    variance: moments.variance,
    count,
    matched: { ...moments.matched, count: matchedCount },
  };
}

/** Batch norm in the mode of this pass, with the activation after it; appends what it measures to `collected`. */
function normalizer(network: Network, rows: number, options: ForwardOptions, collected: BatchStatistics[]) {
  const running = new Map(network.runningStatistics.map((entry) => [entry.layer, entry]));
  const matchRows = options.matchRows ?? rows;
  return (node: NodeSpec<'batchNorm'>, x: tf.Tensor, activation: FusedActivation): tf.Tensor => {
    const entry = running.get(node.name);
    if (!entry) throw new Error(`The network has no running statistics for ${node.name}.`);
    const { gamma: gammaSpec, beta: betaSpec } = node.parameters;
    const gamma = (gammaSpec && network.parameters.get(gammaSpec.name)) ?? tf.onesLike(entry.mean);
    const beta = (betaSpec && network.parameters.get(betaSpec.name)) ?? tf.zerosLike(entry.mean);
    const usesRunning = options.batchNorm === 'running';
    if (usesRunning && options.collect !== true) return batchNormRunning(x, { gamma, beta }, entry, activation);
    const { y, moments } = usesRunning
      ? batchNormRunningMeasured(x, { gamma, beta }, entry, { matchRows, activation })
      : batchNormTraining(x, gamma, beta, { epsilon: entry.epsilon, matchRows, activation });
    collected.push(describe(moments, entry, x, matchRows));
    return y;
  };
}

/**
 * Runs the network up to its classifier. Differentiable in the parameters, also through the statistics.
 *
 * @param x `[batch, height, width, channels]`, preprocessed; stays the caller's.
 * @returns tensors that the caller owns.
 */
export function forward(network: Network, x: tf.Tensor4D, options: ForwardOptions): ForwardResult {
  return tf.tidy(() => {
    const { spec } = network;
    const outputs = new Map<string, tf.Tensor>([[spec.input, x]]);
    const statistics: BatchStatistics[] = [];
    const parameter = ({ name }: { name: string }): tf.Tensor => {
      const variable = network.parameters.get(name);
      if (!variable) throw new Error(`The network has no parameter ${name}.`);
      return variable;
    };
    const normalize = normalizer(network, x.shape[0], options, statistics);
    const outputOf = (name: string): tf.Tensor => {
      const tensor = outputs.get(name);
      if (!tensor) throw new Error(`The node ${name} is used before it is computed.`);
      return tensor;
    };
    for (const { node, output, activation } of planOf(spec)) {
      if (node.name === spec.input) continue;
      const batchNorm = (of: NodeSpec<'batchNorm'>, input: tf.Tensor): tf.Tensor => normalize(of, input, activation);
      outputs.set(output, applyOperation(node, node.inputs.map(outputOf), { parameter, batchNorm }));
    }
    const rows = x.shape[0];
    return {
      logits: tf.reshape<tf.Rank.R2>(outputOf(spec.classifier), [rows, spec.classCount]),
      features: tf.reshape<tf.Rank.R2>(outputOf(spec.features), [rows, -1]),
      statistics,
    };
  });
}

/** What moves the running statistics. */
interface UpdateOptions {
  /**
   * Whether the running variance takes n/(n-1) times the batch variance; default as the model's own framework does it.
   * PyTorch always does.
   */
  readonly unbiased?: boolean;
  /** On WebGPU with our own kernels: `[8]`, says whether anything moves (`stepControl.ts`). Else it does. */
  readonly control?: tf.Tensor1D;
}

/**
 * Moves the running statistics towards a batch's: `momentum * running + (1 - momentum) * batch`. On WebGPU with our own
 * kernels they keep their buffers.
 */
export function updateRunningStatistics(
  network: Network,
  statistics: readonly BatchStatistics[],
  { unbiased, control }: UpdateOptions = {},
): void {
  const running = new Map(network.runningStatistics.map((entry) => [entry.layer, entry]));
  const updates = statistics.flatMap(({ layer, mean, variance, count }) => {
    const entry = running.get(layer);
    if (!entry) throw new Error(`The network has no running statistics for ${layer}.`);
    const { momentum } = entry;
    const correction = (unbiased ?? entry.unbiased) ? count / Math.max(1, count - 1) : 1;
    return [
      { running: entry.mean, batch: mean, momentum, correction: 1 },
      { running: entry.variance, batch: variance, momentum, correction },
    ];
  });
  tf.tidy(() => {
    if (usesOwnKernels()) {
      runningStatisticsInPlace(updates, control ?? controlOf({}));
      return;
    }
    for (const { running: value, batch, momentum, correction } of updates) {
      value.assign(tf.add(tf.mul(value, momentum), tf.mul(batch, (1 - momentum) * correction)));
    }
  });
}
