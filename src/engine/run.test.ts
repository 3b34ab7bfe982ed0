import * as tf from '@tensorflow/tfjs-core';
import { beforeEach, describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { createStudioHarness, pairFiles, targetFiles, tinyClasses, tinyModelFiles } from '../tests/studioHarness';
import type { StudioHarness } from '../tests/studioHarness';
import { openModel } from '../formats/models/registry';
import { unzip } from '../formats/zip';
import { StudioError } from '../shared/failure';
import type { RunRecord } from '../shared/runRecord';
import { stepColumns } from '../shared/protocol';
import { settingsOf } from '../shared/settings';
import type { PresetName, Settings } from '../shared/settings';
import type { Guard } from './gpuGuard';

useBackend('cpu');

interface Given {
  readonly models?: number;
  readonly folders?: readonly string[];
  readonly guard?: Guard;
}

async function openProject({ models = 1, folders = tinyClasses, guard }: Given = {}): Promise<StudioHarness> {
  const studio = createStudioHarness(guard);
  for (let seed = 1; seed <= models; seed++) await studio.handlers['model/open']({ files: await tinyModelFiles(seed) });
  await studio.handlers['images/open']({ role: 'pairsRgb', files: pairFiles(6, 'rgb', 3) });
  await studio.handlers['images/open']({ role: 'pairsTarget', files: pairFiles(6, 'depth', 1) });
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(18, folders) });
  return studio;
}

const small = (preset: PresetName, more: Partial<Settings> = {}) => ({
  preset,
  settings: settingsOf(preset, { epochs: 2, batchSize: 6, pairBatchSize: 4, seed: 7, ...more }),
});

async function runToEnd(studio: StudioHarness, args = small('studio')): Promise<RunRecord> {
  const { runId } = await studio.handlers['run/start'](args);
  await Promise.race([studio.once('run/finished'), studio.once('run/failed')]);
  return JSON.parse((await studio.handlers['run/record']({ runId })).json) as RunRecord;
}

/** Weights of the model that a run gives away, by name. */
async function exportedWeights(studio: StudioHarness): Promise<Record<string, number[]>> {
  const { blob } = await studio.handlers['run/export']({ runId: 1 });
  const files = await unzip(new Uint8Array(await blob.arrayBuffer()), 'export');
  const { weights } = await openModel(files.filter(({ path }) => /^(model\.json|weights\.bin)$/.test(path)));
  return Object.fromEntries([...weights].map(([name, values]) => [name, [...values]]));
}

