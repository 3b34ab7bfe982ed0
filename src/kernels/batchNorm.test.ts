import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { atKinks, gradientAtKinks, kinks } from '../tests/batchNormCases';
import { normalTensor as normal } from '../tests/random';
import { batchNormRunning, batchNormTraining, channelMoments } from './batchNorm';
import type { FusedActivation } from './channelLayout';

const epsilon = 1e-5;

async function values(tensors: readonly tf.Tensor[]): Promise<Float32Array[]> {
  return Promise.all(tensors.map(async (tensor) => (await tensor.data()) as Float32Array));
}

/** The same normalisation from the textbook formula in stock operations, whose gradients are tfjs's own. */
function textbook(
  x: tf.Tensor,
  gamma: tf.Tensor,
  beta: tf.Tensor,
  { matchRows, activation }: { matchRows: number; activation: FusedActivation },
) {
  const measure = (part: tf.Tensor) => tf.moments(part, [0, 1, 2]);
  const all = measure(x);
  const y = tf.add(tf.mul(tf.div(tf.sub(x, all.mean), tf.sqrt(tf.add(all.variance, epsilon))), gamma), beta);
  return { y: activate[activation](y), moments: { ...all, matched: measure(tf.slice(x, 0, matchRows)) } };
}

const activate = { none: tf.clone<tf.Tensor>, relu: tf.relu<tf.Tensor>, relu6: tf.relu6<tf.Tensor> };

const cases = [
  { shape: [3, 4, 5, 2], matchRows: 3, activation: 'none' },
  { shape: [6, 2, 3, 7], matchRows: 4, activation: 'none' },
  { shape: [6, 2, 3, 7], matchRows: 4, activation: 'relu' },
  { shape: [5, 3, 1, 9], matchRows: 1, activation: 'relu6' },
  { shape: [2, 8, 8, 16], matchRows: 2, activation: 'relu' },
] as const;

