import { useDeferredValue, useMemo, useState } from 'react';
import { stepColumns } from '../../shared/protocol';
import type { Settings } from '../../shared/settings';
import { LossLines, termLooks } from '../charts/LossLines';
import { LineKey } from '../charts/Legend';
import { useWidth } from '../charts/useWidth';
import { classes } from '../components/classes';
import { FigureCard } from '../components/FigureCard';
import { Segmented } from '../components/Segmented';
import type { DataTable } from '../state/csv';
import { activeTerms, lossRows, termFactors, termLabels, type LossTerm, type TermView } from '../state/lossSeries';
import type { StepLog } from '../state/stepLog';
import { useStudio, useStudioApi } from '../state/useStudio';
import { useChartScale, type ChartScale } from '../state/chartScale';

function stepTable(log: StepLog): DataTable {
  const columns = stepColumns.map((name) => log.column(name));
  const rows = Array.from({ length: log.length() }, (_, row) =>
    columns.map((column) => {
      const value = column[row] ?? Number.NaN;
      return Number.isFinite(value) ? value : null;
    }),
  );
  return { columns: [...stepColumns], rows };
}

/** The loss and its terms over steps. */
export function LossCard({ settings }: { settings: Settings }) {
  const { steps } = useStudioApi();
  // Deferred: the chart is made in slices between other work, so that no update holds the page.
  const version = useDeferredValue(useStudio((state) => state.stepsVersion));
  const [scale, setScale] = useChartScale();
  const [view, setView] = useState<TermView>('weighted');
  const [smoothing, setSmoothing] = useState(0.6);
  const [hidden, setHidden] = useState<readonly LossTerm[]>([]);
  const [box, width] = useWidth<HTMLDivElement>();
  // eslint-disable-next-line react-hooks/exhaustive-deps -- the version stands for the log, which is no React state
  const offered = useMemo(() => activeTerms(steps), [steps, version]);
  const terms = useMemo(() => offered.filter((term) => !hidden.includes(term)), [offered, hidden]);
  const rows = useMemo(() => {
    const look = { smoothing, scale, factors: termFactors(view, settings) };
    return lossRows(steps, terms, Math.min(100, Math.max(20, width / 5)), look);
    // eslint-disable-next-line react-hooks/exhaustive-deps -- as above
  }, [steps, version, terms, smoothing, width, scale, view, settings]);
  const shadowed = useMemo(() => (smoothing === 0 ? [] : shadowsOf(terms)), [smoothing, terms]);
  return (
    <FigureCard
      title="Loss"
      subtitle={subtitleOf(view, scale)}
      table={() => stepTable(steps)}
      controls={
        <>
          <SmoothingSlider value={smoothing} onChange={setSmoothing} />
          <span className="ml-auto flex flex-wrap gap-2">
            <Segmented label="Terms of the loss as" value={view} options={views} onChange={setView} />
            <Segmented label="Loss axis" value={scale} options={scales} onChange={setScale} />
          </span>
        </>
      }
    >
      <div ref={box} className="min-h-[236px]">
        {width > 0 && rows.length > 0 && (
          <LossLines width={width} rows={rows} terms={terms} log={scale === 'log'} shadowed={shadowed} />
        )}
      </div>
      <TermToggles offered={offered} hidden={hidden} onChange={setHidden} />
    </FigureCard>
  );
}

/** Unsmoothed curves behind the smoothed ones: of one or two lines each its own, of more only the total’s. */
const shadowsOf = (terms: readonly LossTerm[]): readonly LossTerm[] =>
  terms.length <= 2 ? terms : terms.filter((term) => term === 'total');

const views = [
  { value: 'weighted', label: 'weighted' },
  { value: 'plain', label: 'plain' },
] as const;

const scales = [
  { value: 'linear', label: 'linear' },
  { value: 'log', label: 'log' },
] as const;

function subtitleOf(view: TermView, scale: ChartScale): string {
  const meaning = view === 'weighted' ? 'What each term adds to the total' : 'Each term before its weight';
  const gaps = scale === 'log' ? '; values of 0 and below have no place on this axis' : '; the shadow is unsmoothed';
  return `${meaning}${gaps}`;
}

interface TogglesProps {
  readonly offered: readonly LossTerm[];
  readonly hidden: readonly LossTerm[];
  readonly onChange: (hidden: readonly LossTerm[]) => void;
}

function TermToggles({ offered, hidden, onChange }: TogglesProps) {
  return (
    <div role="group" aria-label="Terms of the loss" className="flex flex-wrap gap-x-1 gap-y-0.5">
      {offered.map((term) => {
        const shown = !hidden.includes(term);
        return (
          <button
            key={term}
            type="button"
            aria-pressed={shown}
            className={classes('rounded-md px-1.5 py-0.5 hover:bg-sunken', !shown && 'line-through decoration-ink-3')}
            onClick={() => {
              onChange(shown ? [...hidden, term] : hidden.filter((other) => other !== term));
            }}
          >
            <LineKey color={shown ? termLooks[term].color : 'var(--line)'} dash={termLooks[term].dash}>
              {termLabels[term]}
            </LineKey>
          </button>
        );
      })}
    </div>
  );
}

function SmoothingSlider({ value, onChange }: { value: number; onChange: (value: number) => void }) {
  return (
    <label className="flex items-center gap-2 text-xs text-ink-2">
      Smoothing
      <input
        type="range"
        className="w-24"
        min={0}
        max={0.98}
        step={0.02}
        value={value}
        onChange={(event) => {
          onChange(event.target.valueAsNumber);
        }}
      />
      <span className="w-7 text-ink-3">{value.toFixed(2)}</span>
    </label>
  );
}
