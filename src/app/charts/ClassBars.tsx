import { percent } from '../state/units';
import { visibleText } from '../../shared/visibleText';
import { shownName } from '../state/shownName';

export interface ClassBar {
  readonly name: string;
  /** 0..1, or null where there is nothing to measure. */
  readonly before: number | null;
  readonly refresh: number | null;
  readonly now: number | null;
}

interface Props {
  readonly bars: readonly ClassBar[];
  /** Value at full length. */
  readonly scale: number;
}

const width = (value: number | null, scale: number): string => `${String(Math.min(1, (value ?? 0) / scale) * 100)}%`;

/** One row a class: a bar for now, a tick each for source only and batch-norm refresh. */
export function ClassBars({ bars, scale }: Props) {
  return (
    <ul className="grid gap-1.5">
      {bars.map((bar) => (
        <li key={bar.name} className="grid grid-cols-[minmax(4.5rem,7.5rem)_1fr_3.25rem] items-center gap-2 text-xs">
          <span className="truncate text-ink-2" title={visibleText(bar.name)}>
            {shownName(bar.name)}
          </span>
          <span aria-hidden className="relative h-3.5 rounded-xs bg-sunken ring-1 ring-line">
            <span className="absolute inset-y-0 left-0 rounded-xs bg-accent" style={{ width: width(bar.now, scale) }} />
            <Tick value={bar.before} scale={scale} color="var(--before)" />
            <Tick value={bar.refresh} scale={scale} color="var(--refresh)" dashed />
          </span>
          <span className="text-right font-medium">
            {bar.now === null ? '–' : percent(bar.now, bar.now >= 0.9995 ? 0 : 1)}
            <span className="sr-only">
              {bar.before !== null && `, ${percent(bar.before)} source only`}
              {bar.refresh !== null && `, ${percent(bar.refresh)} after batch-norm refresh`}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Tick({
  value,
  scale,
  color,
  dashed = false,
}: {
  value: number | null;
  scale: number;
  color: string;
  dashed?: boolean;
}) {
  if (value === null) return null;
  return (
    <span
      className="absolute -inset-y-0.5 -ml-px w-0 border-l-2 ring-1 ring-surface"
      style={{ left: width(value, scale), borderColor: color, borderLeftStyle: dashed ? 'dotted' : 'solid' }}
    />
  );
}
