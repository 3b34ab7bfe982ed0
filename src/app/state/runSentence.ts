import { driftSentence, ladderRows } from './driftReport';
import { newestEvaluation, type Run, type RunFacts } from './run';
import { duration, percent, points } from './units';

/** Classes that the source model predicted and the newest model never does. */
function vanished(run: Run): number {
  const before = run.facts?.evaluations.sourceOnly?.predictedShare ?? [];
  const now = newestEvaluation(run.facts)?.predictedShare ?? [];
  return before.filter((share, at) => share >= 0.02 && now[at] === 0).length;
}

/** The baseline that the adapted model does not reach, in a sentence with a way on; empty when it beats both. */
function betterBaseline({ evaluations }: RunFacts, accuracy: number): string {
  const baselines = [
    { text: 'Batch-norm refresh alone reaches', value: evaluations.bnRefresh?.accuracy ?? 0 },
    { text: 'The source model as it is reaches', value: evaluations.sourceOnly?.accuracy ?? 0 },
  ];
  const [best] = baselines.sort((a, b) => b.value - a.value);
  if (best === undefined || best.value <= accuracy) return '';
  const more = points(best.value - accuracy).slice(1);
  return `${best.text} ${percent(best.value)}, ${more} more: try more epochs or another preset.`;
}

/** The run in one or two sentences a person can repeat. */
export function runSentence(run: Run): string {
  const { facts } = run;
  if (facts === null) return '';
  const accuracy = newestEvaluation(facts)?.accuracy ?? null;
  const source = facts.evaluations.sourceOnly?.accuracy ?? null;
  if (run.phase === 'failed') {
    return run.exportable
      ? 'The run ended with a fault. Its last good state is kept and can be downloaded below.'
      : 'The run ended with a fault before there was a state worth keeping.';
  }
  if (run.phase === 'finished') {
    const ended = `${run.stopped ? 'Ended early after' : 'Done in'} ${duration(run.seconds)}.`;
    if (run.stopped && newestEvaluation(facts) === null) return `${ended} The model is still as it came.`;
    if (accuracy !== null && source !== null) {
      const compared = `${points(accuracy - source).slice(1)} ${accuracy >= source ? 'above' : 'below'} source only`;
      const better = betterBaseline(facts, accuracy);
      return `${ended} Accuracy ${percent(accuracy)}, ${compared}.${better === '' ? '' : ` ${better}`}`;
    }
    const lost = vanished(run);
    const classes = lost === 0 ? 'no class vanished' : `${String(lost)} classes are never predicted any more`;
    return `${ended} No labels given, so accuracy is unknown; ${classes}. ${driftSentence(ladderRows(facts.drift))}`;
  }
  if (run.phase === 'stopping') return 'Stopping … What was learned so far is kept.';
  if (run.phase === 'paused') return 'Paused between two steps; nothing is lost.';
  return facts.stageMessage === '' ? 'Safe to switch tabs. Keep this window open.' : facts.stageMessage;
}
