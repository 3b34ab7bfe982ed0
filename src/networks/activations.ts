import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, NodeSpec } from '../formats/models/format';

type Attributes = NodeSpec<'activation'>['attributes'];
type Activation = (x: tf.Tensor, attributes: Attributes) => tf.Tensor;

/** Keras' ReLU layer: 0 below `threshold`, the identity above it, at most `maxValue`; slope `alpha` below. */
function relu(x: tf.Tensor, { alpha = 0, maxValue, threshold = 0 }: Attributes): tf.Tensor {
  if (alpha === 0 && threshold === 0) return maxValue === undefined ? tf.relu(x) : cappedRelu(x, maxValue);
  const above = threshold === 0 ? tf.relu(x) : tf.mul(x, tf.cast(tf.greaterEqual(x, threshold), 'float32'));
  const capped = maxValue === undefined ? above : tf.minimum(above, maxValue);
  return alpha === 0 ? capped : tf.sub(capped, tf.mul(alpha, tf.relu(tf.sub(threshold, x))));
}

function cappedRelu(x: tf.Tensor, maxValue: number): tf.Tensor {
  return maxValue === 6 ? tf.relu6(x) : tf.clipByValue(x, 0, maxValue);
}

/** `clip(x + 3, 0, 6) / 6` */
function hardSigmoid6(x: tf.Tensor): tf.Tensor {
  return tf.div(tf.relu6(tf.add(x, 3)), 6);
}

/** `0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3)))` */
function geluTanh(x: tf.Tensor): tf.Tensor {
  const inner = tf.mul(Math.sqrt(2 / Math.PI), tf.add(x, tf.mul(0.044715, tf.mul(x, tf.square(x)))));
  return tf.mul(tf.mul(0.5, x), tf.add(1, tf.tanh(inner)));
}

/** What every activation computes. */
export const activations: Readonly<Record<ActivationName, Activation>> = {
  linear: (x) => tf.clone(x),
  relu,
  relu6: (x) => tf.relu6(x),
  leakyRelu: (x, { alpha = 0.3 }) => tf.leakyRelu(x, alpha),
  elu: (x, { alpha = 1 }) => (alpha === 1 ? tf.elu(x) : tf.add(tf.relu(x), tf.mul(alpha, tf.elu(tf.minimum(x, 0))))),
  selu: (x) => tf.selu(x),
  sigmoid: (x) => tf.sigmoid(x),
  /** Keras 2: `clip(0.2 x + 0.5, 0, 1)` */
  hardSigmoid: (x) => tf.clipByValue(tf.add(tf.mul(x, 0.2), 0.5), 0, 1),
  hardSigmoid6,
  hardSwish: (x) => tf.mul(x, hardSigmoid6(x)),
  swish: (x) => tf.mul(x, tf.sigmoid(x)),
  gelu: (x) => tf.mul(tf.mul(0.5, x), tf.add(1, tf.erf(tf.div(x, Math.SQRT2)))),
  geluTanh,
  tanh: (x) => tf.tanh(x),
  softplus: (x) => tf.softplus(x),
  softsign: (x) => tf.div(x, tf.add(1, tf.abs(x))),
  mish: (x) => tf.mul(x, tf.tanh(tf.softplus(x))),
  exponential: (x) => tf.exp(x),
};
