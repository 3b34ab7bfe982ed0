import * as tf from '@tensorflow/tfjs-core';
import { spreadOf } from '../protocol';
import type { Agreement, BenchPlan, Spread, StepFigures } from '../protocol';
import { workloadsOf } from '../workloads';
import type { Workload } from '../workloads';
import type { Counts } from './counters';
import { use } from './engines';
import type { SectionScope } from './kernelRow';
import type { Meter, Sample } from './meter';
import { createRunner } from './stepRunner';
import type { StepRunner } from './stepRunner';

/** Processor time that a measurement costs the worker by itself. */
async function idleScriptMs(meter: Meter): Promise<number> {
  await use('own');
  const samples: number[] = [];
  for (let turn = 0; turn < 9; turn++) samples.push((await meter.measure('own', () => undefined)).js);
  return spreadOf(samples).median;
}

function figuresOf({ samples, counts, unmeasured }: StepRunner): StepFigures {
  const measured = samples.slice(unmeasured);
  const spread = (value: (sample: Sample) => number): Spread => spreadOf(measured.map(value));
  const sum = (of: keyof Counts, from: readonly Counts[]): number =>
    from.reduce((total, count) => total + count[of], 0);
  return {
    cost: spread(({ cost }) => cost),
    wall: spread(({ wall }) => wall),
    js: spread(({ js }) => js),
    dispatches: counts.at(-1)?.dispatches ?? 0,
    startMs: samples.slice(0, unmeasured).reduce((total, { cost }) => total + cost, 0),
    pipelines: sum('pipelines', counts.slice(0, unmeasured)),
    laterPipelines: sum('pipelines', counts.slice(unmeasured)),
    allocatedBytes: sum('allocatedBytes', counts),
  };
}

/** The last losses that both have, of the workload and of its rehearsal. */
function agreementsOf(own: StepRunner, stock: StepRunner): Agreement[] {
  return (['losses', 'rehearsedLosses'] as const).flatMap((of) => {
    const step = Math.min(own[of].length, stock[of].length);
    if (step === 0) return [];
    const what = `loss of step ${step}${of === 'losses' ? '' : ' on small images'}`;
    return [{ what, own: own[of][step - 1] ?? NaN, stock: stock[of][step - 1] ?? NaN }];
  });
}

async function measureWorkload({ meter, emit }: SectionScope, workload: Workload): Promise<void> {
  const idleMs = await idleScriptMs(meter);
  const repetitions = meter.repetitions();
  const [own, stock] = [createRunner('own', workload, meter, idleMs), createRunner('stock', workload, meter, idleMs)];
  const wanted = new Map([
    [own, own.unmeasured + repetitions],
    [stock, stock.unmeasured + Math.min(repetitions, workload.slow?.measured ?? repetitions)],
  ]);
  while ([...wanted].some(([runner, steps]) => runner.samples.length < steps)) {
    for (const [runner, steps] of wanted) if (runner.samples.length < steps) await runner.step();
  }
  const { name, images } = workload;
  const figures = { own: figuresOf(own), stock: figuresOf(stock), agreements: agreementsOf(own, stock) };
  emit({ type: 'step', row: { name, images, ...figures } });
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
