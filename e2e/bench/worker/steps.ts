import * as tf from '@tensorflow/tfjs-core';
import { spreadOf } from '../protocol';
import type { BenchPlan, Spread, StepFigures } from '../protocol';
import { rehearsalOf, workloadsOf } from '../workloads';
import type { Workload } from '../workloads';
import { countsNow } from './counters';
import type { Counts } from './counters';
import { use } from './engines';
import type { EngineName } from './engines';
import type { SectionScope } from './kernelRow';
import type { Meter, Sample } from './meter';
import { startSteps } from './socketSteps';
import type { SocketSteps } from './socketSteps';

/** The first step compiles (that of tfjs may be of another size), and ours records the second one. */
const warmUps: Readonly<Record<EngineName, number>> = { own: 3, stock: 1 };

/** One engine on its way through a workload. */
interface Runner {
  readonly engine: EngineName;
  readonly samples: Sample[];
  readonly losses: number[];
  readonly counts: Counts[];
  readonly step: () => Promise<void>;
  readonly end: () => Promise<void>;
}

async function rehearse(workload: Workload): Promise<void> {
  const steps = startSteps(workload);
  await steps.take();
  await steps.end();
}

/** @param idleMs what a measurement costs the worker by itself. */
function createRunner(engine: EngineName, workload: Workload, meter: Meter, idleMs: number): Runner {
  const samples: Sample[] = [];
  const losses: number[] = [];
  const counts: Counts[] = [];
  let steps: SocketSteps | null = null;
  const step = async (): Promise<void> => {
    await use(engine);
    const before = countsNow();
    const sample = await meter.measure(engine, async () => {
      if (engine === 'stock' && workload.stockSteps !== null && samples.length === 0) {
        await rehearse(rehearsalOf(workload));
        return;
      }
      steps ??= startSteps(workload);
      losses.push(...(await steps.take()));
    });
    const after = countsNow();
    const { ahead } = workload;
    samples.push({ cost: sample.cost / ahead, wall: sample.wall / ahead, js: Math.max(0, sample.js - idleMs) / ahead });
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
  return { engine, samples, losses, counts, step, end };
}

/** Processor time that a measurement costs the worker by itself. */
async function idleScriptMs(meter: Meter): Promise<number> {
  await use('own');
  const samples: number[] = [];
  for (let turn = 0; turn < 9; turn++) samples.push((await meter.measure('own', () => undefined)).js);
  return spreadOf(samples).median;
}

function figuresOf({ engine, samples, counts, losses }: Runner, steps: number): StepFigures {
  const measured = samples.slice(warmUps[engine]);
  const spread = (value: (sample: Sample) => number): Spread => spreadOf(measured.map(value));
  const sum = (of: keyof Counts, from: readonly Counts[]): number =>
    from.reduce((total, count) => total + count[of], 0);
  return {
    cost: spread(({ cost }) => cost),
    wall: spread(({ wall }) => wall),
    js: spread(({ js }) => js),
    dispatches: counts.at(-1)?.dispatches ?? 0,
    startMs: samples.slice(0, warmUps[engine]).reduce((total, { cost }) => total + cost, 0),
    pipelines: sum('pipelines', counts.slice(0, warmUps[engine])),
    laterPipelines: sum('pipelines', counts.slice(warmUps[engine])),
    allocatedBytes: sum('allocatedBytes', counts),
    loss: losses[steps - 1] ?? NaN,
  };
}

async function measureWorkload({ meter, emit }: SectionScope, workload: Workload): Promise<void> {
  const idleMs = await idleScriptMs(meter);
  const repetitions = meter.repetitions();
  const stockSteps = Math.min(repetitions, workload.stockSteps ?? repetitions);
  const [own, stock] = [createRunner('own', workload, meter, idleMs), createRunner('stock', workload, meter, idleMs)];
  const wanted = new Map([
    [own, warmUps.own + repetitions],
    [stock, warmUps.stock + stockSteps],
  ]);
  while ([...wanted].some(([runner, steps]) => runner.samples.length < steps)) {
    for (const [runner, steps] of wanted) if (runner.samples.length < steps) await runner.step();
  }
  const common = Math.min(own.losses.length, stock.losses.length);
  emit({
    type: 'step',
    row: {
      name: workload.name,
      images: workload.images,
      own: figuresOf(own, common),
      stock: figuresOf(stock, common),
    },
  });
  for (const runner of [own, stock]) await runner.end();
}

/** Whole steps of the method on both engines. */
export async function measureSteps(scope: SectionScope, plan: BenchPlan): Promise<void> {
  for (const workload of workloadsOf(plan)) {
    const before = tf.memory().numTensors;
    await measureWorkload(scope, workload);
    const left = tf.memory().numTensors - before;
    if (left !== 0) scope.emit({ type: 'progress', text: `${workload.name} left ${left} tensors behind.` });
  }
}
