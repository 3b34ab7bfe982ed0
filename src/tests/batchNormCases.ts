import * as tf from '@tensorflow/tfjs-core';
import { batchNormRunning } from '../kernels/batchNorm';
import type { FusedActivation } from '../kernels/channelLayout';
import { createRng } from '../shared/rng';
import { normalTensor } from './random';

export const epsilon = 1e-5;

/** A batch normalisation of random numbers. */
export interface Case {
  readonly shape: readonly [number, number, number, number];
  readonly matchRows: number;
  readonly activation: FusedActivation;
  readonly seed: number;
}

/** Random shapes: 1 to 70 channels and 1 to 3000 rows, one image or several, some of them matched or all. */
function randomCase(seed: number): Case {
  const rng = createRng(7000 + seed);
  const below = (limit: number): number => 1 + rng.integer(limit);
  const channels = seed % 3 === 0 ? 4 * below(17) : below(70);
  const images = seed % 5 === 0 ? 1 : below(9);
  const [height, width] = seed % 7 === 0 ? [1, 1] : [below(18), below(18)];
  return {
    shape: [images, height, width, channels],
    matchRows: seed % 2 === 0 ? images : below(images),
    activation: (['none', 'relu', 'relu6'] as const)[seed % 3] ?? 'none',
    seed,
  };
}

export const title = ({ shape, matchRows, activation }: Case): string =>
  `${shape.join('x')} with ${matchRows} matched and ${activation}`;
export const cases = Array.from({ length: 48 }, (_, seed) => randomCase(seed));

/**
 * Normal numbers around 3, of which none comes close to a kink of the activation: there, a rounding error decides the
 * gradient.
 */
export function operands({ shape, seed, activation }: Case) {
  const channels = [shape[3]];
  const gamma = normalTensor(channels, seed + 2);
  const beta = normalTensor(channels, seed + 3, { mean: activation === 'relu6' ? 3 : 0, deviation: 2 });
  const mean = normalTensor(channels, seed + 4, { mean: 3 });
  const variance = tf.add(tf.square(normalTensor(channels, seed + 5)), 0.2);
  const raw = normalTensor(shape, seed + 1, { mean: 3 });
  const y = tf.add(tf.mul(tf.div(tf.sub(raw, mean), tf.sqrt(tf.add(variance, epsilon))), gamma), beta);
  const atKink = tf.logicalOr(tf.less(tf.abs(y), 1e-3), tf.less(tf.abs(tf.sub(y, 6)), 1e-3));
  const x = tf.where(atKink, tf.add(raw, 0.1), raw);
  return { x, gamma, beta, mean, variance, dy: normalTensor(shape, seed + 6) };
}

/** Values at and around the kinks of the activations. */
export const atKinks = [0, 0.5, 6, 6.5, -1] as const;

/** Activations with their gradients there. */
export const kinks = [
  ['relu', [0, 1, 1, 1, 0]],
  ['relu6', [0, 1, 1, 0, 0]],
] as const;

/** The gradient of a normalisation that changes nothing, with its activation; 0 without sign. */
export async function gradientAtKinks(activation: FusedActivation): Promise<number[]> {
  const [one, zero] = [tf.ones([1]), tf.zeros([1])];
  const statistics = { mean: zero, variance: one, epsilon: 0 };
  const y = (x: tf.Tensor): tf.Tensor => batchNormRunning(x, { gamma: one, beta: zero }, statistics, activation);
  return [
    ...(await tf
      .grad(y)(tf.tensor2d([...atKinks], [atKinks.length, 1]))
      .data()),
  ].map(Math.abs);
}
