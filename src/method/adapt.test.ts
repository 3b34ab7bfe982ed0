import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { readWeights } from '../networks/network';
import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { PresetName, Settings } from '../shared/settings';
import { useBackend } from '../tests/backend';
import { bytesOf, reportsOf, stepsOf, taskOf } from '../tests/tinyTask';
import { adapt } from './adapt';
import type { AdaptReport } from './adapt';
import type { AdaptState, AdaptTask } from './adaptation';

/** Runs to the end of the first epoch, keeps a copy of the snapshot, and stops. */
async function snapshotAfterOneEpoch(task: AdaptTask): Promise<AdaptState> {
  for await (const report of adapt(task)) {
    if (report.kind === 'epoch') return structuredClone(await report.snapshot());
  }
  throw new Error('There was no epoch.');
}

const resumable: readonly [string, PresetName, Partial<Settings>, number][] = [
  ['SOCKET as released', 'socket-reference', {}, 1],
  ['SOCKET with three sources', 'socket', {}, 3],
  ['the studio preset', 'studio', {}, 2],
  ['Adam', 'shot', { optimizer: 'adam', learningRate: 0.001 }, 1],
  ['TENT', 'tent', { epochs: 2 }, 1],
  ['the discriminator', 'socket', { discriminatorWeight: 0.1 }, 1],
  ['labels that are not renewed in the second epoch', 'shot', { refreshesPerRun: 1 }, 2],
];

