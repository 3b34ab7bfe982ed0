import * as tf from '@tensorflow/tfjs-core';
import type { Settings } from '../../shared/settings';

/** Stands inside the logarithm of the `epsilon` form. */
const epsilon = 1e-5;

/**
 * Mean entropy of the predictions: small when each of them is certain.
 *
 *     mean_i H(p_i),   p_i = softmax(logits_i),   H(p) = -sum_c p_c ln(p_c + 1e-5)
 *
 * `logSoftmax` leaves the 1e-5 out. In nats; the `epsilon` form is -1e-5 for a one-hot prediction.
 *
 * @param logits `[batch, classes]`.
 */
export function meanEntropy(logits: tf.Tensor2D, form: Settings['entropyForm']): tf.Scalar {
  return tf.tidy(() => {
    if (form === 'logSoftmax') {
      const logP = tf.logSoftmax(logits);
      return tf.neg(tf.mean(tf.sum(tf.mul(tf.exp(logP), logP), 1)));
    }
    const p = tf.softmax(logits);
    return tf.neg(tf.mean(tf.sum(tf.mul(p, tf.log(tf.add(p, epsilon))), 1)));
  });
}

/**
 * Diversity of a batch: entropy of its mean prediction, large when the classes are used evenly.
 *
 *     H(mean_i p_i),   H as in {@link meanEntropy}
 *
 * @param logits `[batch, classes]`.
 */
export function batchDiversity(logits: tf.Tensor2D, form: Settings['entropyForm']): tf.Scalar {
  return tf.tidy(() => {
    if (form === 'logSoftmax') {
      const logMean = tf.sub(tf.logSumExp(tf.logSoftmax(logits), 0), Math.log(logits.shape[0]));
      return tf.neg(tf.sum(tf.mul(tf.exp(logMean), logMean)));
    }
    const mean = tf.mean(tf.softmax(logits), 0);
    return tf.neg(tf.sum(tf.mul(mean, tf.log(tf.add(mean, epsilon)))));
  });
}
