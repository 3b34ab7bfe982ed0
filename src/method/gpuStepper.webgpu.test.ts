import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { gpuBackend } from '../kernels/webgpu/backend';
import { createRng } from '../shared/rng';
import { settingsOf } from '../shared/settings';
import { switchBackend, useBackend } from '../tests/backend';
import { bytesOf } from '../tests/tinyTask';
import { tinyNetwork } from '../tests/tinyNetwork';
import { createLearner } from './learner';
import { readStored } from './statistics';
import type { StepData } from './stepData';
import { createStepper } from './stepper';

/** Random images with labels, so many. */
function dataOf(count: number, seed: number): StepData {
  const rng = createRng(seed);
  return {
    target: { values: Float32Array.from({ length: count * 108 }, () => rng.normal()), shape: [count, 6, 6, 3] },
    pseudoLabels: Int32Array.from({ length: count }, () => rng.integer(3)),
    pairs: null,
  };
}

/** The losses of steps on batches of these sizes, read every so many steps, and the weights after them. */
async function stepsOn(sizes: readonly number[], every: number) {
  const network = tinyNetwork(createRng(4));
  const start = { raw: [1], discriminator: null };
  const learner = createLearner([network], settingsOf('shot'), [await readStored(network)], start);
  const stepper = createStepper(learner, every);
  const losses: number[] = [];
  for (const [at, size] of sizes.entries()) {
    await stepper.take(dataOf(size, at), 0.01, false);
    if ((at + 1) % every === 0) losses.push(...(await stepper.results()).taken.map(({ terms }) => terms.total));
  }
  stepper.dispose();
  return { losses, weights: (await bytesOf([network]))[0] ?? new Map<string, Float32Array>() };
}

describe('steps of the GPU', () => {
  useBackend('webgpu');
  vi.setConfig({ testTimeout: 120_000 });

  it('begin anew when the shape of a batch changes, and lose none of the results', async () => {
    const sizes = [4, 4, 4, 3, 3, 3, 4];
    const ours = await stepsOn(sizes, sizes.length);
    await switchBackend('cpu');
    const expected = await stepsOn(sizes, 1);
    await switchBackend('webgpu');
    expect(ours.losses).toBeAllClose(expected.losses, { relative: 1e-5 });
    for (const [name, values] of ours.weights) {
      expect(values).toBeAllClose(expected.weights.get(name) ?? [], { absolute: 1e-5 });
    }
  });

  it('go through their operations twice, and then replay them with the inputs of each step', async () => {
    const bind = vi.spyOn(gpuBackend().device, 'createBindGroup');
    const { losses } = await stepsOn([4, 4], 2);
    const twice = bind.mock.calls.length;
    expect(twice).toBeGreaterThan(100);
    bind.mockClear();
    const more = await stepsOn([4, 4, 4, 4, 4, 4], 6);
    expect(bind.mock.calls.length).toBe(twice);
    expect(more.losses.slice(0, 2)).toEqual(losses);
    expect(new Set(more.losses).size).toBe(6);
    bind.mockRestore();
  });

  it('keep as many tensors over many steps as over a few, and as much memory', async () => {
    const network = tinyNetwork(createRng(4));
    const start = { raw: [1], discriminator: null };
    const learner = createLearner([network], settingsOf('tent'), [await readStored(network)], start);
    const stepper = createStepper(learner, 8);
    const kept: unknown[] = [];
    for (let step = 1; step <= 250; step++) {
      await stepper.take({ ...dataOf(4, 1), pseudoLabels: null }, 1e-4, false);
      if (step % 8 === 0) await stepper.results();
      const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU: number };
      if (step % 120 === 10) kept.push([memory.numTensors, memory.numBytesAllocatedInGPU]);
    }
    expect(kept.length).toBe(3);
    expect(kept[2]).toEqual(kept[0]);
    stepper.dispose();
  });
});
