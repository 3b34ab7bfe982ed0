import * as tf from '@tensorflow/tfjs-core';
import { mix } from '../mixing';
import { norm } from './rowNorms';

/** Mean and variance per channel of what a batch-norm layer receives. */
export interface Moments {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/** Moments of every spatial batch-norm layer of every source: `[source][layer]`, layers in forward order. */
export type LayerMoments = readonly (readonly Moments[])[];

const layerGap = (target: Moments, source: Moments): tf.Scalar =>
  tf.add(norm(tf.sub(target.mean, source.mean)), norm(tf.sub(target.variance, source.variance)));

const weighted = (value: tf.Scalar, factor: number): tf.Scalar => (factor === 1 ? value : tf.mul(value, factor));

const sumOf = (values: readonly tf.Scalar[]): tf.Scalar =>
  values.length === 0 ? tf.scalar(0) : tf.sum(tf.stack(values.map((value) => tf.reshape(value, []))));

function layersOf(moments: LayerMoments, source: number): readonly Moments[] {
  const layers = moments[source];
  if (layers === undefined) throw new RangeError(`There are no statistics of source ${String(source)}.`);
  return layers;
}

function momentsAt(moments: LayerMoments, source: number, layer: number): Moments {
  const found = layersOf(moments, source)[layer];
  if (found === undefined) throw new RangeError(`There are no statistics of layer ${String(layer)}.`);
  return found;
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
    const gaps = layersOf(target, 0).map((_, layer) => {
      const means = target.map((_of, k) => tf.sub(momentsAt(target, k, layer).mean, momentsAt(source, k, layer).mean));
      const variances = target.map((_of, k) =>
        tf.sub(momentsAt(target, k, layer).variance, momentsAt(source, k, layer).variance),
      );
      const gap = tf.add(norm(mix(means, weights)), norm(mix(variances, weights)));
      return weighted(gap as tf.Scalar, layer === 0 ? firstFactor : 1);
    });
    return sumOf(gaps);
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
    const ofSource = target.map((layers, k) =>
      sumOf(
        layers.map((moments, layer) =>
          weighted(layerGap(moments, momentsAt(source, k, layer)), layer === 0 ? firstFactor : 1),
        ),
      ),
    );
    return mix(ofSource, weights);
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
    const gaps = target.flatMap((layers, k) =>
      layers.map((moments, layer) =>
        weighted(layerGap(moments, momentsAt(source, k, layer)), k === 0 && layer === 0 ? firstFactor : 1),
      ),
    );
    return tf.mul(tf.sum(tf.sigmoid(raw)), sumOf(gaps));
  });
}
