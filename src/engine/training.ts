import { memory } from '@tensorflow/tfjs-core';
import { adapt } from '../method/adapt';
import type { AdaptReport } from '../method/adapt';
import type { LayerStatistics } from '../method/statistics';
import { StudioError } from '../shared/failure';
import { stepColumns } from '../shared/protocol';
import type { StepColumn } from '../shared/protocol';
import { collapsedClass } from './evaluation';
import { gpuBytes } from './gpuMemory';
import { createPace } from './pace';
import type { Pace } from './pace';
import { ended, keepState, measure, reportDrift } from './liveRun';
import type { LiveRun } from './liveRun';

type Report<Kind extends AdaptReport['kind']> = Extract<AdaptReport, { kind: Kind }>;

/** Steps that a graphics processor may be ahead of what has been read of it. */
const stepsAheadOnGpu = 8;
/** Batches behind the drift "now". */
const pooledBatches = 20;
/** Steps are told at most this often: about once a frame. */
const frameMs = 16;

/** What training keeps between reports. */
interface Trail {
  readonly pace: Pace;
  /** Step rows not yet told. */
  rows: number[];
  /** Steps reported so far of those that were read together. */
  together: number;
  latest: Report<'step'> | null;
  toldAt: number;
  /** Of the last steps, oldest first. */
  readonly statistics: Report<'statistics'>[];
}

/**
 * Drives the adaptation: tells its steps, measures after each epoch, and keeps the state of the last healthy one.
 * @throws StudioError `not-finite`, `collapse`, `gpu-lost`, `gpu-error`; the journal then holds the last good state
 */
export async function train(run: LiveRun): Promise<void> {
  const { journal, networks, images, control, guard, now } = run;
  const { settings, plan, engine } = journal.subject;
  run.say({ type: 'run/stage', stage: 'training', message: 'Adapting' });
  const trail: Trail = {
    pace: createPace(now),
    rows: [],
    together: 0,
    latest: null,
    toldAt: -Infinity,
    statistics: [],
  };
  const reports = adapt({
    networks,
    target: images.training,
    pairs: images.pairs,
    settings,
    signal: control.signal,
    now,
    stepsAhead: engine.backend === 'webgpu' && !engine.softwareAdapter ? stepsAheadOnGpu : 1,
    statisticsEvery: Math.max(1, Math.floor(plan.stepsPerEpoch / pooledBatches)),
  });
  const started = now();
  try {
    for (;;) {
      const next = await guard(() => reports.next());
      if (next.done) break;
      await handle(run, trail, next.value);
      // Steps that were read together have all been taken: a run ends after them, not among them.
      if (trail.together === 0 && (await waited(run, trail))) break;
    }
    tellSteps(run, trail);
    await keepState(run, trail.latest?.step ?? 0);
  } finally {
    tellSteps(run, trail);
    await reports.return();
    journal.timing.training = (now() - started) / 1000;
    journal.timing.secondsPerStep = trail.pace.secondsPerStep();
  }
}

/** {@link ended}, with a pause kept out of the pace. */
async function waited(run: LiveRun, { pace }: Trail): Promise<boolean> {
  const before = run.now();
  const over = await ended(run);
  pace.skip(run.now() - before);
  return over;
}

async function handle(run: LiveRun, trail: Trail, report: AdaptReport): Promise<void> {
  const { pace } = trail;
  switch (report.kind) {
    case 'step':
      takeStep(run, trail, report);
      break;
    case 'statistics':
      trail.statistics.push(report);
      if (trail.statistics.length > pooledBatches) trail.statistics.shift();
      break;
    case 'pseudoLabels':
      run.say({ type: 'run/pseudoLabels', step: report.step, changedShare: report.changedShare });
      pace.workEnds();
      break;
    case 'epoch':
      tellSteps(run, trail);
      await endEpoch(run, trail, report);
      pace.workEnds();
  }
}

function takeStep(run: LiveRun, trail: Trail, report: Report<'step'>): void {
  const { terms, step, learningRate, gradientNorm, mixing, images, following } = report;
  trail.together += 1;
  if (following === 0) {
    trail.pace.stepsEnd(images, trail.together);
    trail.together = 0;
  }
  trail.latest = report;
  run.journal.mixing = mixing;
  const values: Record<StepColumn, number> = {
    ...terms,
    step,
    learningRate,
    gradientNorm,
    imagesPerSecond: trail.pace.imagesPerSecond(),
    imageWait: report.imageWait,
  };
  const row = stepColumns.map((column) => values[column]);
  trail.rows.push(...row);
  run.journal.steps.push(...row);
  if (run.now() - trail.toldAt >= frameMs) tellSteps(run, trail);
}

function tellSteps(run: LiveRun, trail: Trail): void {
  const { latest, rows, pace } = trail;
  if (rows.length === 0 || latest === null) return;
  run.say({ type: 'run/steps', rows: Float32Array.from(rows) });
  run.say({
    type: 'run/progress',
    step: latest.step,
    steps: latest.steps,
    epoch: latest.epoch,
    epochs: latest.epochs,
    imagesPerSecond: pace.imagesPerSecond(),
    etaSeconds: pace.etaSeconds(latest.steps - latest.step, latest.epochs - latest.epoch),
    gpuBytes: gpuBytes(),
    tensors: memory().numTensors,
    mixing: latest.mixing,
  });
  trail.rows = [];
  trail.toldAt = run.now();
}

async function endEpoch(run: LiveRun, trail: Trail, { step, epoch }: Report<'epoch'>): Promise<void> {
  const { journal, networks } = run;
  const batchesOf = (source: number): LayerStatistics[][] =>
    trail.statistics.map(({ sources }) => [...(sources[source] ?? [])]);
  reportDrift(
    run,
    'now',
    step,
    networks.map((_, source) => batchesOf(source)),
  );
  const evaluation = await measure(run, 'now', { step, epoch });
  const sourceOnly = journal.evaluations.sourceOnly;
  const collapsed = sourceOnly && collapsedClass(evaluation, sourceOnly, journal.subject.settings.collapseShare);
  if (collapsed) throw collapse(run, collapsed, epoch);
  await keepState(run, step);
}

function collapse(
  { journal }: LiveRun,
  { output, share }: { output: number; share: number },
  epoch: number,
): StudioError {
  const name = journal.subject.classes[output] ?? String(output);
  const kept = journal.good ? `The state of epoch ${epoch - 1} is kept and can be downloaded. ` : '';
  return new StudioError({
    code: 'collapse',
    message: `${Math.round(share * 100)} % of the images are now predicted "${name}": the adaptation collapsed in epoch ${epoch}.`,
    remedy: `${kept}Try a smaller learning rate, more weight on diversity, or raise the setting "Collapse alarm".`,
  });
}
