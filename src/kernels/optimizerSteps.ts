import * as tf from '@tensorflow/tfjs-core';
import { memoryOf } from './memory';

/** What an update needs besides the tensors; all numbers of this step. */
export interface UpdateNumbers {
  readonly learningRate: number;
  /** L2 penalty: added to the gradient as `weightDecay * parameter`. */
  readonly weightDecay: number;
  /** Multiplies the gradient before anything else (gradient clipping). */
  readonly gradientScale: number;
}

export interface SgdNumbers extends UpdateNumbers {
  readonly momentum: number;
}

export interface AdamNumbers extends UpdateNumbers {
  readonly beta1: number;
  readonly beta2: number;
  /** `beta1 ^ step` and `beta2 ^ step`, steps counted from 1. */
  readonly beta1Power: number;
  readonly beta2Power: number;
  readonly epsilon: number;
}

const value = (values: Float32Array, index: number): number => values[index] as number;

/** Backends whose memory JavaScript can read and write, so that an update is one pass. */
const hasMemory = (): boolean => ['wasm', 'cpu'].includes(tf.getBackend());

/**
 * A new value for a parameter, written by `write` in one pass. The old memory is never overwritten: the wasm
 * backend keeps prepared copies of convolution kernels under the identity of their tensor.
 */
function replace(
  parameter: tf.Variable,
  others: readonly tf.Tensor[],
  write: (next: Float32Array, now: Float32Array, others: Float32Array[]) => void,
): void {
  const memory = memoryOf(tf.backend());
  const info = memory.allocate(parameter.shape);
  write(
    memory.view(info),
    memory.view(parameter),
    others.map((tensor) => memory.view(tensor)),
  );
  const next = tf.engine().makeTensorFromTensorInfo(info, tf.backend());
  parameter.assign(next);
  next.dispose();
}

/**
 * One step of stochastic gradient descent with Nesterov momentum, as PyTorch computes it.
 *
 *     g' = scale g + decay p;   v = momentum v + g';   p = p - rate (g' + momentum v)
 *
 * @param parameter p, replaced.
 * @param gradient g of the same shape, float32.
 * @param velocity v, zeros before the first step; changed in place.
 */
export function sgdStep(parameter: tf.Variable, gradient: tf.Tensor, velocity: tf.Variable, n: SgdNumbers): void {
  const { momentum, learningRate, weightDecay, gradientScale } = n;
  if (hasMemory()) {
    replace(parameter, [gradient, velocity], (next, now, [g, v]) => {
      if (g === undefined || v === undefined) return;
      for (let i = 0; i < next.length; i++) {
        const p = value(now, i);
        const decayed = gradientScale * value(g, i) + weightDecay * p;
        const moved = momentum * value(v, i) + decayed;
        v[i] = moved;
        next[i] = p - learningRate * (decayed + momentum * moved);
      }
    });
    return;
  }
  tf.tidy(() => {
    const decayed = tf.add(tf.mul(gradient, gradientScale), tf.mul(parameter, weightDecay));
    velocity.assign(tf.add(tf.mul(velocity, momentum), decayed));
    parameter.assign(tf.sub(parameter, tf.mul(tf.add(decayed, tf.mul(velocity, momentum)), learningRate)));
  });
}

/**
 * One step of Adam with L2 penalty, as PyTorch computes it.
 *
 *     g' = scale g + decay p;   m = b1 m + (1 - b1) g';   s = b2 s + (1 - b2) g'^2
 *     p = p - rate (m / (1 - b1^t)) / (sqrt(s / (1 - b2^t)) + epsilon)
 *
 * @param first m and @param second s, zeros before the first step; changed in place.
 */
export function adamStep(
  parameter: tf.Variable,
  gradient: tf.Tensor,
  first: tf.Variable,
  second: tf.Variable,
  n: AdamNumbers,
): void {
  const { beta1, beta2, epsilon, weightDecay, gradientScale } = n;
  const rate = n.learningRate / (1 - n.beta1Power);
  const spread = 1 / (1 - n.beta2Power);
  if (hasMemory()) {
    replace(parameter, [gradient, first, second], (next, now, [g, m, s]) => {
      if (g === undefined || m === undefined || s === undefined) return;
      for (let i = 0; i < next.length; i++) {
        const p = value(now, i);
        const decayed = gradientScale * value(g, i) + weightDecay * p;
        const mean = beta1 * value(m, i) + (1 - beta1) * decayed;
        const square = beta2 * value(s, i) + (1 - beta2) * decayed * decayed;
        m[i] = mean;
        s[i] = square;
        next[i] = p - (rate * mean) / (Math.sqrt(square * spread) + epsilon);
      }
    });
    return;
  }
  tf.tidy(() => {
    const decayed = tf.add(tf.mul(gradient, gradientScale), tf.mul(parameter, weightDecay));
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(decayed, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(decayed), 1 - beta2)));
    const divisor = tf.add(tf.sqrt(tf.mul(second, spread)), epsilon);
    parameter.assign(tf.sub(parameter, tf.div(tf.mul(first, rate), divisor)));
  });
}
