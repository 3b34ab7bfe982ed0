/** The benchmark's worker: does what a plan says and reports row by row. */
import type { BenchEvent, BenchPlan, SectionName } from '../protocol';
import { measureBatchNorms } from './batchNorms';
import { measureConvolutions } from './convolutions';
import { countCalls } from './counters';
import { startEngines } from './engines';
import type { SectionScope } from './kernelRow';
import { createMeter } from './meter';
import { measureOptimizer } from './optimizers';
import { findPeak, measureCopy } from './peak';
import { measureSteps } from './steps';
import { measureWasm } from './wasm';

const emit = (event: BenchEvent): void => postMessage(event);

type Section = (scope: SectionScope, plan: BenchPlan) => Promise<void>;

const gpuSections: Readonly<Partial<Record<SectionName, Section>>> = {
  conv: measureConvolutions,
  bn: measureBatchNorms,
  optimizer: measureOptimizer,
  steps: measureSteps,
};

async function runOnGpu(plan: BenchPlan): Promise<void> {
  countCalls();
  const { device, summary } = await startEngines();
  device.addEventListener('uncapturederror', ({ error }) => emit({ type: 'failed', message: error.message }));
  const software = summary.softwareAdapter;
  const meter = await createMeter(device, software, plan);
  const peak = await findPeak(device, meter, software);
  emit({
    type: 'device',
    report: {
      adapter: summary.adapter,
      software,
      metric: meter.metric,
      versions: summary.versions,
      peakGflops: await peak(),
      copyGBs: await measureCopy(device, meter, software),
    },
  });
  for (const section of plan.sections) {
    emit({ type: 'progress', text: section });
    await gpuSections[section]?.({ meter, peak, emit }, plan);
  }
}

globalThis.addEventListener('message', ({ data }: MessageEvent<BenchPlan>) => {
  const run = data.sections.includes('wasm') ? measureWasm(emit, data) : runOnGpu(data);
  run.then(
    () => emit({ type: 'done' }),
    (error: unknown) =>
      emit({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
