import type { LayerDrift } from '../../shared/protocol';
import type { RunFacts } from './run';
import { percent } from './units';

/** One batch-norm layer through time. Distances in source standard deviations; null where not measured. */
export interface LadderRow {
  readonly key: string;
  readonly layer: string;
  readonly source: number;
  /** Position in forward order. */
  readonly depth: number;
  readonly channels: number;
  readonly before: number | null;
  readonly now: number | null;
  readonly after: number | null;
  /** Null where there were too few images to tell. */
  readonly noiseFloor: number | null;
  /** Share of this layer in the statistics loss, 0..1. */
  readonly lossShare: number;
}

export type LadderOrder = 'depth' | 'largest' | 'worst';

const newest = (row: LadderRow): number => row.after ?? row.now ?? row.before ?? 0;

export function ladderRows(drift: RunFacts['drift']): readonly LadderRow[] {
  const reference = drift.before ?? drift.now ?? drift.after ?? [];
  const latest = drift.after ?? drift.now ?? drift.before ?? [];
  const keyOf = (layer: LayerDrift): string => `${String(layer.source)}/${layer.layer}`;
  const at = (layers: readonly LayerDrift[] | undefined): ReadonlyMap<string, LayerDrift> =>
    new Map((layers ?? []).map((layer) => [keyOf(layer), layer]));
  const [before, now, after, last] = [at(drift.before), at(drift.now), at(drift.after), at(latest)];
  const paid = (layer: LayerDrift | undefined): number =>
    layer === undefined ? 0 : layer.meanTerm + layer.varianceTerm;
  const total = latest.reduce((sum, layer) => sum + paid(layer), 0);
  return reference.map((layer, depth) => {
    const key = keyOf(layer);
    return {
      key,
      layer: layer.layer,
      source: layer.source,
      depth,
      channels: layer.channels,
      before: before.get(key)?.distance ?? null,
      now: now.get(key)?.distance ?? null,
      after: after.get(key)?.distance ?? null,
      noiseFloor: (last.get(key) ?? layer).noiseFloor,
      lossShare: total > 0 ? paid(last.get(key)) / total : 0,
    };
  });
}

export function sortLadder(rows: readonly LadderRow[], order: LadderOrder): readonly LadderRow[] {
  if (order === 'largest') return rows.toSorted((a, b) => newest(b) - newest(a));
  const gain = (row: LadderRow): number => newest(row) / Math.max(row.before ?? newest(row), 1e-9);
  if (order === 'worst') return rows.toSorted((a, b) => gain(b) - gain(a));
  return rows;
}

/** How far a gap is above what chance alone gives. */
export function driftBand(
  distance: number,
  noiseFloor: number | null,
): 'at the floor' | 'small' | 'clear' | 'large' | 'floor unknown' {
  if (noiseFloor === null) return 'floor unknown';
  const ratio = distance / Math.max(noiseFloor, 1e-9);
  if (ratio < 1.5) return 'at the floor';
  if (ratio < 3) return 'small';
  return ratio < 10 ? 'clear' : 'large';
}

function timesTheFloor(gap: number, noiseFloor: number | null): string {
  if (noiseFloor === null) return '';
  const times = gap / Math.max(noiseFloor, 1e-9);
  return `, ${times.toFixed(times < 10 ? 1 : 0)}× its noise floor`;
}

/** The ladder in two or three sentences, from its numbers. */
export function driftSentence(rows: readonly LadderRow[]): string {
  const [largest] = sortLadder(rows, 'largest');
  if (largest === undefined) return '';
  const gap = newest(largest);
  const parts = [
    `Largest gap: ${largest.layer} (${gap.toFixed(2)} source sd${timesTheFloor(gap, largest.noiseFloor)}).`,
  ];
  const rms = (pick: (row: LadderRow) => number | null): number =>
    Math.sqrt(rows.reduce((sum, row) => sum + (pick(row) ?? 0) ** 2, 0) / rows.length);
  const start = rms((row) => row.before);
  if (start > 0 && (largest.now !== null || largest.after !== null)) {
    const change = 1 - rms(newest) / start;
    const changed =
      change >= 0
        ? `down ${percent(change, 0)}`
        : change > -1
          ? `up ${percent(-change, 0)}`
          : `${(1 - change).toFixed(1)} times larger`;
    parts.push(`Over all layers the gap is ${changed} since the beginning.`);
  }
  const floors = rows.filter((row) => row.noiseFloor !== null);
  const above = floors.filter((row) => newest(row) > 3 * (row.noiseFloor ?? Infinity)).length;
  parts.push(
    floors.length === 0
      ? 'There are too few images for a noise floor: it takes two batches.'
      : `${String(above)} of ${String(floors.length)} layers are more than 3× above their noise floor.`,
  );
  return parts.join(' ');
}
