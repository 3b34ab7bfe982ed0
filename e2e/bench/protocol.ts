/** What the benchmark's worker and its command line say to each other. Plain data. */

export const sectionNames = ['conv', 'bn', 'optimizer', 'steps', 'wasm'] as const;
export type SectionName = (typeof sectionNames)[number];

/**
 * What a block of work is measured in: processor time of the GPU process (adapters in software), the GPU's own
 * timestamps, or the time on the wall.
 */
export type Metric = 'cpu' | 'timestamp' | 'wall';

/** What the worker is to do. */
export interface BenchPlan {
  readonly sections: readonly SectionName[];
  /** Fewer shapes and smaller batches. */
  readonly quick: boolean;
  /** The workloads of a real GPU as well. */
  readonly gpu: boolean;
  /** All workloads of the plan at toy sizes: tries the path, measures nothing. */
  readonly tiny: boolean;
  readonly repetitions: number;
  /** Null: processor time on an adapter in software, else timestamps where there are any, else the wall. */
  readonly metric: Metric | null;
}

/** Repetitions of one measurement, in milliseconds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** What the same run could do at best. */
export interface DeviceReport {
  readonly adapter: string;
  readonly software: boolean;
  readonly metric: Metric;
  readonly versions: Readonly<Record<string, string>>;
  /** Multiply-adds in registers; per core where the metric is processor time. */
  readonly peakGflops: number;
  /** Read and written bytes of a copy kernel; per core where the metric is processor time. */
  readonly copyGBs: number;
}

/** A kernel of ours beside that of tfjs. */
export interface KernelRow {
  readonly section: SectionName;
  /** What its ratio is averaged with. */
  readonly group: string;
  readonly name: string;
  /** Whether it takes part in the average that a gate asks about. */
  readonly gated: boolean;
  /** Floating-point operations of one run; 0 where they are not what limits it. */
  readonly flops: number;
  /** Bytes of inputs and outputs of one run; 0 where they are not what limits it. */
  readonly bytes: number;
  /** Of the moment, for the speed of a machine that others use too changes; 0 where it limits nothing. */
  readonly peakGflops: number;
  /** One run each. */
  readonly own: Spread;
  readonly stock: Spread;
  /** Largest difference of the results over the largest value. */
  readonly difference: number;
}

/** One engine over the steps of a workload. */
export interface StepFigures {
  readonly cost: Spread;
  readonly wall: Spread;
  /** Processor time of the worker's thread in a step. */
  readonly js: Spread;
  readonly dispatches: number;
  /** All that comes before the first measured step, in the metric of the run. */
  readonly startMs: number;
  /** Made before the first measured step, and after it. */
  readonly pipelines: number;
  readonly laterPipelines: number;
  /** In all. */
  readonly allocatedBytes: number;
}

/** A number that both engines should have found alike. */
export interface Agreement {
  readonly what: string;
  readonly own: number;
  readonly stock: number;
}

/** A whole training step of ours beside that of tfjs. */
export interface StepRow {
  readonly name: string;
  readonly images: number;
  readonly own: StepFigures;
  readonly stock: StepFigures;
  readonly agreements: readonly Agreement[];
}

/** The small network on the WASM backend, on one thread. */
export interface WasmReport {
  readonly name: string;
  readonly images: number;
  /** The backend, in words. */
  readonly engine: string;
  /** All threads of the page's process. */
  readonly cpu: Spread;
  readonly wall: Spread;
}

export type BenchEvent =
  | { readonly type: 'progress'; readonly text: string }
  | { readonly type: 'device'; readonly report: DeviceReport }
  | { readonly type: 'kernel'; readonly row: KernelRow }
  | { readonly type: 'step'; readonly row: StepRow }
  | { readonly type: 'wasm'; readonly report: WasmReport }
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string };

/** Answer to `GET /cpu`: processor milliseconds since some moment. */
export interface CpuClock {
  /** All threads of the GPU process. */
  readonly gpu: number;
  /** All threads of the pages' processes. */
  readonly renderer: number;
  /** The threads of dedicated workers. */
  readonly worker: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const [low = NaN, high = NaN] = [sorted[Math.floor(middle)], sorted[Math.ceil(middle)]];
  return { median: (low + high) / 2, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}
