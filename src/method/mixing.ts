import * as tf from '@tensorflow/tfjs-core';

/**
 * How raw mixing parameters become weights.
 * `normalised`: they always add up to 1. `released`: the released code's form, whose weights shrink once the
 * sigmoids come near the 1e-16 in the divisor.
 */
export type MixingForm = 'normalised' | 'released';

/**
 * Mixing weights (alpha) of the sources.
 *
 *     s_k = sigmoid(w_k),   alpha_k = s_k / (sum_j s_j + 1e-16)
 *
 * `normalised` is the same without the 1e-16, computed so that it cannot underflow.
 *
 * @param raw `[sources]`, w.
 * @returns `[sources]`.
 */
export function mixingWeights(raw: tf.Tensor1D, form: MixingForm): tf.Tensor1D {
  return tf.tidy(() => {
    if (form === 'normalised') return tf.softmax(tf.logSigmoid(raw));
    const gates = tf.sigmoid(raw);
    return tf.div(gates, tf.add(tf.sum(gates), 1e-16));
  });
}

/** {@link mixingWeights} of plain numbers, for reports and evaluation. */
export function mixingOf(raw: readonly number[], form: MixingForm): number[] {
  if (form === 'normalised') {
    const logGates = raw.map((w) => -Math.log1p(Math.exp(-Math.abs(w))) + Math.min(w, 0));
    const top = Math.max(...logGates);
    const scaled = logGates.map((gate) => Math.exp(gate - top));
    const total = scaled.reduce((sum, gate) => sum + gate, 0);
    return scaled.map((gate) => gate / total);
  }
  const gates = raw.map((w) => 1 / (1 + Math.exp(-w)));
  const total = gates.reduce((sum, gate) => sum + gate, 1e-16);
  return gates.map((gate) => gate / total);
}

/**
 * Weighted sum over the sources.
 *
 * @param values one tensor a source, all of the same shape.
 * @param weights `[sources]`.
 */
export function mix<T extends tf.Tensor>(values: readonly T[], weights: tf.Tensor1D): T {
  return tf.tidy(() => {
    const parts = values.map((value, source) => tf.mul(value, tf.reshape(tf.slice(weights, source, 1), [])));
    return parts.reduce((sum, part) => tf.add(sum, part)) as T;
  });
}
