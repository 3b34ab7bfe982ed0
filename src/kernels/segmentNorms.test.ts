import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { joinVectors, segmentNorms } from './segmentNorms';

describe.each(['cpu', 'wasm'] as const)('segments of vectors on %s', (backend) => {
  useBackend(backend);

  it('have Euclidean norms, with the unit vector as gradient, or 0 where they are 0', async () => {
    const x = tf.tensor1d([3, 4, 0, 0, 0, -2]);
    const sizes = [2, 3, 1];
    expect(Array.from(await segmentNorms(x, sizes).data())).toEqual([5, 0, 2]);
    const loss = (of: tf.Tensor): tf.Scalar =>
      tf.sum(tf.mul(segmentNorms(of as tf.Tensor1D, sizes), tf.tensor1d([1, 1, 10])));
    expect(await tf.grad(loss)(x).data()).toBeAllClose([0.6, 0.8, 0, 0, 0, -10], { absolute: 1e-6 });
  });

  it('are joined in order, and each gets its part of the gradient', async () => {
    const vectors = [[1, 2], [3], [4, 5, 6]].map((values) => tf.tensor1d(values));
    expect(Array.from(await joinVectors(vectors).data())).toEqual([1, 2, 3, 4, 5, 6]);
    const factors = tf.tensor1d([10, 20, 30, 40, 50, 60]);
    const gradients = tf.grads((...of) => tf.sum(tf.mul(joinVectors(of as tf.Tensor1D[]), factors)))(vectors);
    expect(await Promise.all(gradients.map(async (part) => Array.from(await part.data())))).toEqual([
      [10, 20],
      [30],
      [40, 50, 60],
    ]);
  });

  it('leave no tensor behind but results', () => {
    const vectors = [tf.tensor1d([1, 2]), tf.tensor1d([3])];
    const loss = (...of: tf.Tensor[]): tf.Scalar => tf.sum(segmentNorms(joinVectors(of as tf.Tensor1D[]), [2, 1]));
    expect(() => loss(...vectors)).toLeaveTensors(3);
    expect(() => tf.grads(loss)(vectors)).toLeaveTensors(2);
  });
});
