import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../shared/rng';

/** A tensor of normal numbers, the same for the same seed. */
export function normalTensor(shape: readonly number[], seed: number, { mean = 0, deviation = 1 } = {}): tf.Tensor {
  const rng = createRng(seed);
  const size = tf.util.sizeFromShape([...shape]);
  return tf.tensor(
    Float32Array.from({ length: size }, () => mean + deviation * rng.normal()),
    [...shape],
  );
}
