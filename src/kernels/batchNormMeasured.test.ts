import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { cases, epsilon, operands, title, type Case } from '../tests/batchNormCases';
import { normalTensor } from '../tests/random';
import { batchNormRunning, batchNormRunningMeasured, channelMoments, type MeasuredMoments } from './batchNorm';
import type { FusedActivation } from './channelLayout';

interface Arguments {
  readonly statistics: { readonly mean: tf.Tensor; readonly variance: tf.Tensor; readonly epsilon: number };
  readonly matchRows: number;
  readonly activation: FusedActivation;
}
type Layer = (
  x: tf.Tensor,
  affine: { gamma: tf.Tensor; beta: tf.Tensor },
  options: Arguments,
) => { y: tf.Tensor; moments: MeasuredMoments };

const own: Layer = (x, affine, { statistics, ...options }) => batchNormRunningMeasured(x, affine, statistics, options);

const separate: Layer = (x, affine, { statistics, matchRows, activation }) => ({
  y: batchNormRunning(x, affine, statistics, activation),
  moments: channelMoments(x, matchRows),
});

const activate = { none: tf.clone<tf.Tensor>, relu: tf.relu<tf.Tensor>, relu6: tf.relu6<tf.Tensor> };

/** The formulas in stock operations, whose gradients are tfjs's own. */
const textbook: Layer = (x, { gamma, beta }, { statistics: { mean, variance }, matchRows, activation }) => {
  const measure = (part: tf.Tensor) => tf.moments(part, [0, 1, 2]) as MeasuredMoments;
  const normalized = tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, epsilon)));
  return {
    y: activate[activation](tf.add(tf.mul(normalized, gamma), beta)),
    moments: { ...measure(x), matched: measure(tf.slice(x, 0, matchRows)) },
  };
};

/** A loss that every output is in, with weights of its own, and its gradients. */
async function lossAndGradients(layer: Layer, each: Case): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const { x, gamma, beta, mean, variance, dy } = operands(each);
    const options = { ...each, statistics: { mean, variance, epsilon } };
    const { value, grads } = tf.valueAndGrads((a: tf.Tensor, g: tf.Tensor, b: tf.Tensor) => {
      const { y, moments } = layer(a, { gamma: g, beta: b }, options);
      const measured = [moments.mean, moments.variance, moments.matched.mean, moments.matched.variance];
      return measured.reduce<tf.Scalar>(
        (sum, values, index) => tf.add(sum, tf.sum(tf.mul(values, normalTensor(values.shape, each.seed + 20 + index)))),
        tf.sum(tf.mul(y, dy)),
      );
    })([x, gamma, beta]);
    return [value, ...grads];
  });
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}

describe.each(['cpu', 'wasm'] as const)('batch normalisation by running statistics that measures, on %s', (backend) => {
  useBackend(backend);

  it.each([
    ['the textbook', textbook, { relative: 1e-5, absolute: 1e-6 }],
    ['normalising and measuring apart', separate, { relative: 1e-6, absolute: 1e-7 }],
  ] as const)(
    'agrees with %s in 48 random cases, gradients included',
    async (_, expected, tolerance) => {
      for (const each of cases) {
        const wanted = await lossAndGradients(expected, each);
        (await lossAndGradients(own, each)).forEach((values, index) => {
          expect(values, `result ${index} of ${title(each)}`).toBeAllClose(wanted[index] ?? [], tolerance);
        });
      }
    },
    60_000,
  );

  it('leaves no tensor behind but its results', () => {
    const { x, gamma, beta, mean, variance } = operands({
      shape: [4, 3, 3, 5],
      matchRows: 2,
      activation: 'relu',
      seed: 1,
    });
    const run = (a: tf.Tensor) =>
      batchNormRunningMeasured(a, { gamma, beta }, { mean, variance, epsilon }, { matchRows: 2 });
    expect(() => run(x)).toLeaveTensors(5);
    expect(() => tf.grad((a: tf.Tensor) => tf.sum(run(a).moments.matched.variance))(x)).toLeaveTensors(1);
  });
});
