import { layerDrift } from '../method/drift';
import { StudioError } from '../shared/failure';
import type { LayerStatistics, StoredStatistics } from '../method/statistics';
import { readWeights } from '../networks/network';
import type { Network } from '../networks/network';
import type { DriftMoment, EngineEvent, Evaluation, Moment } from '../shared/protocol';
import { createRng } from '../shared/rng';
import { evaluate } from './evaluation';
import type { Guard } from './gpuGuard';
import type { Emit } from './host';
import type { Journal } from './journal';
import type { RunControl } from './runControl';
import type { RunImages } from './runImages';

export interface RunTask {
  readonly journal: Journal;
  readonly control: RunControl;
  /** @param ended waits while paused; whether the person has ended the run. The result is then null. */
  readonly prepare: (ended: () => Promise<boolean>) => Promise<RunImages | null>;
  readonly guard: Guard;
  readonly emit: Emit;
  /** Milliseconds from any fixed moment. */
  readonly now: () => number;
}

/** A run while it computes. */
export interface LiveRun extends RunTask {
  readonly networks: readonly Network[];
  readonly images: RunImages;
  /** Statistics of the untouched source models. */
  readonly stored: readonly (readonly StoredStatistics[])[];
  /** Fills in the run's own number. */
  readonly say: (event: RunSaying) => void;
}

export type RunSaying = EngineEvent extends infer E ? (E extends { runId: number } ? Omit<E, 'runId'> : never) : never;

/** Waits while paused; whether the person has ended the run. */
export async function ended({ control, say }: Pick<LiveRun, 'control' | 'say'>): Promise<boolean> {
  await control.gate({
    onPause: () => {
      say({ type: 'run/paused' });
    },
    onResume: () => {
      say({ type: 'run/resumed' });
    },
  });
  return control.signal.aborted;
}

/** Evaluates, tells it and writes it down. */
export async function measure(run: LiveRun, moment: Moment, at: { step: number; epoch: number }): Promise<Evaluation> {
  const { networks, images, journal, guard, say } = run;
  const { role, labels } = images.evaluated;
  const measured = { images: images.measured, role, labels, batchSize: journal.subject.settings.batchSize };
  const evaluation = await guard(() => evaluate(networks, journal.mixing, measured, { moment, ...at }));
  journal.evaluations[moment] = evaluation;
  if (moment === 'sourceOnly' || moment === 'now') {
    journal.history.push({ ...at, accuracy: evaluation.accuracy, meanConfidence: evaluation.meanConfidence });
  }
  say({ type: 'run/evaluation', evaluation });
  return evaluation;
}

/**
 * @param batches what the batch-norm layers received: `[source][batch][layer]`.
 * @throws StudioError `not-finite` when a layer receives what has no mean and variance any more
 */
export function reportDrift(
  run: LiveRun,
  moment: DriftMoment,
  step: number,
  batches: readonly (readonly (readonly LayerStatistics[])[])[],
): void {
  const { settings } = run.journal.subject;
  const rng = createRng(settings.seed);
  const layers = run.stored.flatMap((stored, source) =>
    layerDrift(source, stored, batches[source] ?? [], settings.statisticsFirstFactor, rng),
  );
  if (layers.length === 0) return;
  const lost = layers.find(({ distance }) => !Number.isFinite(distance));
  if (lost) {
    throw new StudioError({
      code: 'not-finite',
      message: `The batch-norm layer ${lost.layer} receives values too large to measure from the target images.`,
      remedy:
        'Check the preprocessing of the source model: its pixels may be scaled wrongly. Else export the model again.',
    });
  }
  run.journal.drift[moment] = layers;
  run.say({ type: 'run/drift', moment, step, layers });
}

/** Keeps the networks as they are now as the last sound state. */
export async function keepState({ journal, networks, guard }: LiveRun, step: number): Promise<void> {
  const weights = await guard(() => Promise.all(networks.map(copyWeights)));
  journal.good = { step, weights, mixing: journal.mixing };
}

/** A copy of its own: a backend in main memory may hand out the array it computes with. */
async function copyWeights(network: Network): Promise<Map<string, Float32Array>> {
  const entries = [...(await readWeights(network))];
  return new Map(entries.map(([name, values]) => [name, values.slice()]));
}