describe.each(['cpu', 'wasm'] as const)('batch normalisation on %s', (backend) => {
  useBackend(backend);

  it.each(cases)(
    'of $shape with $matchRows matched rows and $activation agrees with the textbook, gradients included',
    async ({ shape, matchRows, activation }) => {
      const channels = shape[3];
      const x = normal([...shape], 1);
      const [gamma, beta, weights] = [normal([channels], 2), normal([channels], 3), normal([...shape], 4)];
      const loss = (compute: typeof textbook) => (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
        const { y, moments } = compute(a, g, b, { matchRows, activation });
        const matching = [moments.mean, moments.variance, moments.matched.mean, moments.matched.variance];
        const terms = matching.map((m, index) => tf.mul(index + 1, tf.norm(tf.sub(m, 0.3))));
        return tf.add<tf.Scalar>(tf.sum(tf.mul(y, weights)), tf.addN(terms));
      };
      const own = loss((a, g, b, options) => batchNormTraining(a, g, b, { epsilon, ...options }));
      const expected = tf.valueAndGrads(loss(textbook))([x, gamma, beta]);
      const actual = tf.valueAndGrads(own)([x, gamma, beta]);
      const wanted = await values([expected.value, ...expected.grads]);
      (await values([actual.value, ...actual.grads])).forEach((got, index) => {
        expect(got).toBeAllClose(wanted[index] ?? [], { relative: 1e-5, absolute: 1e-6 });
      });
    },
  );

  it.each(['none', 'relu', 'relu6'] as const)(
    'with running statistics and %s agrees with the textbook',
    async (name) => {
      const shape = [4, 3, 5, 6];
      const [x, gamma, beta, weights] = [normal(shape, 1), normal([6], 2), normal([6], 3), normal(shape, 4)];
      const [mean, variance] = [normal([6], 5), tf.add(tf.square(normal([6], 6)), 0.1)];
      const stock = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
        tf.sum<tf.Scalar>(
          tf.mul(
            activate[name](tf.add(tf.mul(tf.div(tf.sub(a, mean), tf.sqrt(tf.add(variance, epsilon))), g), b)),
            weights,
          ),
        );
      const own = (a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) =>
        tf.sum<tf.Scalar>(
          tf.mul(batchNormRunning(a, { gamma: g, beta: b }, { mean, variance, epsilon }, name), weights),
        );
      const expected = tf.valueAndGrads(stock)([x, gamma, beta]);
      const actual = tf.valueAndGrads(own)([x, gamma, beta]);
      const wanted = await values([expected.value, ...expected.grads]);
      (await values([actual.value, ...actual.grads])).forEach((got, index) => {
        expect(got).toBeAllClose(wanted[index] ?? [], { relative: 1e-5, absolute: 1e-6 });
      });
    },
  );

  it.each(kinks)('has the gradient of %s that tfjs has at 0 and at 6', async (activation, expected) => {
    expect(await gradientAtKinks(activation)).toEqual(expected);
    const ofTfjs = await tf
      .grad(activate[activation])(tf.tensor1d([...atKinks]))
      .data();
    expect([...ofTfjs].map(Math.abs)).toEqual(expected);
  });

  it('keeps the digits of a spread of 1 around a mean of 1000', async () => {
    const x = normal([32, 8, 8, 3], 7, { mean: 1000 });
    const pixels = (await x.data()) as Float32Array;
    const { mean, variance } = channelMoments(x, 32);
    const exact = [0, 1, 2].map((channel) => {
      const own = Array.from(pixels).filter((_, index) => index % 3 === channel);
      const center = own.reduce((sum, value) => sum + value, 0) / own.length;
      return { center, spread: own.reduce((sum, value) => sum + (value - center) ** 2, 0) / own.length };
    });
    expect(await mean.data()).toBeAllClose(
      exact.map(({ center }) => center),
      { relative: 1e-7 },
    );
    expect(await variance.data()).toBeAllClose(
      exact.map(({ spread }) => spread),
      { relative: 2e-6 },
    );
    const { y } = batchNormTraining(x, tf.ones([3]), tf.zeros([3]), { epsilon, matchRows: 32 });
    const normalized = channelMoments(y, 32);
    expect(await normalized.mean.data()).toBeAllClose([0, 0, 0], { absolute: 1e-5 });
    expect(await normalized.variance.data()).toBeAllClose([1, 1, 1], { absolute: 1e-4 });
  });

  it('has gradients that finite differences confirm, through output, mean and variance', async () => {
    const shape = [4, 2, 1, 2];
    const [gamma, beta, weights] = [normal([2], 2), normal([2], 3), normal(shape, 4)];
    const loss = (x: tf.Tensor): tf.Scalar => {
      const { y, moments } = batchNormTraining(x, gamma, beta, { epsilon, matchRows: 3 });
      const { mean, variance, matched } = moments;
      const matching = [tf.square(mean), tf.square(variance), tf.square(matched.mean), tf.square(matched.variance)];
      return tf.add<tf.Scalar>(tf.sum(tf.mul(y, weights)), tf.sum(tf.addN(matching)));
    };
    const start = Array.from(await normal(shape, 1).data());
    const at = async (values: number[]): Promise<number> => (await loss(tf.tensor(values, shape)).data())[0] ?? 0;
    const step = 1e-2;
    const differences: number[] = [];
    for (const [index, value] of start.entries()) {
      const up = await at(start.with(index, value + step));
      const down = await at(start.with(index, value - step));
      differences.push((up - down) / (2 * step));
    }
    const gradient = (await tf.grad(loss)(tf.tensor(start, shape)).data()) as Float32Array;
    expect(gradient).toBeAllClose(differences, { relative: 2e-3 });
  });

  it('leaves no tensor behind but its results', () => {
    const [x, gamma, beta] = [normal([4, 3, 3, 5], 1), normal([5], 2), normal([5], 3)];
    expect(() => batchNormTraining(x, gamma, beta, { epsilon, matchRows: 2 })).toLeaveTensors(5);
    expect(() => channelMoments(x, 4)).toLeaveTensors(2);
    const loss = (a: tf.Tensor): tf.Scalar =>
      tf.sum(batchNormTraining(a, gamma, beta, { epsilon, matchRows: 2 }).moments.matched.variance);
    expect(() => tf.grad(loss)(x)).toLeaveTensors(1);
  });
});
