import * as tf from '@tensorflow/tfjs-core';
import type { Settings } from '../../shared/settings';
import { mix } from '../mixing';
import { norm, rowNorms } from './rowNorms';

type PairNorm = Settings['pairNorm'];

/** `a`: mixed source features, `b`: mixed target features, both `[pairs, features]`. */
const distances: Readonly<Record<PairNorm, (a: tf.Tensor2D, b: tf.Tensor2D) => tf.Scalar>> = {
  frobenius: (a, b) => norm(tf.sub(a, b)),
  meanSquared: (a, b) => tf.mean(tf.square(tf.sub(a, b))),
  rowMean: (a, b) => tf.mean(rowNorms(tf.sub(a, b))),
  cosine: (a, b) => {
    const cosines = tf.divNoNan(tf.sum(tf.mul(a, b), 1), tf.mul(rowNorms(a), rowNorms(b)));
    return tf.sub(1, tf.mean(cosines));
  },
};

/**
 * Distance of paired features: what the source model saw in the source image of a pair against what the network
 * sees in its target image (L_TI).
 *
 *     Delta_i = sum_k alpha_k (source_ki - target_ki)
 *     frobenius: sqrt(sum_i |Delta_i|^2)   meanSquared: mean Delta^2   rowMean: mean_i |Delta_i|
 *     cosine: 1 - mean_i cos(sum_k alpha_k source_ki, sum_k alpha_k target_ki)
 *
 * Sources are mixed before the norm, so differences of several sources may cancel. Gradient 0 at 0.
 *
 * @param source one `[pairs, features]` a source, constant.
 * @param target the same of the networks being adapted.
 * @param weights `[sources]`, alpha.
 */
export function pairMatching(
  source: readonly tf.Tensor2D[],
  target: readonly tf.Tensor2D[],
  weights: tf.Tensor1D,
  form: PairNorm,
): tf.Scalar {
  return tf.tidy(() => distances[form](mix(source, weights), mix(target, weights)));
}
