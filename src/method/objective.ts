import * as tf from '@tensorflow/tfjs-core';
import type { Settings } from '../shared/settings';
import { foolingLoss } from './discriminator';
import type { Discriminator } from './discriminator';
import { crossEntropy } from './losses/crossEntropy';
import { batchDiversity, meanEntropy } from './losses/entropy';
import { pairMatching } from './losses/pairMatching';
import { matchPerLayer, matchPerSource, matchReleased } from './losses/statisticsMatching';
import type { LayerMoments } from './losses/statisticsMatching';
import { mix } from './mixing';

/** Features of the pairs of a step, one `[pairs, features]` a source. */
export interface PairFeatures {
  /** Of the source images, by the untouched source models: constant. */
  readonly source: readonly tf.Tensor2D[];
  /** Of the target images, by the networks being adapted. */
  readonly target: readonly tf.Tensor2D[];
}

/** Everything the terms of one step see. */
export interface Observation {
  /** `[batch, classes]`, mixed over the sources. */
  readonly logits: tf.Tensor2D;
  /** `[sources]`, w. */
  readonly raw: tf.Tensor1D;
  /** `[sources]`, alpha. */
  readonly weights: tf.Tensor1D;
  /** Moments of the target batch at every spatial batch-norm layer. */
  readonly moments: LayerMoments;
  /** Moments stored in the source models at the same layers. */
  readonly storedMoments: LayerMoments;
  /** `[batch]`, int32; null when no term asks for them. */
  readonly pseudoLabels: tf.Tensor1D | null;
  /** Null when no term asks for them. */
  readonly pairs: PairFeatures | null;
  readonly discriminator: Discriminator | null;
}

/** One summand of the objective. */
interface Term {
  /** The setting that weighs it; 0 switches the term off. */
  readonly weight:
    | 'entropyWeight'
    | 'diversityWeight'
    | 'pseudoLabelWeight'
    | 'pairWeight'
    | 'statisticsWeight'
    | 'discriminatorWeight';
  /** Fixed factor beside the setting: -1 for what is to grow. */
  readonly factor: number;
  readonly needs: 'logits' | 'pseudoLabels' | 'pairs' | 'statistics';
  /** Unweighted value, scalar. */
  readonly value: (seen: Observation, settings: Settings) => tf.Scalar;
}

function present<T>(value: T | null, what: string): T {
  if (value === null) throw new RangeError(`A term of the objective was given no ${what}.`);
  return value;
}

function statisticsTerm(seen: Observation, settings: Settings): tf.Scalar {
  const { moments, storedMoments, raw, weights } = seen;
  const factor = settings.statisticsFirstFactor;
  const released = settings.statisticsGate === 'sigmoidSum';
  if (settings.statisticsAggregate === 'perLayer') {
    return matchPerLayer(moments, storedMoments, released ? tf.sigmoid(raw) : weights, factor);
  }
  return released
    ? matchReleased(moments, storedMoments, raw, factor)
    : matchPerSource(moments, storedMoments, weights, factor);
}

/** The objective: the sum of `setting * factor * value` over the rows that are on. */
export const terms = {
  entropy: {
    weight: 'entropyWeight',
    factor: 1,
    needs: 'logits',
    value: (seen, settings) => meanEntropy(seen.logits, settings.entropyForm),
  },
  diversity: {
    weight: 'diversityWeight',
    factor: -1,
    needs: 'logits',
    value: (seen, settings) => batchDiversity(seen.logits, settings.entropyForm),
  },
  pseudoLabel: {
    weight: 'pseudoLabelWeight',
    factor: 1,
    needs: 'pseudoLabels',
    value: (seen) => crossEntropy(seen.logits, present(seen.pseudoLabels, 'pseudo-labels')),
  },
  pairs: {
    weight: 'pairWeight',
    factor: 1,
    needs: 'pairs',
    value: (seen, settings) => {
      const { source, target } = present(seen.pairs, 'pairs');
      return pairMatching(source, target, seen.weights, settings.pairNorm);
    },
  },
  statistics: { weight: 'statisticsWeight', factor: 1, needs: 'statistics', value: statisticsTerm },
  discriminator: {
    weight: 'discriminatorWeight',
    factor: 10,
    needs: 'pairs',
    value: (seen) =>
      foolingLoss(present(seen.discriminator, 'critic'), mix(present(seen.pairs, 'pairs').target, seen.weights)),
  },
} as const satisfies Record<string, Term>;

export type TermName = keyof typeof terms;

export const termNames = Object.keys(terms) as TermName[];

/**
 * The terms that are on.
 *
 * @param spatialLayers batch-norm layers that statistics matching can run over; without any that term is off.
 */
export function activeTerms(settings: Settings, spatialLayers: number): TermName[] {
  return termNames.filter((name) => {
    const term: Term = terms[name];
    return settings[term.weight] > 0 && (term.needs !== 'statistics' || spatialLayers > 0);
  });
}

/** Whether any of the terms takes this input. */
export function isNeeded(need: Term['needs'], active: readonly TermName[]): boolean {
  return active.some((name) => terms[name].needs === need);
}

/** Unweighted values of the active terms, in their order, and their weighted sum. */
export function evaluateTerms(
  active: readonly TermName[],
  seen: Observation,
  settings: Settings,
): { readonly values: readonly tf.Scalar[]; readonly total: tf.Scalar } {
  const rows = active.map((name): Term => terms[name]);
  const values = rows.map((row) => row.value(seen, settings));
  const weighted = rows.map((row, at) => tf.mul(values[at] ?? 0, settings[row.weight] * row.factor));
  return { values, total: tf.sum(tf.stack(weighted)) };
}
