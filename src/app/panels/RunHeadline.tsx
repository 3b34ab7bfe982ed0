import type { ReactNode } from 'react';
import { classes } from '../components/classes';
import { newestEvaluation, type Run, type RunFacts } from '../state/run';
import { runSentence } from '../state/runSentence';
import { percent, points } from '../state/units';

interface Props {
  readonly run: Run;
  readonly facts: RunFacts;
}

/** The three numbers a run is about, side by side, and the run in one sentence. */
export function RunHeadline({ run, facts }: Props) {
  const { sourceOnly, bnRefresh } = facts.evaluations;
  const newest = newestEvaluation(facts);
  const labelled = (sourceOnly ?? newest)?.accuracy !== null;
  const valueOf = (evaluation: typeof newest | undefined): number | null =>
    evaluation === null || evaluation === undefined ? null : labelled ? evaluation.accuracy : evaluation.meanConfidence;
  const base = valueOf(sourceOnly);
  const measure = labelled ? 'accuracy' : 'mean confidence';
  return (
    <div className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line lg:grid-cols-[repeat(3,minmax(0,1fr))_2fr]">
      <Reading label="Source only" measure={measure} value={valueOf(sourceOnly)} base={null} look="text-before" />
      <Reading
        label="Batch-norm refresh"
        measure={measure}
        value={valueOf(bnRefresh)}
        base={base}
        look="text-refresh"
        note="statistics re-estimated, nothing trained"
      />
      <Reading
        label={run.phase === 'finished' ? 'Adapted' : 'Now'}
        measure={measure}
        value={valueOf(newest)}
        base={base}
        look="text-accent"
        strong
      />
      <p className="flex items-center bg-surface px-4 py-3 text-sm text-ink-2 max-lg:col-span-2">{runSentence(run)}</p>
    </div>
  );
}

interface ReadingProps {
  readonly label: ReactNode;
  readonly measure: string;
  readonly value: number | null;
  readonly base: number | null;
  readonly look: string;
  readonly strong?: boolean;
  /** What the reading is, where its name does not say it. */
  readonly note?: string;
}

function Reading({ label, measure, value, base, look, strong = false, note }: ReadingProps) {
  return (
    <div className={classes('bg-surface px-4 py-3', strong && 'max-lg:col-span-2')}>
      <p className={classes('text-xs font-medium', look)}>{label}</p>
      <p className={classes('mt-0.5 leading-tight font-semibold tracking-tight', strong ? 'text-2xl' : 'text-xl')}>
        {value === null ? '–' : percent(value)}
      </p>
      <p className="text-xs text-ink-3">
        {value !== null && base !== null ? `${points(value - base)} ${measure}` : measure}
      </p>
      {note !== undefined && <p className="text-xs text-ink-3">{note}</p>}
    </div>
  );
}
