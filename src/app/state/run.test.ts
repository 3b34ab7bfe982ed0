import { describe, expect, it } from 'vitest';
import type { EngineEvent } from '../../shared/protocol';
import { settingsOf } from '../../shared/settings';
import { scriptedDrift, scriptedEvaluation } from '../../tests/scriptedEngine';
import { abandon, advance, confirmStart, idleRun, isExportable, newestEvaluation, requestStop, type Run } from './run';
import { preparingReadings } from './runReadings';
import { runSentence } from './runSentence';
import { pageTitle } from './pageTitle';

const plan = { steps: 40, stepsPerEpoch: 8, targetImages: 240, pairs: 0, labelled: true, classes: [], formats: [] };
const starting: Run = {
  phase: 'starting',
  facts: null,
  preset: 'studio',
  settings: settingsOf('studio'),
  lastRunId: 3,
};
const running = confirmStart(starting, 4, plan);
const after = (run: Run, ...events: readonly EngineEvent[]): Run => events.reduce(advance, run);
const progress: EngineEvent = {
  type: 'run/progress',
  runId: 4,
  step: 10,
  steps: 40,
  epoch: 2,
  epochs: 5,
  imagesPerSecond: 80,
  etaSeconds: 12,
  gpuBytes: 1e6,
  tensors: 90,
  mixing: [1],
};

describe('a run that was asked for', () => {
  it('takes events that come before its confirmation, and keeps them', () => {
    const early = after(starting, { type: 'run/stage', runId: 4, stage: 'sourceOnly', message: 'Measuring' });
    expect(early.phase).toBe('running');
    const confirmed = confirmStart(early, 4, plan);
    expect(confirmed.facts?.plan).toEqual(plan);
    expect(confirmed.facts?.stageMessage).toBe('Measuring');
  });

  it('keeps a plan that came before its confirmation, because it is the newer one', () => {
    const fewer = { ...plan, targetImages: 239 };
    const early = after(starting, { type: 'run/plan', runId: 4, plan: fewer });
    expect(confirmStart(early, 4, plan).facts?.plan).toEqual(fewer);
  });

  it('ignores late events of the run before', () => {
    expect(after(starting, { type: 'run/finished', runId: 3, stopped: false, seconds: 1 })).toBe(starting);
    expect(after(running, { ...progress, runId: 3 })).toBe(running);
  });
});

describe('a run that prepares its images', () => {
  const preparing: EngineEvent = {
    type: 'run/preparing',
    runId: 4,
    role: 'target',
    done: 12_000,
    total: 50_000,
    cached: 8_000,
    imagesPerSecond: 250,
  };

  it('says how many, how fast, how long still, and how many were there already', () => {
    // 38 000 left at 250 images/s are 152 s.
    expect(preparingReadings(after(running, preparing).facts!.preparing!)).toEqual([
      'Preparing the target images: 12\u202f000 of 50\u202f000',
      '250 images/s',
      '2 min 32 s left',
      '8\u202f000 from storage',
    ]);
  });

  it('says no rate before there is one', () => {
    const first = after(running, { ...preparing, done: 0, cached: 0, imagesPerSecond: 0 }).facts!.preparing!;
    expect(preparingReadings(first)).toEqual(['Preparing the target images: 0 of 50\u202f000']);
  });

  it('is done with that when the next stage begins', () => {
    const next = after(running, preparing, { type: 'run/stage', runId: 4, stage: 'sourceOnly', message: 'Measuring' });
    expect(next.facts?.preparing).toBeNull();
  });
});

