import { rehearsalOf } from '../workloads';
import type { Workload } from '../workloads';
import { countsNow } from './counters';
import type { Counts } from './counters';
import { use } from './engines';
import type { EngineName } from './engines';
import type { Meter, Sample } from './meter';
import { startSteps } from './socketSteps';
import type { SocketSteps } from './socketSteps';

/** One engine on its way through a workload. */
export interface StepRunner {
  /** Of a step each; `unmeasured` first. */
  readonly samples: readonly Sample[];
  readonly counts: readonly Counts[];
  /** Samples that are no measurement: they compile and record. */
  readonly unmeasured: number;
  readonly losses: readonly number[];
  /** Of the rehearsal; empty where there is none. */
  readonly rehearsedLosses: readonly number[];
  readonly step: () => Promise<void>;
  readonly end: () => Promise<void>;
}

async function rehearse(workload: Workload, count: number): Promise<number[]> {
  const steps = startSteps(workload);
  const losses: number[] = [];
  while (losses.length < count) losses.push(...(await steps.take()));
  await steps.end();
  return losses;
}

/** The first step compiles, the second one of ours is recorded, the third is the first to be replayed. */
const warmUps: Readonly<Record<EngineName, number>> = { own: 3, stock: 1 };

/** A rehearsal takes the place of the first step of tfjs, which would compile the same. */
const unmeasuredOf = (engine: EngineName, { slow, settling = 0 }: Workload): number =>
  engine === 'own' ? warmUps.own + settling + (slow ? 1 : 0) : warmUps.stock;

/** @param idleMs processor time that a measurement costs the worker by itself. */
export function createRunner(engine: EngineName, workload: Workload, meter: Meter, idleMs: number): StepRunner {
  const { ahead, slow } = workload;
  const samples: Sample[] = [];
  const counts: Counts[] = [];
  const losses: number[] = [];
  const rehearsedLosses: number[] = [];
  let steps: SocketSteps | null = null;
  const advance = async (): Promise<void> => {
    if (slow && rehearsedLosses.length === 0) {
      rehearsedLosses.push(...(await rehearse(rehearsalOf(workload), slow.rehearsed)));
      return;
    }
    steps ??= startSteps(workload);
    losses.push(...(await steps.take()));
  };
  const step = async (): Promise<void> => {
    await use(engine);
    const before = countsNow();
    const { cost, wall, js } = await meter.measure(engine, advance);
    const after = countsNow();
    samples.push({ cost: cost / ahead, wall: wall / ahead, js: Math.max(0, js - idleMs) / ahead });
    counts.push({
      dispatches: (after.dispatches - before.dispatches) / ahead,
      pipelines: after.pipelines - before.pipelines,
      allocatedBytes: after.allocatedBytes - before.allocatedBytes,
    });
  };
  const end = async (): Promise<void> => {
    await use(engine);
    await steps?.end();
  };
  return { samples, counts, losses, rehearsedLosses, unmeasured: unmeasuredOf(engine, workload), step, end };
}
