import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { gpuBackend } from '../kernels/webgpu/backend';
import { disposeNetwork, readWeights } from '../networks/network';
import type { Settings } from '../shared/settings';
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

  /** Goes through a run's compiling, with one setting that no program has been compiled for yet. */
  async function compile(overrides: Partial<Settings> = {}): Promise<void> {
    const { networks, settings, target } = taskOf('tent', overrides);
    const stored = await Promise.all(networks.map(readStored));
    const task = { networks, stored, settings, plan: planRun(settings, target.count, 0), imageShape: target.shape };
    try {
      await compileRun({ ...task, trains: true }, () => undefined);
    } finally {
      networks.forEach(disposeNetwork);
    }
  }

  it('leaves the engine usable when the settings are refused', async () => {
    await expect(compile({ entropyWeight: 0 })).rejects.toMatchObject({ failure: { code: 'bad-setting' } });
    expect(await tf.add(1, 2).data()).toEqual(Float32Array.of(3));
    await reportsOf(taskOf('tent', { epochs: 1 }));
  });

  it('says that the driver refused a program, and tries again the next time', async () => {
    const { device } = gpuBackend();
    const refuse = vi.spyOn(device, 'createComputePipelineAsync').mockRejectedValue(new Error('no such luck'));
    const cache = (gpuBackend() as unknown as { pipelineCache: Record<string, unknown> }).pipelineCache;
    for (const key of Object.keys(cache)) Reflect.deleteProperty(cache, key);
    await expect(compile()).rejects.toMatchObject({ failure: { code: 'gpu-error', detail: 'no such luck' } });
    refuse.mockRestore();
    await compile();
  });
});
