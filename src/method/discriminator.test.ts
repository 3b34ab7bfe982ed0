import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { useBackend } from '../tests/backend';
import {
  createDiscriminator,
  disposeDiscriminator,
  foolingLoss,
  initialDiscriminator,
  readDiscriminator,
  stepDiscriminator,
} from './discriminator';

const clouds = (rng = createRng(1)) => ({
  source: tf.tensor2d(
    Array.from({ length: 64 }, (_, i) => (i % 4 === 0 ? 1 : 0) + 0.3 * rng.normal()),
    [16, 4],
  ),
  target: tf.tensor2d(
    Array.from({ length: 64 }, () => 0.3 * rng.normal()),
    [16, 4],
  ),
});

const numberOf = async (scalar: tf.Scalar): Promise<number> => (await scalar.data())[0] ?? NaN;

describe('the critic', () => {
  useBackend('wasm');

  it('starts undecided and learns to tell target from source features', async () => {
    const critic = createDiscriminator(initialDiscriminator(4, createRng(2)));
    const { source, target } = clouds();
    expect(await numberOf(foolingLoss(critic, target))).toBeCloseTo(Math.LN2, 1);
    for (let step = 0; step < 60; step++) stepDiscriminator(critic, source, target);
    expect(await numberOf(foolingLoss(critic, target))).toBeGreaterThan(1.5);
    expect(await numberOf(foolingLoss(critic, source))).toBeLessThan(0.4);
  });

  it('gives target features a gradient towards the source', async () => {
    const critic = createDiscriminator(initialDiscriminator(4, createRng(2)));
    const { source, target } = clouds();
    for (let step = 0; step < 40; step++) stepDiscriminator(critic, source, target);
    const gradient = tf.grad((x) => foolingLoss(critic, x as tf.Tensor2D))(target);
    const [first = 0] = await tf.sum(gradient, 0).data();
    expect(first).toBeLessThan(0); // the loss falls as the first feature grows, which is where the sources are
  });

  it('is freed whole, and read back as it is', async () => {
    const before = tf.memory().numTensors;
    const state = initialDiscriminator(4, createRng(2));
    const critic = createDiscriminator(state);
    expect((await readDiscriminator(critic)).layers).toEqual(state.layers);
    disposeDiscriminator(critic);
    expect(tf.memory().numTensors).toBe(before);
  });
});