describe('a running run', () => {
  it('pauses, resumes and finishes, and what it learned stays', () => {
    const evaluation = scriptedEvaluation('now', 0.6, 8);
    const end = after(
      running,
      progress,
      { type: 'run/evaluation', runId: 4, evaluation },
      { type: 'run/paused', runId: 4 },
      { type: 'run/resumed', runId: 4 },
      { type: 'run/finished', runId: 4, stopped: false, seconds: 30 },
    );
    expect(end.phase).toBe('finished');
    expect(newestEvaluation(end.facts)).toBe(evaluation);
    expect(isExportable(end)).toBe(true);
  });

  it('draws its line through the source model and every later measurement, not through the refresh', () => {
    const run = after(
      running,
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('sourceOnly', 0.4, 0) },
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('bnRefresh', 0.5, 0) },
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('now', 0.6, 8) },
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('adapted', 0.7, 8) },
    );
    expect(run.facts?.history.map((point) => point.step)).toEqual([0, 8]);
    expect(run.facts?.history.at(-1)?.accuracy).toBe(run.facts?.evaluations.adapted?.accuracy);
  });

  it('fails with its last good state kept, or with nothing when the engine died', () => {
    const failure = { code: 'not-finite', message: 'm', remedy: 'r' } as const;
    expect(isExportable(after(running, { type: 'run/failed', runId: 4, failure, exportable: true }))).toBe(true);
    expect(isExportable(abandon(running, failure))).toBe(false);
    expect(abandon(idleRun, failure)).toBe(idleRun);
  });

  it('is stopping from the click until the engine obeys, whatever comes in between', () => {
    const paused = after(running, { type: 'run/paused', runId: 4 });
    for (const run of [running, paused]) {
      const stopping = requestStop(run);
      expect(stopping.phase).toBe('stopping');
      const late = after(stopping, progress, { type: 'run/paused', runId: 4 }, { type: 'run/resumed', runId: 4 });
      expect(late.phase).toBe('stopping');
      expect(late.facts?.progress?.step).toBe(10);
      const end = after(late, { type: 'run/finished', runId: 4, stopped: true, seconds: 3 });
      expect(end).toMatchObject({ phase: 'finished', stopped: true });
      expect(requestStop(end)).toBe(end);
    }
  });

  it('cannot be revived by a late pause', () => {
    const end = after(running, { type: 'run/finished', runId: 4, stopped: true, seconds: 3 });
    expect(after(end, { type: 'run/paused', runId: 4 })).toBe(end);
  });
});

describe('words about a run', () => {
  const measured = after(running, progress, {
    type: 'run/evaluation',
    runId: 4,
    evaluation: scriptedEvaluation('sourceOnly', 0.38, 0),
  });

  it('says how far it is in the title of the tab', () => {
    expect(pageTitle(measured)).toBe('25 % – SOCKET Studio');
    expect(pageTitle(after(measured, { type: 'run/paused', runId: 4 }))).toBe('25 % paused – SOCKET Studio');
    expect(pageTitle(idleRun)).toBe('SOCKET Studio');
  });

  it('compares the end with the source model in points', () => {
    const before = measured.facts?.evaluations.sourceOnly?.accuracy ?? 0;
    const adapted = scriptedEvaluation('adapted', 0.78, 40);
    const end = after(
      measured,
      { type: 'run/evaluation', runId: 4, evaluation: adapted },
      { type: 'run/finished', runId: 4, stopped: false, seconds: 252 },
    );
    const gain = (((adapted.accuracy ?? 0) - before) * 100).toFixed(1);
    expect(runSentence(end)).toContain('Done in 4 min 12 s.');
    expect(runSentence(end)).toContain(`${gain} points above source only.`);
  });

  it('says plainly that a baseline is better than the adapted model', () => {
    const refresh = scriptedEvaluation('bnRefresh', 0.71, 0);
    const adapted = scriptedEvaluation('adapted', 0.5, 40);
    const end = after(
      measured,
      { type: 'run/evaluation', runId: 4, evaluation: refresh },
      { type: 'run/evaluation', runId: 4, evaluation: adapted },
      { type: 'run/finished', runId: 4, stopped: false, seconds: 252 },
    );
    const more = (((refresh.accuracy ?? 0) - (adapted.accuracy ?? 0)) * 100).toFixed(1);
    expect(runSentence(end)).toContain('Batch-norm refresh alone reaches');
    expect(runSentence(end)).toContain(`${more} points more: try more epochs or another preset.`);
  });

  it('claims no accuracy without labels', () => {
    const end = after(
      running,
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('sourceOnly', 0.4, 0, false) },
      { type: 'run/evaluation', runId: 4, evaluation: scriptedEvaluation('adapted', 0.7, 40, false) },
      { type: 'run/drift', runId: 4, moment: 'before', step: 0, layers: scriptedDrift(1) },
      { type: 'run/drift', runId: 4, moment: 'after', step: 40, layers: scriptedDrift(0.5) },
      { type: 'run/finished', runId: 4, stopped: false, seconds: 20 },
    );
    expect(runSentence(end)).toContain('No labels given, so accuracy is unknown; no class vanished.');
    expect(runSentence(end)).toContain('the gap is down 50\u202f% since the beginning');
  });

  it('says nothing of accuracy and classes when a run was stopped before anything was adapted', () => {
    const end = after(measured, { type: 'run/finished', runId: 4, stopped: true, seconds: 3 });
    expect(runSentence(end)).toBe('Ended early after 3 s. The model is still as it came.');
  });
});
