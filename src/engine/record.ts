import { stepColumns } from '../shared/protocol';
import type { Evaluation, Moment } from '../shared/protocol';
import type { RecordedEvaluation, RunRecord } from '../shared/runRecord';
import { inputShapeOf, resizeOf } from './imageSets';
import type { Journal } from './journal';

/** The record of a run that has ended: complete enough to repeat it. */
export function recordOf(journal: Journal): RunRecord {
  const { subject, evaluations } = journal;
  const { engine, settings, preset } = subject;
  const accuracyAt = (moment: Moment): number | null => evaluations[moment]?.accuracy ?? null;
  return {
    schema: 'socket-studio-run/1',
    createdAt: journal.startedAt.toISOString(),
    preset,
    seed: settings.seed,
    backend: engine.backend,
    adapter: engine.adapter,
    kernels: engine.kernels,
    seconds: journal.seconds,
    outcome: journal.outcome === 'running' ? 'stopped' : journal.outcome,
    failure: journal.failure,
    accuracy: {
      sourceOnly: accuracyAt('sourceOnly'),
      bnRefresh: accuracyAt('bnRefresh'),
      adapted: accuracyAt('adapted'),
    },
    settings,
    versions: engine.versions,
    models: subject.models.map(({ name, fingerprint, preprocessing, spec, metadata }) => ({
      name,
      fingerprint,
      classes: subject.classes,
      preprocessing,
      input: inputShapeOf({ spec }),
      resize: resizeOf({ spec, metadata }),
    })),
    folders: subject.folders.map(({ folder, recipe }) => ({
      role: folder.role,
      name: folder.name,
      usable: folder.entries.length,
      skipped: folder.skipped.length,
      fingerprint: folder.fingerprint,
      recipe,
    })),
    pairs: subject.pairing && { rule: subject.pairing.rule, matched: subject.pairing.matches.length },
    mixing: journal.mixing,
    steps: { columns: stepColumns, rows: rowsOf(journal.steps) },
    evaluations: Object.fromEntries(
      Object.entries(evaluations).map(([moment, evaluation]) => [moment, plain(evaluation)]),
    ),
    history: journal.history,
    drift: journal.drift,
    timing: { ...journal.timing, ...imageWaits(journal.steps) },
  };
}

/** Median and 95th percentile over the steps of the milliseconds that they waited for their images. */
function imageWaits(values: readonly number[]): Record<string, number> {
  const column = stepColumns.indexOf('imageWait');
  const waits = values.filter((_, at) => at % stepColumns.length === column).sort((a, b) => a - b);
  const at = (share: number): number => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))] ?? 0;
  return waits.length === 0 ? {} : { imageWaitPerStepMedianMs: at(0.5), imageWaitPerStep95Ms: at(0.95) };
}

/** JSON has no NaN: a term that is off becomes null. */
function rowsOf(values: readonly number[]): (number | null)[][] {
  const width = stepColumns.length;
  return Array.from({ length: values.length / width }, (_, row) =>
    values.slice(row * width, (row + 1) * width).map((value) => (Number.isFinite(value) ? value : null)),
  );
}

function plain({
  predictions,
  confidences: _confidences,
  labels: _labels,
  ...evaluation
}: Evaluation): RecordedEvaluation {
  return { ...evaluation, predictions: [...predictions] };
}
