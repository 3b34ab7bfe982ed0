import { count, measured } from '../state/units';

interface Props {
  readonly counts: readonly number[];
  readonly range: readonly [number, number];
  readonly label: string;
}

const height = 56;

/** Counts in equal bins; heights by square root, so that rare readings stay visible beside a tall peak. */
export function Histogram({ counts, range, label }: Props) {
  const tallest = Math.max(1, ...counts);
  const total = counts.reduce((sum, value) => sum + value, 0);
  return (
    <div>
      <svg
        role="img"
        aria-label={`${label}: ${count(total)} readings from ${measured(range[0])} to ${measured(range[1])}`}
        viewBox={`0 0 ${String(counts.length)} ${String(height)}`}
        preserveAspectRatio="none"
        className="h-14 w-full rounded-sm bg-sunken"
      >
        {counts.map((value, bin) => {
          const size = Math.sqrt(value / tallest) * height;
          return <rect key={bin} x={bin} y={height - size} width={1} height={size} fill="var(--target)" />;
        })}
      </svg>
      <div className="flex justify-between text-2xs text-ink-3">
        <span>{measured(range[0])}</span>
        <span>{label}</span>
        <span>{measured(range[1])}</span>
      </div>
    </div>
  );
}
