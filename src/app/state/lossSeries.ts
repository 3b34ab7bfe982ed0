import type { StepColumn } from '../../shared/protocol';
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

const finite = (value: number | undefined): number | null =>
  value !== undefined && Number.isFinite(value) ? value : null;

/**
 * At most `2 * buckets` rows: the average is taken over all steps, then two samples a bucket are shown,
 * the raw curve by its extremes so that no spike is lost.
 * A logarithmic axis has no place for values of 0 and below; they become gaps.
 */
export function lossRows(
  log: StepLog,
  terms: readonly LossTerm[],
  weight: number,
  buckets: number,
  scale: ChartScale = 'linear',
): readonly LossRow[] {
  const shown = (value: number | null): number | null =>
    scale === 'log' && value !== null && value <= 0 ? null : value;
  const steps = log.column('step');
  const columns = terms.map((term) => {
    const raw = log.column(term);
    return { term, raw, smooth: smooth(raw, weight) };
  });
  return cutBuckets(steps.length, buckets).flatMap((bucket) => {
    const ends = bucket.to - bucket.from === 1 ? [bucket.from] : [bucket.from, bucket.to - 1];
    return ends.map((index, side) => ({
      step: steps[index] ?? 0,
      smooth: Object.fromEntries(columns.map((column) => [column.term, shown(finite(column.smooth[index]))])),
      raw: Object.fromEntries(
        columns.map((column) => [column.term, shown(extremes(column.raw, bucket)?.[side] ?? null)]),
      ),
    }));
  });
}
