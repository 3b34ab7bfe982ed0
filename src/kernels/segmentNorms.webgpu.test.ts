import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { switchBackend, useBackend } from '../tests/backend';
import { normalTensor } from '../tests/random';
import { joinVectors, registerSegmentNorms, segmentNorms } from './segmentNorms';

/** Sizes of 1 to 40 vectors, some longer than a workgroup; more of them than a shader can bind. */
function randomSizes(seed: number): number[] {
  const rng = createRng(900 + seed);
  return Array.from({ length: 1 + rng.integer(40) }, () => 1 + rng.integer(rng.integer(4) === 0 ? 300 : 70));
}

/** The norms of vectors, the joined vectors, and the gradients of all vectors; the second vector is 0. */
async function compute(seed: number): Promise<Float32Array[]> {
  const results = tf.tidy(() => {
    const sizes = randomSizes(seed);
    const vectors = sizes.map((size, at) => tf.mul(normalTensor([size], seed + at), at === 1 ? 0 : 1));
    const factors = normalTensor([sizes.length], seed);
    const norms = (of: tf.Tensor[]): tf.Tensor1D => segmentNorms(joinVectors(of as tf.Tensor1D[]), sizes);
    const gradients = tf.grads((...of) => tf.sum(tf.mul(norms(of), factors)))(vectors);
    return [norms(vectors), joinVectors(vectors as tf.Tensor1D[]), ...gradients];
  });
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}

async function computeAll(): Promise<Float32Array[][]> {
  const all: Float32Array[][] = [];
  for (let seed = 0; seed < 40; seed++) all.push(await compute(seed));
  return all;
}

describe('segments of vectors on webgpu', () => {
  useBackend('webgpu');

  it('agree with the CPU in 40 random cases, and leave nothing behind', async () => {
    const own = await computeAll();
    const before = tf.memory().numTensors;
    await compute(7);
    expect(tf.memory().numTensors).toBe(before);
    registerSegmentNorms('webgpu', 'composed');
    const stock = await compute(7);
    registerSegmentNorms('webgpu', 'shaders');
    await switchBackend('cpu');
    const expected = await computeAll();
    await switchBackend('webgpu');
    expected.forEach((values, seed) => {
      values.forEach((wanted, at) => {
        expect(own[seed]?.[at] ?? [], `output ${at} of ${seed}`).toBeAllClose(wanted, { relative: 1e-5 });
        if (seed === 7) expect(stock[at] ?? []).toBeAllClose(wanted, { relative: 1e-5 });
      });
    });
  });
});
