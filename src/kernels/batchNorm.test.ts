import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { useBackend } from '../tests/backend';
import { batchNormRunning, batchNormTraining, channelMoments } from './batchNorm';

const epsilon = 1e-5;

function normal(shape: number[], seed: number, { mean = 0, deviation = 1 } = {}): tf.Tensor {
  const rng = createRng(seed);
  return tf.tensor(
    Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => mean + deviation * rng.normal()),
    shape,
  );
}

async function values(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  return Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
}

/** The same normalisation from the textbook formula in stock operations, whose gradients are tfjs's own. */
function textbook(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, matchRows: number) {
  const measure = (part: tf.Tensor) => tf.moments(part, [0, 1, 2]);
  const all = measure(x);
  const y = tf.add(tf.mul(tf.div(tf.sub(x, all.mean), tf.sqrt(tf.add(all.variance, epsilon))), gamma), beta);
  return { y, moments: { ...all, matched: measure(tf.slice(x, 0, matchRows)) } };
}

const cases = [
  { shape: [3, 4, 5, 2], matchRows: 3 },
  { shape: [6, 2, 3, 7], matchRows: 4 },
  { shape: [5, 3, 1, 9], matchRows: 1 },
  { shape: [2, 8, 8, 16], matchRows: 2 },
] as const;

describe.each(['cpu', 'wasm'] as const)('batch normalisation on %s', (backend) => {
  useBackend(backend);

  it.each(cases)(
    'of $shape with $matchRows matched rows agrees with the textbook, gradients included',
    async ({ shape, matchRows }) => {
      const channels = shape[3];
      const x = normal([...shape], 1);
      const [gamma, beta, weights] = [normal([channels], 2), normal([channels], 3), normal([...shape], 4)];
      const loss = (compute: typeof textbook) => (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
        const { y, moments } = compute(a, g, b, matchRows);
        const matching = [moments.mean, moments.variance, moments.matched.mean, moments.matched.variance];
        const terms = matching.map((m, index) => tf.mul(index + 1, tf.norm(tf.sub(m, 0.3))));
        return tf.add(tf.sum(tf.mul(y, weights)), tf.addN(terms)) as tf.Scalar;
      };
      const own = loss(
        (a, g, b, rows) => batchNormTraining(a, g, b, { epsilon, matchRows: rows }) as ReturnType<typeof textbook>,
      );
      const expected = tf.valueAndGrads(loss(textbook))([x, gamma, beta]);
      const actual = tf.valueAndGrads(own)([x, gamma, beta]);
      const wanted = await values([expected.value, ...expected.grads]);
      (await values([actual.value, ...actual.grads])).forEach((got, index) => {
        expect(got).toBeAllClose(wanted[index] ?? [], { relative: 1e-5, absolute: 1e-6 });
      });
    },
  );
});