describe.each(['cpu', 'wasm'] as const)('adaptation on %s', (backend) => {
  useBackend(backend);

  it.each(resumable)('continues %s from a snapshot bit for bit', async (_name, preset, overrides, sources) => {
    const whole = taskOf(preset, overrides, sources);
    const wholeReports = await reportsOf(whole);
    const resumeFrom = await snapshotAfterOneEpoch(taskOf(preset, overrides, sources));
    const rest = { ...taskOf(preset, overrides, sources), resumeFrom };
    const restReports = await reportsOf(rest);
    expect(await bytesOf(rest.networks)).toEqual(await bytesOf(whole.networks));
    expect(stepsOf(restReports)).toEqual(stepsOf(wholeReports).slice(3));
  });

  it('is the same run for the same seed, and another one for another seed', async () => {
    const [first, second, other] = [taskOf('socket'), taskOf('socket'), taskOf('socket', { seed: 1 })];
    for (const task of [first, second, other]) await reportsOf(task);
    expect(await bytesOf(second.networks)).toEqual(await bytesOf(first.networks));
    expect(await bytesOf(other.networks)).not.toEqual(await bytesOf(first.networks));
  });

  const watched =
    backend === 'wasm' ? (['socket-reference', 'socket', 'shot', 'tent'] as const) : (['socket'] as const);

  it.each(watched)('keeps no tensor of %s', async (preset) => {
    const task = taskOf(
      preset,
      { epochs: 17, discriminatorWeight: preset === 'socket' && backend === 'wasm' ? 0.1 : 0 },
      2,
    );
    const before = tf.memory().numTensors;
    const counts = new Map<number, number>();
    for await (const report of adapt({ ...task, statisticsEvery: 2 })) {
      if (report.kind === 'step') counts.set(report.step, tf.memory().numTensors);
    }
    expect(counts.get(50)).toBe(counts.get(5));
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('adaptation', () => {
  useBackend('cpu');

  it('reports labels first, then steps, statistics when asked, and each epoch', async () => {
    const reports = await reportsOf({ ...taskOf('socket'), statisticsEvery: 2 });
    expect(reports.map(({ kind }) => kind)).toEqual([
      'pseudoLabels',
      'step',
      'statistics',
      'step',
      'step',
      'statistics',
      'epoch',
      'pseudoLabels',
      'step',
      'step',
      'statistics',
      'step',
      'epoch',
    ]);
    const [first, last] = [stepsOf(reports)[0], stepsOf(reports).at(-1)];
    expect(first).toMatchObject({ step: 1, steps: 6, epoch: 1, epochs: 2, images: 7 });
    expect(last).toMatchObject({ step: 6, epoch: 2 });
    expect(first?.learningRate).toBeCloseTo(0.01 * (1 + 10 / 6) ** -0.75, 12);
  });

  it('has the weighted sum of the terms as its total', async () => {
    const [step] = stepsOf(await reportsOf(taskOf('socket', { discriminatorWeight: 0.2 })));
    if (!step) throw new Error('There was no step.');
    const { entropy, diversity, pseudoLabel, pairs, statistics, discriminator, total } = step.terms;
    const sum = entropy - diversity + 0.3 * pseudoLabel + 0.5 * pairs + 0.05 * statistics + 0.2 * 10 * discriminator;
    expect(total).toBeCloseTo(sum, 4);
  });

  it('leaves terms that are off as NaN', async () => {
    const [step] = stepsOf(await reportsOf(taskOf('shot')));
    expect(step?.terms.pairs).toBeNaN();
    expect(step?.terms.statistics).toBeNaN();
    expect(step?.terms.entropy).toBeGreaterThan(0);
  });

  it('never moves the classifier, and moves everything else', async () => {
    const task = taskOf('socket');
    const before = await readWeights(task.networks[0] as Network);
    await reportsOf(task);
    const after = await readWeights(task.networks[0] as Network);
    for (const [name, values] of before) {
      if (name.startsWith('C.')) expect(after.get(name)).toEqual(values);
      else expect(after.get(name)).not.toEqual(values);
    }
  });

  it('moves only scales, offsets and statistics of batch norm in TENT', async () => {
    const task = taskOf('tent');
    const before = await readWeights(task.networks[0] as Network);
    await reportsOf(task);
    const after = await readWeights(task.networks[0] as Network);
    const moved = [...before].filter(([name, values]) => !values.every((value, i) => value === after.get(name)?.[i]));
    expect(moved.map(([name]) => name).every((name) => name.includes('bn'))).toBe(true);
    expect(moved.length).toBe(12);
  });

  it('keeps running statistics when told to use them', async () => {
    const task = taskOf('socket', { batchNormMode: 'running' });
    const before = await readWeights(task.networks[0] as Network);
    await reportsOf(task);
    const after = await readWeights(task.networks[0] as Network);
    for (const [name, values] of before) if (name.includes('running')) expect(after.get(name)).toEqual(values);
  });

  it('gives every way of passing the pairs another result', async () => {
    const results = new Set<number>();
    for (const pairBatchNorm of ['own', 'joint', 'frozen'] as const) {
      for (const batchNormMode of ['train', 'targetUpdates'] as const) {
        const task = taskOf('socket', { pairBatchNorm, batchNormMode });
        await reportsOf(task);
        const mean = (await readWeights(task.networks[0] as Network)).get('F.bn1.running_mean');
        results.add(mean?.[0] ?? NaN);
      }
    }
    // frozen never updates from the pairs, so that train and targetUpdates are one there
    expect(results.size).toBe(5);
  });

  it('trains the mixing weights of several sources, and holds the one of a single source at 1', async () => {
    const mixing = stepsOf(await reportsOf(taskOf('socket', {}, 2))).at(-1)?.mixing ?? [];
    expect(mixing[0]).not.toBe(0.5);
    expect((mixing[0] ?? 0) + (mixing[1] ?? 0)).toBeCloseTo(1, 12);
    expect(stepsOf(await reportsOf(taskOf('socket'))).at(-1)?.mixing).toEqual([1]);
  });

  it('clips the gradient without changing its direction', async () => {
    const free = taskOf('shot', { epochs: 1, batchSize: 12, weightDecay: 0, pseudoLabelWeight: 0 });
    const [step] = stepsOf(await reportsOf(free));
    const clipped = { ...taskOf('shot', { ...free.settings, gradientClip: (step?.gradientNorm ?? 0) / 2 }) };
    const start = await readWeights(taskOf('shot').networks[0] as Network);
    await reportsOf(clipped);
    const name = 'B.bottleneck.weight';
    const moved = async (task: AdaptTask) =>
      ((await readWeights(task.networks[0] as Network)).get(name)?.[0] ?? NaN) - (start.get(name)?.[0] ?? NaN);
    expect((await moved(clipped)) / (await moved(free))).toBeCloseTo(0.5, 3);
  });

  it('stops after the current step when aborted', async () => {
    const controller = new AbortController();
    const reports: AdaptReport[] = [];
    for await (const report of adapt({ ...taskOf('shot'), signal: controller.signal })) {
      reports.push(report);
      if (report.kind === 'step' && report.step === 2) controller.abort();
    }
    expect(stepsOf(reports).length).toBe(2);
  });

  it('refuses to take a step with a loss that is no number, and leaves the networks as they were', async () => {
    const task = taskOf('shot', { pseudoLabelWeight: 0 });
    const broken = { ...task.target, read: () => Promise.resolve(new Float32Array(4 * 6 * 6 * 3).fill(NaN)) };
    const before = await bytesOf(task.networks);
    const run = reportsOf({ ...task, target: broken });
    await expect(run).rejects.toMatchObject({ failure: { code: 'not-finite' } });
    expect(await bytesOf(task.networks)).toEqual(before);
  });
});

describe('a task that cannot run', () => {
  useBackend('cpu');

  const cases: readonly [string, (task: AdaptTask) => AdaptTask, string][] = [
    ['one target image', (task) => ({ ...task, target: { ...task.target, count: 1 } }), 'no-images'],
    ['no pairs where pairs are matched', (task) => ({ ...task, pairs: null }), 'no-pairs'],
    [
      'every term off',
      (task) => ({
        ...task,
        settings: {
          ...task.settings,
          entropyWeight: 0,
          diversityWeight: 0,
          pseudoLabelWeight: 0,
          pairWeight: 0,
          statisticsWeight: 0,
        },
      }),
      'bad-setting',
    ],
  ];

  it.each(cases)('is refused for %s', async (_name, change, code) => {
    const before = tf.memory().numTensors;
    const run = reportsOf(change(taskOf('socket')));
    await expect(run).rejects.toBeInstanceOf(StudioError);
    await expect(run).rejects.toMatchObject({ failure: { code } });
    expect(tf.memory().numTensors - before).toBeLessThanOrEqual(25); // the network of the task itself
  });
});
