import type { LadderRow } from '../state/driftReport';
import { driftBand } from '../state/driftReport';
import { percent } from '../state/units';
import { visibleText } from '../../shared/visibleText';
import { shownName } from '../state/shownName';

interface Props {
  readonly rows: readonly LadderRow[];
  readonly log: boolean;
  readonly width: number;
  readonly severalSources: boolean;
}

const rowHeight = 22;
const axisHeight = 22;
const pad = 8;

/** Positions a distance (source sd) on the axis, linear from 0 or logarithmic from a tenth of the smallest floor. */
function makeScale(rows: readonly LadderRow[], log: boolean, from: number, to: number): (value: number) => number {
  const values = rows
    .flatMap((row) => [row.before, row.now, row.after, row.noiseFloor])
    .filter((value) => value !== null);
  const largest = Math.max(...values, 1e-6) * 1.05;
  const smallest = Math.max(Math.min(...values.filter((value) => value > 0), largest) / 1.5, largest / 1e4);
  const share = (value: number): number =>
    log ? Math.log(Math.max(value, smallest) / smallest) / Math.log(largest / smallest) : value / largest;
  return (value) => from + share(value) * (to - from);
}

function ticksOf(rows: readonly LadderRow[], log: boolean): readonly number[] {
  const largest = Math.max(...rows.flatMap((row) => [row.before ?? 0, row.now ?? 0, row.after ?? 0]), 1e-6);
  if (log) return [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30].filter((tick) => tick <= largest * 1.05);
  const rough = largest / 4;
  const unit = 10 ** Math.floor(Math.log10(rough));
  const step = unit * ([1, 2, 5, 10].find((factor) => factor * unit >= rough) ?? 10);
  return Array.from({ length: Math.floor(largest / step) + 1 }, (_, index) => index * step);
}

/** One row per batch-norm layer: hollow before, filled now, diamond after, tick for the noise floor, bar for its share of the loss. */
export function LayerLadder({ rows, log, width, severalSources }: Props) {
  const nameWidth = Math.min(220, Math.max(96, width * 0.3));
  const shareWidth = Math.min(96, width * 0.16);
  const from = nameWidth + pad;
  const to = Math.max(from + 40, width - shareWidth - 52);
  const x = makeScale(rows, log, from, to);
  const height = axisHeight + rows.length * rowHeight;
  const largestShare = Math.max(...rows.map((row) => row.lossShare), 1e-9);
  return (
    <svg width={width} height={height} aria-hidden className="block select-none">
      {ticksOf(rows, log).map((tick) => (
        <g key={tick}>
          <line x1={x(tick)} x2={x(tick)} y1={axisHeight - 4} y2={height} stroke="var(--line)" />
          <text x={x(tick)} y={12} textAnchor="middle" className="fill-ink-3 text-2xs">
            {Number(tick.toPrecision(2))}
          </text>
        </g>
      ))}
      <text x={to + pad + 4} y={12} className="fill-ink-3 text-2xs">
        share of term
        <title>Share of the statistics term of the loss</title>
      </text>
      {rows.map((row, at) => (
        <LadderLine
          key={row.key}
          row={row}
          y={axisHeight + at * rowHeight + rowHeight / 2}
          x={x}
          name={visibleText(severalSources ? `${String(row.source + 1)}· ${row.layer}` : row.layer)}
          nameWidth={nameWidth}
          shareFrom={to + pad + 4}
          shareWidth={(shareWidth * row.lossShare) / largestShare}
        />
      ))}
    </svg>
  );
}

interface LineProps {
  readonly row: LadderRow;
  readonly y: number;
  readonly x: (value: number) => number;
  readonly name: string;
  readonly nameWidth: number;
  readonly shareFrom: number;
  readonly shareWidth: number;
}

function LadderLine({ row, y, x, name, nameWidth, shareFrom, shareWidth }: LineProps) {
  const newest = row.after ?? row.now;
  const longest = Math.max(8, Math.floor(nameWidth / 6.2));
  const shown = name.length > longest ? `…${name.slice(1 - longest)}` : name;
  const band = driftBand(newest ?? row.before ?? 0, row.noiseFloor);
  return (
    <g>
      <title>{`${shownName(row.layer)}: ${band}`}</title>
      <rect
        x={0}
        y={y - rowHeight / 2}
        width="100%"
        height={rowHeight}
        fill="transparent"
        className="hover:fill-sunken"
      />
      <text x={0} y={y + 4} className="pointer-events-none fill-ink-2 font-mono text-2xs">
        {shown}
      </text>
      {row.noiseFloor !== null && (
        <line
          x1={x(row.noiseFloor)}
          x2={x(row.noiseFloor)}
          y1={y - 7}
          y2={y + 7}
          stroke="var(--line-strong)"
          strokeWidth={2}
        />
      )}
      {row.before !== null && newest !== null && (
        <line x1={x(row.before)} x2={x(newest)} y1={y} y2={y} stroke="var(--now)" strokeWidth={1.5} />
      )}
      {row.before !== null && (
        <circle cx={x(row.before)} cy={y} r={4} fill="var(--surface)" stroke="var(--before)" strokeWidth={1.8} />
      )}
      {row.now !== null && row.after === null && <circle cx={x(row.now)} cy={y} r={4.2} fill="var(--now)" />}
      {row.after !== null && (
        <path d={`M${String(x(row.after))} ${String(y - 5.5)}l5.5 5.5l-5.5 5.5l-5.5 -5.5z`} fill="var(--now)" />
      )}
      <rect
        x={shareFrom}
        y={y - 4}
        width={Math.max(shareWidth, 0.5)}
        height={8}
        rx={1.5}
        fill="var(--term-statistics)"
      />
      <text x={shareFrom + shareWidth + 4} y={y + 4} className="fill-ink-3 text-2xs">
        {percent(row.lossShare, 0)}
      </text>
    </g>
  );
}
