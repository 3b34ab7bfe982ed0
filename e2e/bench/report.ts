import { describeMetric } from './gates';
import type { Verdict } from './gates';
import { loadAverage } from './processes';
import type { BenchEvent, DeviceReport, KernelRow, Spread, StepFigures, StepRow, WasmReport } from './protocol';
import { ratioOf } from './results';
import type { Results } from './results';
import type { TorchReport } from './torch';

const right = (text: string, width: number): string => text.padStart(width);
const digits = (value: number): string => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);
const times = (value: number): string => `x${digits(value)}`;
const nameWidth = 34;

function deviceLines(report: DeviceReport): string[] {
  const { adapter, software, peakGflops, copyGBs, versions } = report;
  const perCore = report.metric === 'cpu' ? ' per core' : '';
  const load = loadAverage();
  return [
    `Adapter: ${adapter}${software ? ' (in software)' : ''}; ${Object.entries(versions).join(' ').replaceAll(',', ' ')}`,
    `Measured in ${describeMetric(report)}; load average ${load === null ? 'unknown' : load.toFixed(2)}`,
    `Peak of multiply-adds ${digits(peakGflops)} GFLOP/s${perCore}; copy kernel ${digits(copyGBs)} GB/s${perCore}`,
  ];
}

const kernelHeading = [
  'kernel'.padEnd(nameWidth),
  ...['own ms', 'tfjs ms', 'ratio', 'of min', 'GFLOP/s', '% peak', 'GB/s', 'error'].map((name) => right(name, 9)),
].join('');

function kernelLine(row: KernelRow): string {
  const ratio = ratioOf(row);
  const gflops = row.flops / row.own.median / 1e6;
  const share = row.flops > 0 ? digits((100 * gflops) / row.peakGflops) : '';
  return [
    `${row.name}${row.gated ? '' : ' *'}`.padEnd(nameWidth),
    right(digits(row.own.median), 9),
    right(digits(row.stock.median), 9),
    right(times(ratio.median), 9),
    right(times(ratio.min), 9),
    right(row.flops > 0 ? digits(gflops) : '', 9),
    right(share, 9),
    right(row.bytes > 0 ? digits(row.bytes / row.own.median / 1e6) : '', 9),
    right(row.difference.toExponential(0), 9),
  ].join('');
}

function stepFigures(engine: string, figures: StepFigures): string {
  const { cost, wall, js, dispatches, startMs, pipelines, laterPipelines, allocatedBytes } = figures;
  const spread = ({ median, min }: Spread): string => `${digits(median)} (min ${digits(min)})`;
  return [
    `  ${engine.padEnd(6)}${spread(cost)} ms, wall ${spread(wall)} ms, JavaScript ${spread(js)} ms,`,
    `${dispatches.toFixed(0)} dispatches;`,
    `start ${digits(startMs)} ms, ${pipelines}+${laterPipelines} pipelines, ${digits(allocatedBytes / 1e6)} MB allocated`,
  ].join(' ');
}

function stepLines({ name, own, stock, images }: StepRow): string[] {
  const ratio = ratioOf({ own: own.cost, stock: stock.cost });
  return [
    `${name}, ${images} images: ${times(ratio.median)} (of minima ${times(ratio.min)})`,
    stepFigures('own', own),
    stepFigures('tfjs', stock),
  ];
}

const wasmLine = ({ name, images, engine, cpu, wall }: WasmReport): string =>
  `${name}, ${images} images, ${engine}: ${digits(cpu.median)} (min ${digits(cpu.min)}) processor ms, wall ${digits(wall.median)} ms`;

/** PyTorch beside ours, where ours ran the same workload. */
export function torchLine({ name, device, version, wall, cpu }: TorchReport, { wasm, steps }: Results): string {
  const onGpu = steps.find((step) => step.name === name);
  const onWasm = wasm.find((report) => report.name === name);
  const ratio = onWasm ? onWasm.cpu.median / cpu.median : onGpu ? onGpu.own.wall.median / wall.median : null;
  return [
    `${name}, PyTorch ${version}, ${device}:`,
    `wall ${digits(wall.median)} (min ${digits(wall.min)}) ms, processor ${digits(cpu.median)} ms`,
    ...(ratio === null
      ? []
      : [`(ours takes ${digits(ratio)} times as long, by ${onWasm ? 'processor' : 'wall'} time)`]),
  ].join(' ');
}

/** Prints a run as it happens. */
export function livePrinter(print: (line: string) => void): (event: BenchEvent) => void {
  let group = '';
  return (event) => {
    if (event.type === 'device') deviceLines(event.report).forEach(print);
    if (event.type === 'progress') print(`\n${event.text}`);
    if (event.type === 'kernel') {
      const { row } = event;
      if (row.section !== group) print(kernelHeading);
      group = row.section;
      print(`${kernelLine(row)}  ${row.group}`);
    }
    if (event.type === 'step') stepLines(event.row).forEach(print);
    if (event.type === 'wasm') print(wasmLine(event.report));
  };
}

const marks = new Map([
  [true, 'pass'],
  [false, 'FAIL'],
  [null, '-'],
]);

/** The table of what was to be reached. */
export function verdictLines(verdicts: readonly Verdict[]): string[] {
  const width = Math.max(...verdicts.map(({ name }) => name.length)) + 2;
  return verdicts.map(
    ({ name, wanted, found, passed }) =>
      `${(marks.get(passed) ?? '').padEnd(6)}${name.padEnd(width)}${wanted.padEnd(10)} ${found ?? 'not measured'}`,
  );
}