describe('a run', () => {
  let studio: StudioHarness;
  beforeEach(async () => {
    studio = await openProject();
  });

  it('measures before, beside and after, and records every step', async () => {
    const record = await runToEnd(studio);
    expect(record.outcome).toBe('finished');
    expect(record.steps.rows.map(([step]) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(Object.keys(record.evaluations).sort()).toEqual(['adapted', 'bnRefresh', 'now', 'sourceOnly']);
    expect(record.history.map(({ epoch }) => epoch)).toEqual([0, 1, 2]);
    expect(record.drift.before?.map(({ layer }) => layer)).toEqual(record.drift.after?.map(({ layer }) => layer));
    const { accuracy, confusion } = record.evaluations.adapted ?? {};
    const right = [0, 1, 2].reduce((sum, at) => sum + (confusion?.[at]?.[at] ?? 0), 0);
    expect(accuracy).toBeCloseTo(right / 18);
    expect(record.accuracy.adapted).toBe(accuracy);
    expect(record.pairs).toEqual({ rule: { kind: 'stem' }, matched: 6 });
  });

  it('tells every step once, in rows that follow each other', async () => {
    await runToEnd(studio);
    const rows = studio.events.flatMap((event) => (event.type === 'run/steps' ? [...event.rows] : []));
    expect(rows.filter((_, at) => at % stepColumns.length === 0)).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('leaves no tensor behind', async () => {
    const before = tf.memory().numTensors;
    await runToEnd(studio);
    expect(tf.memory().numTensors).toBe(before);
  });

  it('gives the same weights with the same seed', async () => {
    await runToEnd(studio);
    const other = await openProject();
    await runToEnd(other);
    expect(await exportedWeights(other)).toEqual(await exportedWeights(studio));
  });

  it('changes nothing with the preset source-only, and only running statistics with bn-refresh', async () => {
    expect((await runToEnd(studio, small('source-only'))).pairs).toBeNull();
    const source = await exportedWeights(studio);
    const names = Object.keys(source);
    const other = await openProject();
    await runToEnd(other, small('bn-refresh'));
    const refreshed = await exportedWeights(other);
    const changed = names.filter((name) => String(source[name]) !== String(refreshed[name]));
    expect(changed.length).toBeGreaterThan(0);
    expect(changed.every((name) => /moving|running/i.test(name))).toBe(true);
  });

  it('waits while paused, goes on, and ends early when stopped, keeping the state of that moment', async () => {
    const { runId } = await studio.handlers['run/start'](small('studio', { epochs: 500 }));
    await studio.once('run/steps');
    await studio.handlers['run/pause']({ runId });
    await studio.once('run/paused');
    const told = studio.events.length;
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(studio.events.length).toBe(told);
    await studio.handlers['run/resume']({ runId });
    await studio.once('run/resumed');
    await studio.handlers['run/stop']({ runId });
    expect((await studio.once('run/finished')).stopped).toBe(true);
    expect((await studio.handlers['run/export']({ runId })).imagesCompared).toBe(18);
  });

  it('refuses changes of the project while it goes on', async () => {
    const { runId } = await studio.handlers['run/start'](small('studio', { epochs: 500 }));
    await expect(studio.handlers['images/remove']({ role: 'target' })).rejects.toMatchObject({
      failure: { code: 'busy' },
    });
    await studio.handlers['run/stop']({ runId });
    await studio.once('run/finished');
  });

  it('ends with the collapse and keeps the state before it when one class swallows the others', async () => {
    // Entropy alone, with a large rate, drives every prediction into one class.
    const settings = {
      epochs: 60,
      diversityWeight: 0,
      pseudoLabelWeight: 0,
      pairWeight: 0,
      statisticsWeight: 0,
      learningRate: 0.5,
      backboneFactor: 1,
    };
    const record = await runToEnd(studio, small('studio', settings));
    expect(record.failure?.code).toBe('collapse');
    expect(record.failure?.message).toMatch(/predicted "(ant|bee|cat)"/);
    const failed = await studio.once('run/failed');
    expect(failed.exportable).toBe(record.history.length > 2);
  });

  it('ends when the loss is no number any more', async () => {
    const record = await runToEnd(
      studio,
      small('studio', {
        epochs: 30,
        learningRate: 10,
        weightDecay: 1,
        backboneFactor: 10,
        momentum: 0.99,
        collapseShare: 1,
      }),
    );
    expect(record.failure?.code).toBe('not-finite');
    expect(record.outcome).toBe('failed');
  });
});

describe('labels', () => {
  it.each(['studio', 'bn-refresh', 'tent'] as const)(
    'never touch the weights: with %s, other names of the class folders give the same, bit for bit',
    async (preset) => {
      const [plain, shuffled] = [await openProject(), await openProject({ folders: ['cat', 'ant', 'bee'] })];
      const records = [await runToEnd(plain, small(preset)), await runToEnd(shuffled, small(preset))];
      expect(await exportedWeights(shuffled)).toEqual(await exportedWeights(plain));
      expect(records[1]?.accuracy).not.toEqual(records[0]?.accuracy);
    },
  );

  it('are not needed: without class folders the run goes through and accuracy is unknown', async () => {
    const studio = createStudioHarness();
    await studio.handlers['model/open']({ files: await tinyModelFiles(1) });
    await studio.handlers['images/open']({ role: 'target', files: pairFiles(8, 'flat', 1) });
    const record = await runToEnd(studio, small('shot'));
    expect(record.outcome).toBe('finished');
    expect(record.accuracy).toEqual({ sourceOnly: null, bnRefresh: null, adapted: null });
  });
});

it('ends a run whose step left an error on the GPU, and does not keep that step', async () => {
  let calls = 0;
  const guard: Guard = async (work) => {
    const result = await work();
    calls += 1;
    if (calls < 14) return result;
    throw new StudioError({ code: 'gpu-error', message: 'The GPU reported an error.', remedy: 'Start again.' });
  };
  const studio = await openProject({ guard });
  const record = await runToEnd(studio);
  expect(record.failure?.code).toBe('gpu-error');
  expect(record.accuracy.adapted).toBeNull();
});

it('says what a run lacks before it starts', async () => {
  const studio = createStudioHarness();
  const plan = () => studio.handlers['run/plan'](small('studio'));
  expect(plan).toThrow('There is no source model.');
  await studio.handlers['model/open']({ files: await tinyModelFiles(1) });
  expect(plan).toThrow('There are no target images.');
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(6, tinyClasses) });
  expect(plan).toThrow('Pair matching is on, but there is no pair of images.');
  expect(studio.handlers['run/plan'](small('shot'))).toMatchObject({
    steps: 2,
    stepsPerEpoch: 1,
    pairs: 0,
    labelled: true,
  });
});
