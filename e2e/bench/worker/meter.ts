import { spreadOf } from '../protocol';
import type { CpuClock, Metric, Spread } from '../protocol';
import { flush, use } from './engines';
import type { EngineName } from './engines';
import { createPassTimer } from './timestamps';

/** One measured block, in milliseconds. */
export interface Sample {
  /** In the metric of the run. */
  readonly cost: number;
  readonly wall: number;
  /** Processor time of the worker's thread; 0 where it is not known. */
  readonly js: number;
}

export interface Meter {
  readonly metric: Metric;
  /** Of each measurement; one where a quick run is late. */
  repetitions(): number;
  /** Runs work of one engine, which must be the current one, until the GPU has done all of it. */
  measure(engine: EngineName, work: () => void | Promise<void>): Promise<Sample>;
}

/** A quick run on a busy machine repeats nothing any more after this time. */
const hurryAfterMs = 50_000;

/** Processor time so far; null where the system does not tell. */
export async function readClock(): Promise<CpuClock | null> {
  const response = await fetch('/cpu');
  return (await response.json()) as CpuClock | null;
}

/** @param metric null: the one that fits the adapter. */
export async function createMeter(
  device: GPUDevice,
  software: boolean,
  wanted: { metric: Metric | null; repetitions: number; quick: boolean },
): Promise<Meter> {
  const timer = createPassTimer(device);
  const metric = wanted.metric ?? (software && (await readClock()) ? 'cpu' : timer ? 'timestamp' : 'wall');
  if (metric === 'timestamp' && !timer) throw new Error('This adapter has no timestamps.');
  return {
    metric,
    repetitions: () => (wanted.quick && performance.now() > hurryAfterMs ? 1 : wanted.repetitions),
    async measure(engine, work) {
      const before = await readClock();
      const start = performance.now();
      if (metric === 'timestamp') timer?.start();
      await work();
      flush(engine);
      await device.queue.onSubmittedWorkDone();
      const wall = performance.now() - start;
      const passes = metric === 'timestamp' ? await timer?.stop() : 0;
      const after = await readClock();
      const spent = (of: keyof CpuClock): number => (before && after ? after[of] - before[of] : 0);
      return { wall, js: spent('worker'), cost: { cpu: spent('gpu'), timestamp: passes ?? 0, wall }[metric] };
    },
  };
}

/** Work of both engines that is to be compared. Each frees what it makes. */
export type Contest = Readonly<Record<EngineName, () => void>>;

const enginesInTurn = ['own', 'stock'] as const;
const mostIterations = 60;
/** Shorter blocks drown in the noise. */
const leastBlockMs: Readonly<Record<Metric, number>> = { cpu: 40, timestamp: 10, wall: 20 };

/** Measures both in turn, each long enough to be seen. Both must have run once before. @returns one run of each. */
export async function compare(meter: Meter, contest: Contest): Promise<Record<EngineName, Spread>> {
  const iterations = { own: 1, stock: 1 };
  const costs: Record<EngineName, number[]> = { own: [], stock: [] };
  const block = (engine: EngineName): Promise<Sample> =>
    meter.measure(engine, () => {
      for (let i = 0; i < iterations[engine]; i++) contest[engine]();
    });
  for (const engine of enginesInTurn) {
    await use(engine);
    const { cost } = await block(engine);
    iterations[engine] = Math.min(mostIterations, Math.max(1, Math.ceil(leastBlockMs[meter.metric] / cost)));
    if (iterations[engine] === 1) costs[engine].push(cost);
  }
  for (let turn = 0; turn < meter.repetitions(); turn++) {
    for (const engine of enginesInTurn) {
      if (costs[engine].length >= meter.repetitions()) continue;
      await use(engine);
      costs[engine].push((await block(engine)).cost / iterations[engine]);
    }
  }
  return { own: spreadOf(costs.own), stock: spreadOf(costs.stock) };
}
