import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { gpuBackend } from '../kernels/webgpu/backend';
import { readWeights } from '../networks/network';
import { useBackend } from '../tests/backend';
import { reportsOf, taskOf } from '../tests/tinyTask';
import { planRun } from './adaptation';
import { compileRun } from './compile';
import { readStored } from './statistics';

describe('compiling ahead', () => {
  useBackend('webgpu');
  vi.setConfig({ testTimeout: 120_000 });

  it('leaves no program for a run to compile, and changes nothing else', async () => {
    const task = taskOf('socket', {}, 2);
    const { networks, settings, target } = task;
    const weights = await Promise.all(networks.map(readWeights));
    const stored = await Promise.all(networks.map(readStored));
    const tensors = tf.memory().numTensors;
    const told: (readonly [number, number])[] = [];
    const plan = planRun(settings, target.count, 6);
    await compileRun({ networks, stored, settings, plan, imageShape: target.shape, trains: true }, (...progress) =>
      told.push(progress),
    );
    const all = told[0]?.[1] ?? 0;
    expect(all).toBeGreaterThan(10);
    expect(told.at(-1)).toEqual([all, all]);
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await Promise.all(networks.map(readWeights))).toEqual(weights);
    const compile = vi.spyOn(gpuBackend().device, 'createComputePipeline');
    await reportsOf({ ...task, statisticsEvery: 2 });
    expect(compile.mock.calls.map(([{ label }]) => label)).toEqual([]);
    compile.mockRestore();
  });
});
