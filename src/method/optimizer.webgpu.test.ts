import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { switchBackend, useBackend } from '../tests/backend';
import '../tests/matchers';
import { normalTensor } from '../tests/random';
import { createOptimizer, disposeOptimizer, readOptimizer, stepOptimizer } from './optimizer';
import type { OptimizerSettings } from './optimizer';

const shapes = [[3, 3, 4, 5], [5], [5, 2]];

/** Three steps of three variables, the last of them without a gradient. */
async function run(settings: OptimizerSettings): Promise<Float32Array[]> {
  const variables = shapes.map((shape, at) => ({
    name: `v${at}`,
    variable: tf.tidy(() => tf.variable(normalTensor(shape, at))),
    rateFactor: at === 1 ? 0.1 : 1,
  }));
  const optimizer = createOptimizer(settings, variables);
  for (const step of [1, 2, 3]) {
    const gradients = new Map(shapes.slice(0, 2).map((shape, at) => [`v${at}`, normalTensor(shape, 10 * step + at)]));
    stepOptimizer(optimizer, gradients, 0.05, 0.7);
    tf.dispose([...gradients.values()]);
  }
  const { slots } = await readOptimizer(optimizer);
  const values = await Promise.all(variables.map(({ variable }) => variable.data<'float32'>()));
  disposeOptimizer(optimizer);
  tf.dispose(variables.map(({ variable }) => variable));
  return [...values, ...Object.values(slots).flat()];
}

describe('optimizers on webgpu', () => {
  useBackend('webgpu');

  it.each<OptimizerSettings>([
    { optimizer: 'sgd', momentum: 0.9, weightDecay: 0.001 },
    { optimizer: 'adam', momentum: 0.9, weightDecay: 0.001 },
    { optimizer: 'adam', momentum: 0.5, beta2: 0.9, weightDecay: 0 },
  ])('move variables and memory as on cpu, with %o', async (settings) => {
    const before = tf.memory().numTensors;
    const actual = await run(settings);
    expect(tf.memory().numTensors).toBe(before);
    await switchBackend('cpu');
    const expected = await run(settings);
    await switchBackend('webgpu');
    actual.forEach((values, at) => expect(values).toBeAllClose(expected[at]!, { relative: 2e-6 }));
  });
});
