import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { switchBackend, useBackend } from '../tests/backend';
import { normalTensor } from '../tests/random';
import { batchNormRunning, batchNormTraining, channelMoments } from './batchNorm';

const epsilon = 1e-5;

interface Case {
  readonly shape: readonly [number, number, number, number];
  readonly matchRows: number;
}

/** Loss and gradients that use every output of every batch-norm function. */
async function compute({ shape, matchRows }: Case): Promise<Float32Array[]> {
  const loss = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Scalar => {
    const { y, moments } = batchNormTraining(x, gamma, beta, { epsilon, matchRows });
    const statistics = { mean: tf.zeros([shape[3]]), variance: tf.ones([shape[3]]), epsilon };
    const again = batchNormRunning(tf.relu(y), { gamma, beta }, statistics);
    const outer = channelMoments(again, matchRows);
    const measured = [moments, moments.matched, outer, outer.matched].flatMap(({ mean, variance }) => [mean, variance]);
    return measured.reduce<tf.Scalar>(
      (sum, values, index) => tf.add(sum, tf.sum(tf.mul(values, normalTensor(values.shape, 20 + index)))),
      tf.sum(tf.mul(again, normalTensor(shape, 4))),
    );
  };
  const results = tf.tidy(() => {
    const inputs = [normalTensor(shape, 1, { mean: 3 }), normalTensor([shape[3]], 2), normalTensor([shape[3]], 3)];
    const { value, grads } = tf.valueAndGrads(loss)(inputs);
    return [value, ...grads] as tf.Tensor[];
  });
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}

describe('webgpu', () => {
  useBackend('webgpu');

  it.each<Case>([
    { shape: [4, 5, 3, 7], matchRows: 4 },
    { shape: [6, 4, 4, 8], matchRows: 2 },
  ])('normalises batches of $shape with $matchRows matched rows as cpu does, gradients included', async (shape) => {
    const actual = await compute(shape);
    await switchBackend('cpu');
    const expected = await compute(shape);
    await switchBackend('webgpu');
    actual.forEach((values, index) => {
      expect(values).toBeAllClose(expected[index] ?? [], { relative: 1e-5, absolute: 1e-5 });
    });
  });

  it('keeps the digits of a spread of 1 around a mean of 1000', async () => {
    const { variance } = channelMoments(normalTensor([64, 8, 8, 2], 7, { mean: 1000 }), 64);
    const { variance: plain } = channelMoments(normalTensor([64, 8, 8, 2], 7), 64);
    expect(await variance.data()).toBeAllClose(await plain.data(), { relative: 1e-4 });
  });

  it('adds up more tensors than a shader can bind', async () => {
    const summands = Array.from({ length: 12 }, (_, index) => tf.tensor1d([index, 1]));
    expect(Array.from(await tf.addN(summands).data())).toEqual([66, 12]);
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await compute({ shape: [3, 2, 2, 4], matchRows: 2 });
    expect(tf.memory().numTensors).toBe(before);
  });
});
