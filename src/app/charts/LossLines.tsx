import { memo } from 'react';
import { CartesianGrid, Line, LineChart, Tooltip, XAxis, YAxis } from 'recharts';
import type { LossRow, LossTerm } from '../state/lossSeries';
import { lossTerms, termLabels } from '../state/lossSeries';
import { measured } from '../state/units';
import { axisStyle, chartHeight, chartMargin, dashes } from './axes';
import { ChartTooltip } from './ChartTooltip';

type Reader = (row: LossRow) => number | null;

// Recharts compares data keys by identity: one function a line, made once.
const readers = Object.fromEntries(
  lossTerms.map((term) => [
    term,
    { smooth: (row: LossRow) => row.smooth[term] ?? null, raw: (row: LossRow) => row.raw[term] ?? null },
  ]),
) as Record<LossTerm, { smooth: Reader; raw: Reader }>;

export const termLooks: Readonly<Record<LossTerm, { color: string; dash: string; width: number }>> = {
  total: { color: 'var(--term-total)', dash: dashes.solid, width: 2.2 },
  entropy: { color: 'var(--term-entropy)', dash: dashes.dashed, width: 1.6 },
  diversity: { color: 'var(--term-diversity)', dash: dashes.dotted, width: 1.6 },
  pseudoLabel: { color: 'var(--term-pseudoLabel)', dash: dashes.dashDot, width: 1.6 },
  pairs: { color: 'var(--term-pairs)', dash: dashes.long, width: 1.6 },
  statistics: { color: 'var(--term-statistics)', dash: dashes.short, width: 1.6 },
  discriminator: { color: 'var(--term-discriminator)', dash: dashes.solid, width: 1.2 },
};

/** At most six characters: the axis has no room for more. */
const shortTick = (value: number): string => {
  const size = Math.abs(value);
  return size >= 1e4 || (size > 0 && size < 1e-3) ? value.toExponential(0) : String(Number(value.toPrecision(3)));
};

interface Props {
  readonly width: number;
  readonly rows: readonly LossRow[];
  readonly terms: readonly LossTerm[];
  readonly log: boolean;
  /** The terms whose unsmoothed curve stands as a shadow behind. */
  readonly shadowed: readonly LossTerm[];
}

/** Loss over steps: smoothed lines in front, the raw ones behind them. */
export const LossLines = memo(function LossLines({ width, rows, terms, log, shadowed }: Props) {
  const common = { type: 'linear', dot: false, isAnimationActive: false, connectNulls: false } as const;
  return (
    <LineChart width={width} height={chartHeight} data={rows} margin={chartMargin} title="Loss over steps">
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis dataKey="step" type="number" domain={['dataMin', 'dataMax']} {...axisStyle} minTickGap={40} />
      <YAxis
        width={44}
        scale={log ? 'log' : 'auto'}
        domain={['auto', 'auto']}
        allowDataOverflow={log}
        tickCount={6}
        tickFormatter={shortTick}
        {...axisStyle}
        axisLine={false}
      />
      <Tooltip
        isAnimationActive={false}
        content={({ active, payload }) => {
          const row = payload[0]?.payload as LossRow | undefined;
          if (!active || row === undefined) return null;
          const lines = terms.map((term) => ({
            label: termLabels[term],
            value: `${measured(row.smooth[term])}${shadowed.includes(term) ? ` (raw ${measured(row.raw[term])})` : ''}`,
            color: termLooks[term].color,
          }));
          return <ChartTooltip title={`Step ${String(row.step)}`} lines={lines} />;
        }}
      />
      {shadowed.map((term) => (
        <Line
          key={`${term} raw`}
          {...common}
          dataKey={readers[term].raw}
          stroke={termLooks[term].color}
          strokeOpacity={0.25}
          strokeWidth={1}
          activeDot={false}
        />
      ))}
      {terms.map((term) => (
        <Line
          key={term}
          {...common}
          dataKey={readers[term].smooth}
          stroke={termLooks[term].color}
          strokeWidth={termLooks[term].width}
          strokeDasharray={termLooks[term].dash}
          activeDot={{ r: 3 }}
        />
      ))}
    </LineChart>
  );
});
