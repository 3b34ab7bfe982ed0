import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it, vi } from 'vitest';
import { disposeNetwork } from '../networks/network';
import type { PresetName, Settings } from '../shared/settings';
import { switchBackend, useBackend } from '../tests/backend';
import { bytesOf, reportsOf, stepsOf, taskOf } from '../tests/tinyTask';
import { adapt } from './adapt';
import type { AdaptReport } from './adapt';
import type { AdaptTask } from './adaptation';

type Run = Pick<AdaptTask, 'statisticsEvery' | 'stepsAhead'>;
type Setup = readonly [string, PresetName, Partial<Settings>, number];

const setups: readonly Setup[] = [
  ['SOCKET as released', 'socket-reference', {}, 1],
  ['SOCKET with three sources', 'socket', {}, 3],
  ['the studio preset', 'studio', {}, 2],
  ['Adam with clipping', 'shot', { optimizer: 'adam', learningRate: 0.001, gradientClip: 0.5 }, 1],
  ['TENT', 'tent', {}, 1],
  ['running statistics', 'socket', { batchNormMode: 'running' }, 1],
  ['statistics that are only observed', 'shot', { batchNormMode: 'running' }, 1],
  ['a pass of its own for the pairs', 'socket', { pairBatchNorm: 'own', batchNormMode: 'train' }, 1],
  ['the discriminator', 'socket', { discriminatorWeight: 0.1, epochs: 1 }, 1],
];

async function runOf([, preset, overrides, sources]: Setup, run: Run = {}) {
  const task = taskOf(preset, { epochs: 2, ...overrides }, sources);
  const reports = await reportsOf({ ...task, ...run });
  const bytes = await bytesOf(task.networks);
  task.networks.forEach(disposeNetwork);
  return { reports, bytes };
}

/** The numbers of all steps and statistics, in order. */
const numbersOf = (reports: readonly AdaptReport[]): number[] =>
  reports.flatMap((report) => {
    if (report.kind === 'step') return [...Object.values(report.terms), report.gradientNorm, ...report.mixing];
    if (report.kind !== 'statistics') return [];
    return report.sources.flat().flatMap(({ mean, variance }) => [...mean, ...variance]);
  });

const zeroForNaN = (values: readonly number[]): number[] => values.map((value) => (Number.isNaN(value) ? 0 : value));

/** The first run compiles all that it needs, in software. */
const patience = 180_000;

describe('adaptation on webgpu', () => {
  useBackend('webgpu');
  vi.setConfig({ testTimeout: patience });

  it.each(setups)('computes what the cpu does: %s', async (...setup) => {
    const run = { statisticsEvery: 2, stepsAhead: 4 };
    const ours = await runOf(setup, run);
    await switchBackend('cpu');
    const expected = await runOf(setup, run);
    await switchBackend('webgpu');
    expect(ours.reports.map(({ kind }) => kind)).toEqual(expected.reports.map(({ kind }) => kind));
    expect(zeroForNaN(numbersOf(ours.reports))).toBeAllClose(zeroForNaN(numbersOf(expected.reports)), {
      relative: 2e-4,
    });
    ours.bytes.forEach((weights, k) => {
      for (const [name, values] of weights) {
        expect(values).toBeAllClose(expected.bytes[k]?.get(name) ?? [], { absolute: 1e-4 });
      }
    });
  });

  it('gives the same bits however many steps it works ahead', async () => {
    const setup = setups[0] as Setup;
    const one = await runOf(setup, { stepsAhead: 1, statisticsEvery: 2 });
    const many = await runOf(setup, { stepsAhead: 8, statisticsEvery: 2 });
    expect(numbersOf(many.reports)).toEqual(numbersOf(one.reports));
    expect(many.bytes).toEqual(one.bytes);
  });

  it.each(setups.filter(([name]) => /released|Adam/.test(name)))(
    'continues %s from a snapshot bit for bit',
    async (...[, preset, overrides, sources]) => {
      const whole = taskOf(preset, overrides, sources);
      await reportsOf(whole);
      const first = taskOf(preset, overrides, sources);
      for await (const report of adapt(first)) {
        if (report.kind !== 'epoch') continue;
        const resumeFrom = structuredClone(await report.snapshot());
        const rest = { ...taskOf(preset, overrides, sources), resumeFrom };
        await reportsOf(rest);
        expect(await bytesOf(rest.networks)).toEqual(await bytesOf(whole.networks));
        break;
      }
    },
  );

  it('reports the steps before one that is no number, and takes none from it on', async () => {
    const task = taskOf('shot', { pseudoLabelWeight: 0, epochs: 4 });
    let reads = 0;
    const read: typeof task.target.read = async (requests) => {
      const pixels = await task.target.read(requests);
      return ++reads >= 6 ? pixels.fill(NaN) : pixels;
    };
    const reports: AdaptReport[] = [];
    const run = async (): Promise<void> => {
      for await (const report of adapt({ ...task, target: { ...task.target, read }, stepsAhead: 8 }))
        reports.push(report);
    };
    await expect(run()).rejects.toMatchObject({ failure: { code: 'not-finite' } });
    const taken = stepsOf(reports).length;
    expect(taken).toBe(5);
    const same = taskOf('shot', { pseudoLabelWeight: 0, epochs: 4 });
    const controller = new AbortController();
    for await (const report of adapt({ ...same, signal: controller.signal })) {
      if (report.kind === 'step' && report.step === taken) controller.abort();
    }
    expect(await bytesOf(task.networks)).toEqual(await bytesOf(same.networks));
  });

  it('keeps no tensor and no more memory over many steps', async () => {
    const task = taskOf('socket', { epochs: 7 }, 2);
    const before = tf.memory().numTensors;
    const counts = new Map<number, readonly [number, number]>();
    for await (const report of adapt({ ...task, statisticsEvery: 2 })) {
      const { numTensors, ...memory } = tf.memory();
      const { numBytesAllocatedInGPU } = memory as tf.MemoryInfo & { numBytesAllocatedInGPU: number };
      if (report.kind === 'step') counts.set(report.step, [numTensors, numBytesAllocatedInGPU]);
    }
    expect(counts.get(20)).toEqual(counts.get(8));
    expect(tf.memory().numTensors).toBe(before);
  });
});
