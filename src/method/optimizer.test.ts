import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import '../tests/matchers';
import { createOptimizer, disposeOptimizer, readOptimizer, stepOptimizer } from './optimizer';
import type { OptimizerSettings } from './optimizer';

const sgd: OptimizerSettings = { optimizer: 'sgd', momentum: 0.9, weightDecay: 0.001 };
const adam: OptimizerSettings = { optimizer: 'adam', momentum: 0.9, weightDecay: 0 };

const trained = (variable: tf.Variable, rateFactor = 1) => [{ name: 'p', variable, rateFactor }];
const gradientOf = (values: readonly number[]) => new Map([['p', tf.tensor1d([...values])]]);

describe.each(['cpu', 'wasm'] as const)('optimizers on %s', (backend) => {
  useBackend(backend);

  it('SGD has Nesterov momentum and weight decay as PyTorch has them', async () => {
    const p = tf.variable(tf.tensor1d([1]));
    const optimizer = createOptimizer(sgd, trained(p));
    const seen: number[] = [];
    for (const gradient of [0.5, -0.2, 0.3]) {
      stepOptimizer(optimizer, gradientOf([gradient]), 0.01);
      seen.push((await p.data())[0] ?? NaN);
    }
    // g' = 0.5 + 0.001; v = 0.501; p = 1 - 0.01 (0.501 + 0.9 * 0.501)
    expect(seen).toBeAllClose([0.990481019, 0.9902040958, 0.982444942], { absolute: 1e-7 });
  });

  it("Adam's first step is the rate, against the sign of the gradient", async () => {
    const p = tf.variable(tf.tensor1d([1, 1, 1]));
    stepOptimizer(createOptimizer(adam, trained(p)), gradientOf([0.5, -3, 1e-3]), 0.01);
    expect(await p.data()).toBeAllClose([0.99, 1.01, 0.99], { absolute: 1e-6 });
  });

  it("Adam's second step weighs both gradients", async () => {
    const p = tf.variable(tf.tensor1d([1]));
    const optimizer = createOptimizer(adam, trained(p));
    stepOptimizer(optimizer, gradientOf([1]), 0.1);
    stepOptimizer(optimizer, gradientOf([-0.5]), 0.1);
    const mean = (0.9 * 0.1 + 0.1 * -0.5) / (1 - 0.81);
    const square = (0.999 * 0.001 + 0.001 * 0.25) / (1 - 0.998001);
    expect(await p.data()).toBeAllClose([0.9 - (0.1 * mean) / Math.sqrt(square)], { absolute: 1e-6 });
  });

  it('decays weights without a gradient', async () => {
    const p = tf.variable(tf.tensor1d([2]));
    stepOptimizer(createOptimizer(sgd, trained(p)), new Map(), 0.5);
    expect(await p.data()).toBeAllClose([2 - 0.5 * 1.9 * 0.002], { absolute: 1e-6 });
  });

  it('scales the rate of a group, and the gradient for clipping', async () => {
    const slow = tf.variable(tf.tensor1d([0]));
    stepOptimizer(createOptimizer(sgd, trained(slow, 0.1)), gradientOf([8]), 1, 0.25);
    expect(await slow.data()).toBeAllClose([-0.1 * 1.9 * 2], { absolute: 1e-6 });
  });

  it.each([sgd, adam])('$optimizer continues bit for bit from what was read', async (settings) => {
    const start = [0.3, -1.7, 2.2];
    const gradients = Array.from({ length: 6 }, (_, i) => [Math.sin(i), Math.cos(3 * i), 0.1 * i]);
    const whole = tf.variable(tf.tensor1d(start));
    const first = createOptimizer(settings, trained(whole));
    for (const gradient of gradients.slice(0, 3)) stepOptimizer(first, gradientOf(gradient), 0.013);
    const resumed = tf.variable(tf.tensor1d((await whole.data<'float32'>()).slice()));
    const second = createOptimizer(settings, trained(resumed), structuredClone(await readOptimizer(first)));
    for (const gradient of gradients.slice(3)) {
      stepOptimizer(first, gradientOf(gradient), 0.013);
      stepOptimizer(second, gradientOf(gradient), 0.013);
    }
    expect(await resumed.data()).toEqual(await whole.data());
  });

  it('leaves tensors that shared the old value alone', async () => {
    const p = tf.variable(tf.tensor1d([1]));
    const before = tf.clone(p);
    stepOptimizer(createOptimizer(sgd, trained(p)), gradientOf([1]), 0.1);
    expect([...(await before.data())]).toEqual([1]);
  });

  it('frees its memory', () => {
    const p = tf.variable(tf.tensor1d([1]));
    expect(() => {
      disposeOptimizer(createOptimizer(adam, trained(p)));
    }).toLeaveTensors(0);
  });
});
