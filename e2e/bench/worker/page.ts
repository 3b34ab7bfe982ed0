/** The page of the benchmark: hands plans to a dedicated worker, as the studio's engine runs in one. */
import type { BenchEvent, BenchPlan } from '../protocol';

/** What the command line calls, and what it has put on the page to be called. */
type BenchPage = typeof globalThis & {
  runBench: (plan: BenchPlan) => void;
  readonly onBenchEvent: (event: BenchEvent) => void;
};

const page = globalThis as BenchPage;

page.runBench = (plan) => {
  const worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', ({ data }: MessageEvent<BenchEvent>) => {
    page.onBenchEvent(data);
    if (data.type === 'done' || data.type === 'failed') worker.terminate();
  });
  worker.addEventListener('error', ({ message }) =>
    page.onBenchEvent({ type: 'failed', message: message || 'A script of the worker could not be loaded.' }),
  );
  worker.postMessage(plan);
};
