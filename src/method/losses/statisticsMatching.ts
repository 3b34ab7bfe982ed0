import * as tf from '@tensorflow/tfjs-core';
import { joinVectors, segmentNorms } from '../../kernels/segmentNorms';
import { mix } from '../mixing';

/** Mean and variance per channel of what a batch-norm layer receives. */
export interface Moments {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Moments of every spatial batch-norm layer of every source: `[source][layer]`, layers in forward order. */
export type LayerMoments = readonly (readonly Moments[])[];

/** The vectors of all layers of a network one after the other, means and variances in turn: one operation for all. */
interface Joined {
  readonly values: tf.Tensor1D;
  /** Sizes of the vectors. */
  readonly sizes: readonly number[];
}

function joined(layers: readonly Moments[]): Joined {
  const vectors = layers.flatMap(({ mean, variance }) => [mean, variance]);
  return { values: joinVectors(vectors), sizes: vectors.map(({ size }) => size) };
}

/** Target minus source, of each network. */
function gaps(target: LayerMoments, source: LayerMoments): readonly Joined[] {
  return target.map((layers, k) => {
    const stored = source[k];
    if (stored?.length !== layers.length) {
      throw new RangeError(
        `Source ${String(k)} has ${layers.length} layers, and statistics of ${stored?.length ?? 0}.`,
      );
    }
    if (layers.length === 0) return { values: tf.tensor1d([]), sizes: [] };
    const { values, sizes } = joined(layers);
    return { values: tf.sub(values, joined(stored).values), sizes };
  });
}

/** Sum of the norms of all vectors, those of the first layer times a factor. */
function sumOfNorms({ values, sizes }: Joined, firstFactor: number): tf.Scalar {
  if (sizes.length === 0) return tf.scalar(0);
  const norms = segmentNorms(values, sizes);
  if (firstFactor === 1) return tf.sum(norms);
  return tf.sum(tf.mul(norms, tf.tensor1d(sizes.map((_, vector) => (vector < 2 ? firstFactor : 1)))));
}

/**
 * Statistics matching, mixed before the norm (L_d as the method states it).
 *
 *     sum_l r_l (|sum_k a_k (mean_kl - mean'_kl)| + |sum_k a_k (variance_kl - variance'_kl)|),   r_0 = firstFactor, else 1
 *
 * Norms are not squared. Every source must have the same channel counts.
 *
 * @param target moments of the target batch (biased variance), with gradient.
 * @param source stored moments of the source models, constant.
 * @param weights `[sources]`, a.
 */
export function matchPerLayer(
  target: LayerMoments,
  source: LayerMoments,
  weights: tf.Tensor1D,
  firstFactor: number,
): tf.Scalar {
  return tf.tidy(() => {
    const ofSources = gaps(target, source);
    const sizes = ofSources[0]?.sizes ?? [];
    if (sizes.length === 0) return tf.scalar(0);
    const all = ofSources.map(({ values }) => values);
    return sumOfNorms({ values: mix(all, weights), sizes }, firstFactor);
  });
}

/**
 * Statistics matching with norms of its own for each source.
 *
 *     sum_k a_k sum_l r_l (|mean_kl - mean'_kl| + |variance_kl - variance'_kl|),   r_0 = firstFactor, else 1
 *
 * Channels of different networks never meet. Parameters as in {@link matchPerLayer}.
 */
export function matchPerSource(
  target: LayerMoments,
  source: LayerMoments,
  weights: tf.Tensor1D,
  firstFactor: number,
): tf.Scalar {
  return tf.tidy(() => {
    const ofSources = gaps(target, source).map((gap) => sumOfNorms(gap, firstFactor));
    return mix(ofSources, weights);
  });
}

/**
 * Statistics matching as the released code computes it: one gate for all, and the first factor on the first layer of
 * the first source only.
 *
 *     (sum_k sigmoid(w_k)) sum_i sum_l r_il (|mean_il - mean'_il| + |variance_il - variance'_il|)
 *
 * The gate is not normalised and trains, so it can switch the term off.
 *
 * @param raw `[sources]`, w.
 */
export function matchReleased(
  target: LayerMoments,
  source: LayerMoments,
  raw: tf.Tensor1D,
  firstFactor: number,
): tf.Scalar {
  return tf.tidy(() => {
    const ofSources = gaps(target, source).map((gap, k) => sumOfNorms(gap, k === 0 ? firstFactor : 1));
    const gate = tf.sum(tf.sigmoid(raw));
    return tf.mul(
      gate,
      ofSources.reduce((sum, value) => tf.add(sum, value)),
    );
  });
}
