import * as tf from '@tensorflow/tfjs-core';
import { forward, updateRunningStatistics } from '../networks/forward';
import type { BatchStatistics } from '../networks/forward';
import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { Settings } from '../shared/settings';
import { stepDiscriminator } from './discriminator';
import type { Learner } from './learner';
import { mix, mixingWeights } from './mixing';
import { evaluateTerms, termNames } from './objective';
import type { TermName } from './objective';
import { stepOptimizer } from './optimizer';
import { disposeStatistics, keepStatistics } from './statistics';

/** Images of one step, as tensors. The caller owns them. */
export interface StepBatch {
  /** `[batch, height, width, channels]`. */
  readonly target: tf.Tensor4D;
  /** `[batch]`, int32, one class a target image; null when no term asks for them. */
  readonly pseudoLabels: tf.Tensor1D | null;
  /** Null when no term asks for them. */
  readonly pairs: {
    /** `[pairs, height, width, channels]`. */
    readonly target: tf.Tensor4D;
    /** `[pairs, features]` of the source images, one a source. */
    readonly sourceFeatures: readonly tf.Tensor2D[];
  } | null;
}

/** Unweighted terms, NaN where a term is off, and their weighted sum. */
export type TermValues = Readonly<Record<'total' | TermName, number>>;

/** What a step found out before anything moves. Free with {@link disposeGradients}. */
export interface StepGradients {
  readonly terms: TermValues;
  /** Norm over all trained variables together, before clipping. */
  readonly norm: number;
  /** By the name of the trained variable. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** Mixed logits of the target batch, `[batch, classes]`. */
  readonly logits: tf.Tensor2D;
  /** Statistics of the target batch, `[source][layer]`. */
  readonly statistics: readonly (readonly BatchStatistics[])[];
  /** What the running statistics will take in, in this order, for each source. */
  readonly updates: readonly (readonly (readonly BatchStatistics[])[])[];
  /** Mixed pair features for the critic: source, target. */
  readonly critic: readonly [tf.Tensor2D, tf.Tensor2D] | null;
}

/** What the passes of one network give. */
export interface Passes {
  readonly logits: tf.Tensor2D;
  readonly statistics: readonly BatchStatistics[];
  readonly pairFeatures: tf.Tensor2D | null;
  readonly updates: readonly (readonly BatchStatistics[])[];
}

/** The target rows of a joint pass, as what the running statistics take in. */
const matchedOnly = (statistics: readonly BatchStatistics[]): BatchStatistics[] =>
  statistics.map((layer) => ({ ...layer, ...layer.matched }));

/** Target and pairs through one network, as the batch-norm settings say. */
function runPasses(network: Network, batch: StepBatch, settings: Settings, collect: boolean): Passes {
  const batchNorm = settings.batchNormMode === 'running' ? 'running' : 'batch';
  const pairsUpdate = settings.batchNormMode === 'train';
  const updating = batchNorm === 'batch';
  const rows = batch.target.shape[0];
  if (batch.pairs && settings.pairBatchNorm === 'joint') {
    const x = tf.concat([batch.target, batch.pairs.target]);
    const { logits, features, statistics } = forward(network, x, { batchNorm, matchRows: rows, collect });
    return {
      logits: tf.slice(logits, [0, 0], [rows, -1]),
      statistics,
      pairFeatures: tf.slice(features, [rows, 0], [-1, -1]),
      updates: updating ? [pairsUpdate ? statistics : matchedOnly(statistics)] : [],
    };
  }
  const target = forward(network, batch.target, { batchNorm, collect });
  const updates = updating ? [target.statistics] : [];
  if (!batch.pairs) return { ...target, pairFeatures: null, updates };
  const ownPass = settings.pairBatchNorm === 'frozen' ? 'running' : batchNorm;
  const pairs = forward(network, batch.pairs.target, { batchNorm: ownPass });
  if (pairsUpdate && ownPass === 'batch') updates.push(pairs.statistics);
  return { ...target, pairFeatures: pairs.features, updates };
}

/** Everything of a forward pass that outlives the gradient computation. */
export interface Kept {
  readonly values: readonly tf.Scalar[];
  readonly logits: tf.Tensor2D;
  readonly passes: readonly Passes[];
  readonly critic: readonly [tf.Tensor2D, tf.Tensor2D] | null;
}

function forwardTerms(learner: Learner, batch: StepBatch, collect: boolean): { total: tf.Scalar; kept: Kept } {
  const { settings, raw, active } = learner;
  const passes = learner.networks.map((network) => runPasses(network, batch, settings, collect));
  const weights = mixingWeights(raw, learner.mixingForm);
  const logits = mix(
    passes.map((pass) => pass.logits),
    weights,
  );
  const target = passes.flatMap(({ pairFeatures }) => pairFeatures ?? []);
  const pairs = batch.pairs ? { source: batch.pairs.sourceFeatures, target } : null;
  const { values, total } = evaluateTerms(
    active,
    {
      logits,
      raw,
      weights,
      moments: passes.map(({ statistics }) => statistics.filter((s) => s.spatial).map((s) => s.matched)),
      storedMoments: learner.storedMoments,
      pseudoLabels: batch.pseudoLabels,
      pairs,
      discriminator: learner.discriminator,
    },
    settings,
  );
  const critic =
    pairs && learner.discriminator ? ([mix(pairs.source, weights), mix(pairs.target, weights)] as const) : null;
  for (const tensor of [...values, logits, ...(critic ?? [])]) tf.keep(tensor);
  for (const { statistics, updates } of passes) [statistics, ...updates].flat().forEach(keepStatistics);
  return { total, kept: { values, logits, passes, critic } };
}

