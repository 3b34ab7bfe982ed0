import type { BenchEvent, DeviceReport, KernelRow, Spread, StepRow, WasmReport } from './protocol';
import type { TorchReport } from './torch';

/** All that a run has found. */
export interface Results {
  device: DeviceReport | null;
  readonly kernels: KernelRow[];
  readonly steps: StepRow[];
  readonly wasm: WasmReport[];
  readonly torch: TorchReport[];
}

/** Of medians and of minima. */
export interface Figure {
  readonly median: number;
  readonly min: number;
}

export const emptyResults = (): Results => ({ device: null, kernels: [], steps: [], wasm: [], torch: [] });

export function collect(results: Results, event: BenchEvent): void {
  if (event.type === 'device') results.device = event.report;
  if (event.type === 'kernel') results.kernels.push(event.row);
  if (event.type === 'step') results.steps.push(event.row);
  if (event.type === 'wasm') results.wasm.push(event.report);
}

const both = (compute: (of: 'median' | 'min') => number): Figure => ({
  median: compute('median'),
  min: compute('min'),
});

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);

/** How many times faster ours is. */
export const ratioOf = ({ own, stock }: { readonly own: Spread; readonly stock: Spread }): Figure =>
  both((of) => stock[of] / own[of]);

/** Geometric mean of the ratios of a group's rows; null when none ran. */
export function groupRatio(kernels: readonly KernelRow[], group: string): Figure | null {
  const rows = kernels.filter((row) => row.gated && row.group === group);
  if (rows.length === 0) return null;
  return both((of) => geometricMean(rows.map((row) => ratioOf(row)[of])));
}

/** Share of the multiply-add peak that our convolutions reach, geometric mean; null when none ran. */
export function convolutionShare({ kernels }: Results, groups: readonly string[]): Figure | null {
  const rows = kernels.filter((row) => row.gated && row.section === 'conv' && groups.includes(row.group));
  if (rows.length === 0) return null;
  return both((of) => geometricMean(rows.map((row) => row.flops / row.own[of] / 1e6 / row.peakGflops)));
}

/** Ratio of the whole step whose name starts so; null when it did not run. */
export function stepRatio(steps: readonly StepRow[], title: string): Figure | null {
  const row = steps.find((step) => step.name.startsWith(title));
  return row ? ratioOf({ own: row.own.cost, stock: row.stock.cost }) : null;
}
