import { useMemo, useState } from 'react';
import { LayerLadder } from '../charts/LayerLadder';
import { useWidth } from '../charts/useWidth';
import { FigureCard } from '../components/FigureCard';
import { Segmented } from '../components/Segmented';
import {
  driftBand,
  driftSentence,
  ladderRows,
  sortLadder,
  type LadderOrder,
  type LadderRow,
} from '../state/driftReport';
import type { ChartScale } from '../state/chartScale';
import type { DataTable } from '../state/csv';
import type { RunFacts } from '../state/run';
import { DriftKey } from './DriftKey';

/** The batch-norm layer ladder: where the gap to the source is, and whether it closes. */
export function DriftCard({ drift }: { drift: RunFacts['drift'] }) {
  const [order, setOrder] = useState<LadderOrder>('depth');
  const [axis, setAxis] = useState<ChartScale>('linear');
  const [box, width] = useWidth<HTMLDivElement>();
  const rows = useMemo(() => ladderRows(drift), [drift]);
  const sorted = useMemo(() => sortLadder(rows, order), [rows, order]);
  return (
    <FigureCard
      title="Batch-norm drift, layer by layer"
      subtitle="Distance of the target statistics from the source model’s, in source standard deviations"
      table={() => driftTable(sorted)}
      controls={<Controls order={order} onOrder={setOrder} axis={axis} onAxis={setAxis} />}
    >
      <DriftKey ended={drift.after !== undefined} />
      <div
        className="relative max-h-[30rem] overflow-y-auto"
        tabIndex={0}
        role="group"
        aria-label="Layers; the numbers are in the table"
      >
        <div ref={box}>
          {width > 0 && (
            <LayerLadder
              rows={sorted}
              log={axis === 'log'}
              width={width}
              severalSources={rows.some((row) => row.source > 0)}
            />
          )}
        </div>
      </div>
      <p className="mt-2 border-t border-line pt-2 text-xs text-ink-2">{driftSentence(rows)}</p>
      <p className="mt-1 text-xs text-ink-3">
        A layer may move away while the total falls: the method lowers the sum. Worry when most layers move away; then
        try a smaller learning rate or another preset. The bar on the right is the layer’s share of the statistics term
        of the loss. While training, the statistics are those of batches.
      </p>
    </FigureCard>
  );
}

function driftTable(rows: readonly LadderRow[]): DataTable {
  return {
    columns: ['layer', 'source', 'channels', 'before', 'now', 'after', 'noise floor', 'share of the loss', 'reads as'],
    rows: rows.map((row) => [
      row.layer,
      row.source + 1,
      row.channels,
      row.before,
      row.now,
      row.after,
      row.noiseFloor,
      row.lossShare,
      driftBand(row.after ?? row.now ?? row.before ?? 0, row.noiseFloor),
    ]),
  };
}

interface ControlsProps {
  readonly order: LadderOrder;
  readonly onOrder: (order: LadderOrder) => void;
  readonly axis: ChartScale;
  readonly onAxis: (axis: ChartScale) => void;
}

function Controls({ order, onOrder, axis, onAxis }: ControlsProps) {
  return (
    <>
      <Segmented
        label="Order of the layers"
        value={order}
        options={[
          { value: 'depth', label: 'by depth' },
          { value: 'largest', label: 'largest gap' },
          { value: 'worst', label: 'least improved' },
        ]}
        onChange={onOrder}
      />
      <span className="ml-auto">
        <Segmented
          label="Drift axis"
          value={axis}
          options={[
            { value: 'linear', label: 'linear' },
            { value: 'log', label: 'log' },
          ]}
          onChange={onAxis}
        />
      </span>
    </>
  );
}
