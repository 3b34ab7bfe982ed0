import type { StepColumn } from '../../shared/protocol';
import type { Settings } from '../../shared/settings';
import { cutBuckets, extremes, smooth } from './decimate';
import type { ChartScale } from './chartScale';
import type { StepLog } from './stepLog';

/** The columns of the loss chart, in the order in which they are offered. */
export const lossTerms = [
  'total',
  'entropy',
  'diversity',
  'pseudoLabel',
  'pairs',
  'statistics',
  'discriminator',
] as const satisfies readonly StepColumn[];
export type LossTerm = (typeof lossTerms)[number];

export const termLabels: Readonly<Record<LossTerm, string>> = {
  total: 'Total',
  entropy: 'Entropy',
  diversity: 'Diversity',
  pseudoLabel: 'Pseudo-labels',
  pairs: 'Pair matching',
  statistics: 'Statistics',
  discriminator: 'Discriminator',
};

/** Weighted: what each term adds to the total. Plain: the term by itself, comparable between runs. */
export type TermView = 'weighted' | 'plain';

/** The factor that each term has in the total; the total itself is never scaled. */
export function termFactors(view: TermView, settings: Settings): Readonly<Record<LossTerm, number>> {
  const weighted = {
    total: 1,
    entropy: settings.entropyWeight,
    diversity: -settings.diversityWeight, // the only one that is to grow
    pseudoLabel: settings.pseudoLabelWeight,
    pairs: settings.pairWeight,
    statistics: settings.statisticsWeight,
    discriminator: 10 * settings.discriminatorWeight, // the method's own fixed factor
  };
  const plain = { total: 1, entropy: 1, diversity: 1, pseudoLabel: 1, pairs: 1, statistics: 1, discriminator: 1 };
  return view === 'weighted' ? weighted : plain;
}

/** How the rows of the chart are made. */
export interface LossLook {
  /** Share of the past in the average, 0 to below 1. */
  readonly smoothing: number;
  readonly scale: ChartScale;
  readonly factors: Readonly<Record<LossTerm, number>>;
}

/** One x position of the chart. `smooth` and `raw` hold a value per term; null where a term is off. */
export interface LossRow {
  readonly step: number;
  readonly smooth: Readonly<Partial<Record<LossTerm, number | null>>>;
  readonly raw: Readonly<Partial<Record<LossTerm, number | null>>>;
}

/** Terms that have at least one finite value, so the chart offers what the objective really has. */
export function activeTerms(log: StepLog): readonly LossTerm[] {
  return lossTerms.filter((term) => log.column(term).some((value) => Number.isFinite(value)));
}

/**
 * At most `2 * buckets` rows: the average is taken over all steps, then two samples a bucket are shown,
 * the raw curve by its extremes so that no spike is lost.
 * A logarithmic axis has no place for values of 0 and below; they become gaps.
 */
export function lossRows(
  log: StepLog,
  terms: readonly LossTerm[],
  buckets: number,
  { smoothing, scale, factors }: LossLook,
): readonly LossRow[] {
  const shown = (value: number | null | undefined, term: LossTerm): number | null => {
    if (value === null || value === undefined || !Number.isFinite(value)) return null;
    const scaled = value * factors[term];
    return scale === 'log' && scaled <= 0 ? null : scaled;
  };
  const steps = log.column('step');
  const columns = terms.map((term) => {
    const raw = log.column(term);
    return { term, raw, smooth: smooth(raw, smoothing) };
  });
  return cutBuckets(steps.length, buckets).flatMap((bucket) => {
    const ends = bucket.to - bucket.from === 1 ? [bucket.from] : [bucket.from, bucket.to - 1];
    return ends.map((index, side) => ({
      step: steps[index] ?? 0,
      smooth: Object.fromEntries(columns.map((column) => [column.term, shown(column.smooth[index], column.term)])),
      raw: Object.fromEntries(
        columns.map((column) => [column.term, shown(extremes(column.raw, bucket)?.[side], column.term)]),
      ),
    }));
  });
}
