import { memo } from 'react';
import { CartesianGrid, Line, LineChart, ReferenceLine, Tooltip, XAxis, YAxis } from 'recharts';
import { percent } from '../state/units';
import { axisStyle, chartHeight, chartMargin, dashes } from './axes';
import { ChartTooltip } from './ChartTooltip';

export interface ProgressPoint {
  readonly step: number;
  /** 0..1 */
  readonly value: number;
}

export interface Baseline {
  readonly label: string;
  readonly value: number;
  readonly kind: 'sourceOnly' | 'bnRefresh';
}

const looks = {
  sourceOnly: { color: 'var(--before)', dash: dashes.dashed },
  bnRefresh: { color: 'var(--refresh)', dash: dashes.dotted },
} as const;

interface Props {
  readonly width: number;
  readonly name: string;
  readonly points: readonly ProgressPoint[];
  readonly baselines: readonly Baseline[];
  /** Last step of the plan, so that the line shows how far it has come. */
  readonly lastStep: number;
}

/** A share of 1 over steps against pinned baselines. */
export const ProgressLines = memo(function ProgressLines({ width, name, points, baselines, lastStep }: Props) {
  return (
    <LineChart width={width} height={chartHeight} data={points} margin={chartMargin} title={`${name} over steps`}>
      <CartesianGrid stroke="var(--line)" vertical={false} />
      <XAxis dataKey="step" type="number" domain={[0, Math.max(lastStep, 1)]} {...axisStyle} minTickGap={40} />
      <YAxis
        width={44}
        domain={[0, 1]}
        ticks={[0, 0.25, 0.5, 0.75, 1]}
        tickFormatter={(value: number) => percent(value, 0)}
        {...axisStyle}
        axisLine={false}
      />
      <Tooltip
        isAnimationActive={false}
        content={({ active, payload }) => {
          const point = payload[0]?.payload as ProgressPoint | undefined;
          if (!active || point === undefined) return null;
          const now = { label: name, value: percent(point.value), color: 'var(--now)' };
          const pinned = baselines.map((line) => ({
            label: line.label,
            value: percent(line.value),
            color: looks[line.kind].color,
          }));
          return <ChartTooltip title={`Step ${String(point.step)}`} lines={[now, ...pinned]} />;
        }}
      />
      {baselines.map((line) => (
        <ReferenceLine
          key={line.kind}
          y={line.value}
          stroke={looks[line.kind].color}
          strokeWidth={1.5}
          strokeDasharray={looks[line.kind].dash}
        />
      ))}
      <Line
        type="linear"
        dataKey="value"
        stroke="var(--now)"
        strokeWidth={2.4}
        dot={points.length < 40 ? { r: 2.5, fill: 'var(--now)', strokeWidth: 0 } : false}
        isAnimationActive={false}
      />
    </LineChart>
  );
});
