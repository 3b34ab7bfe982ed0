import type { ReactNode } from 'react';
import { placeOf, ticksOf, type Axis } from '../state/clipRange';
import { count, measured } from '../state/units';

interface Props {
  /** Counts in equal bins over the range of the bins. */
  readonly counts: readonly number[];
  /** What the bins cover; lies within the axis. */
  readonly range: readonly [number, number];
  readonly axis: Axis;
  /** What the readings measure: `mm`; empty where that is not known. */
  readonly unit: string;
  readonly label: string;
  /** Laid over the bars, over their whole width and height. */
  readonly children?: ReactNode;
}

const height = 100;
const mostTicks = 6;

/** Counts in equal bins; heights by square root, so that rare readings stay visible beside a tall peak. */
export function Histogram({ counts, range, axis, unit, label, children }: Props) {
  const tallest = Math.max(1, ...counts);
  const total = counts.reduce((sum, value) => sum + value, 0);
  const [left, right] = [placeOf(axis, range[0]), placeOf(axis, range[1])];
  const named = unit === '' ? '' : ` ${unit}`;
  return (
    <div>
      <div className="relative h-36 rounded-sm bg-sunken">
        <svg
          role="img"
          aria-label={`${label}: ${count(total)} readings from ${measured(range[0])} to ${measured(range[1])}${named}`}
          viewBox={`0 0 ${String(counts.length)} ${String(height)}`}
          preserveAspectRatio="none"
          className="absolute inset-y-0 h-full"
          style={{ left: `${String(left * 100)}%`, width: `${String((right > left ? right - left : 1) * 100)}%` }}
        >
          {counts.map((value, bin) => {
            const size = Math.sqrt(value / tallest) * height;
            return <rect key={bin} x={bin} y={height - size} width={1} height={size} fill="var(--target)" />;
          })}
        </svg>
        {children}
      </div>
      <div aria-hidden className="relative mt-0.5 h-4 text-2xs text-ink-3">
        {ticksOf(axis.from, axis.to, mostTicks).map((tick) => {
          const place = placeOf(axis, tick);
          return (
            <span
              key={tick}
              className="absolute top-0 -translate-x-1/2 whitespace-nowrap"
              style={{ left: `clamp(0.75rem, ${String(place * 100)}%, calc(100% - 0.75rem))` }}
            >
              {measured(tick)}
            </span>
          );
        })}
      </div>
      <p className="text-center text-2xs text-ink-3">
        {label}
        {unit === '' ? ', raw units' : ` in ${unit}`}; heights by square root
      </p>
    </div>
  );
}
