import { selectDevice } from '../../../src/engine/device';
import { spreadOf } from '../protocol';
import type { BenchEvent, BenchPlan } from '../protocol';
import { wasmWorkload } from '../workloads';
import { readClock } from './meter';
import { startSteps } from './socketSteps';

/** The first step of the WASM backend prepares its weights. */
const warmUps = 2;

/** The step of the small CNN on the WASM backend, on one thread. */
export async function measureWasm(emit: (event: BenchEvent) => void, plan: BenchPlan): Promise<void> {
  const { summary } = await selectDevice('wasm');
  const workload = wasmWorkload(plan.tiny);
  const steps = startSteps(workload);
  const [cpu, wall]: [number[], number[]] = [[], []];
  for (let step = 0; step < warmUps + 2 * plan.repetitions; step++) {
    const before = await readClock();
    const start = performance.now();
    await steps.take();
    const elapsed = performance.now() - start;
    const after = await readClock();
    if (step < warmUps) continue;
    wall.push(elapsed);
    cpu.push(before && after ? after.renderer - before.renderer : NaN);
  }
  await steps.end();
  const { name, images } = workload;
  emit({ type: 'wasm', report: { name, images, engine: summary.adapter, cpu: spreadOf(cpu), wall: spreadOf(wall) } });
}