/** Norm over all gradients together. (Stacked, not `addN`: WebGPU takes only a few inputs a kernel.) */
const globalNorm = (gradients: readonly tf.Tensor[]): tf.Scalar =>
  tf.sqrt(tf.sum(tf.stack(gradients.map((gradient) => tf.sum(tf.square(gradient))))));

/** Forward and backward of one step. The caller owns everything. */
export interface Differentiated {
  readonly total: tf.Scalar;
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  readonly kept: Kept;
}

/**
 * The part of a step that nothing has to be awaited for; nothing moves.
 *
 * @param collect also gather statistics where batch norm uses the running ones.
 */
export function differentiate(learner: Learner, batch: StepBatch, collect: boolean): Differentiated {
  const { active, optimizer } = learner;
  const gather = collect || active.includes('statistics');
  let kept: Kept | undefined;
  const { total, gradients } = tf.tidy(() => {
    const compute = (): tf.Scalar => {
      const result = forwardTerms(learner, batch, gather);
      kept = result.kept;
      return result.total;
    };
    const { value, grads } = tf.variableGrads(
      compute,
      optimizer.variables.map(({ variable }) => variable),
    );
    const named = optimizer.variables.flatMap(({ name, variable }) => {
      const gradient = grads[variable.name];
      return gradient ? [{ name, gradient }] : [];
    });
    return { total: value, gradients: named };
  });
  if (!kept) throw new Error('The objective was not computed.');
  return { total, gradients: new Map(gradients.map(({ name, gradient }) => [name, gradient])), kept };
}

/**
 * The values of a step by name, from its numbers as the GPU or the processor gave them.
 *
 * @param values of the active terms, in their order.
 */
export function termValues(active: readonly TermName[], total: number, values: readonly number[]): TermValues {
  const valueOf = (name: TermName): number => values[active.indexOf(name)] ?? NaN;
  return { total, ...(Object.fromEntries(termNames.map((name) => [name, valueOf(name)])) as Record<TermName, number>) };
}

/**
 * Forward and backward of one step; nothing moves. One readback.
 *
 * @param collect also gather statistics where batch norm uses the running ones.
 */
export async function computeGradients(learner: Learner, batch: StepBatch, collect = false): Promise<StepGradients> {
  const { total, gradients, kept } = differentiate(learner, batch, collect);
  const scalars = tf.tidy(() => tf.stack([total, globalNorm([...gradients.values()]), ...kept.values]));
  const [totalValue = NaN, norm = NaN, ...values] = await scalars.data<'float32'>();
  tf.dispose([scalars, total, ...kept.values]);
  return {
    terms: termValues(learner.active, totalValue, values),
    norm,
    gradients,
    logits: kept.logits,
    statistics: kept.passes.map((pass) => pass.statistics),
    updates: kept.passes.map((pass) => pass.updates),
    critic: kept.critic,
  };
}

export function disposeGradients(step: StepGradients): void {
  tf.dispose([...step.gradients.values(), step.logits, ...(step.critic ?? [])]);
  for (const layers of [...step.statistics, ...step.updates.flat()]) disposeStatistics(layers);
}

/** Why a step must not be taken (`not-finite`); null where it may. */
export function notFinite(terms: TermValues, norm: number): StudioError | null {
  if (Number.isFinite(terms.total) && Number.isFinite(norm)) return null;
  const broken = termNames.filter((name) => terms[name] === Infinity || terms[name] === -Infinity);
  return new StudioError({
    code: 'not-finite',
    message: 'The loss stopped being a number, so the run ended before this step was taken.',
    remedy: 'Lower the learning rate or the weight of the largest term, or set gradient clipping; then start again.',
    detail: JSON.stringify({
      terms: Object.fromEntries(Object.entries(terms).map(([k, v]) => [k, String(v)])),
      norm: String(norm),
      broken,
    }),
  });
}

/**
 * Moves everything once: trained variables, running statistics (target pass first, then the pairs' own), critic.
 *
 * @throws StudioError `not-finite`; then nothing has moved.
 */
export function applyGradients(learner: Learner, step: StepGradients, learningRate: number): void {
  const failure = notFinite(step.terms, step.norm);
  if (failure) throw failure;
  const clip = learner.settings.gradientClip;
  const scale = clip > 0 ? Math.min(1, clip / (step.norm + 1e-6)) : 1;
  stepOptimizer(learner.optimizer, step.gradients, learningRate, scale);
  learner.networks.forEach((network, k) => {
    for (const statistics of step.updates[k] ?? []) updateRunningStatistics(network, statistics, { unbiased: true });
  });
  if (learner.discriminator && step.critic) stepDiscriminator(learner.discriminator, ...step.critic);
}
