import { driftSentence, ladderRows } from './driftReport';
import { newestEvaluation, type Run } from './run';
import { duration, percent, points } from './units';

/** Classes that the source model predicted and the newest model never does. */
function vanished(run: Run): number {
  const before = run.facts?.evaluations.sourceOnly?.predictedShare ?? [];
  const now = newestEvaluation(run.facts)?.predictedShare ?? [];
  return before.filter((share, at) => share >= 0.02 && now[at] === 0).length;
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
    if (accuracy !== null && source !== null) {
      const compared = `${points(accuracy - source).slice(1)} ${accuracy >= source ? 'above' : 'below'} source only`;
      return `${ended} Accuracy ${percent(accuracy)}, ${compared}.`;
    }
    const lost = vanished(run);
    const classes = lost === 0 ? 'no class vanished' : `${String(lost)} classes are never predicted any more`;
    return `${ended} No labels given, so accuracy is unknown; ${classes}. ${driftSentence(ladderRows(facts.drift))}`;
  }
  if (run.phase === 'paused') return 'Paused between two steps; nothing is lost.';
  return facts.stageMessage === '' ? 'Safe to switch tabs. Keep this window open.' : facts.stageMessage;
}
