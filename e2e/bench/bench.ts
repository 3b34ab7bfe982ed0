/** `npm run bench`: measures our WebGPU kernels against those of tfjs and checks the gates. See README.md beside. */
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../../src/cli/build';
import { runInBrowser } from './browserRun';
import { judgeAgreement, judgeGates } from './gates';
import type { Verdict } from './gates';
import { readOptions, usage } from './options';
import type { Options } from './options';
import { loadAverage } from './processes';
import type { BenchPlan } from './protocol';
import { livePrinter, torchLine, verdictLines } from './report';
import { collect, emptyResults } from './results';
import type { Results } from './results';
import { measureTorch } from './torch';
import { wasmWorkload, workloadsOf } from './workloads';

const historyFolder = join(projectRoot, '.cache');

function plansOf({ sections, quick, gpu, tiny, repetitions, metric }: Options): BenchPlan[] {
  const plan = { quick, gpu, tiny, repetitions, metric };
  const onGpu = sections.filter((section) => section !== 'wasm');
  return [
    ...(onGpu.length > 0 ? [{ ...plan, sections: onGpu }] : []),
    ...(sections.includes('wasm') ? [{ ...plan, sections: ['wasm'] as const }] : []),
  ];
}

/** One line that holds everything, for comparison with earlier and later runs. */
function remember(options: Options, results: Results, verdicts: readonly Verdict[], seconds: number): string {
  const line = JSON.stringify({
    date: new Date().toISOString(),
    seconds,
    options,
    load: loadAverage(),
    ...results,
    verdicts,
  });
  mkdirSync(historyFolder, { recursive: true });
  appendFileSync(join(historyFolder, 'bench.jsonl'), `${line}\n`);
  return line;
}

/** PyTorch's side of the workloads that it has; says so when there is no PyTorch. */
async function addTorch(options: Options, results: Results): Promise<void> {
  const { sections, gpu, tiny } = options;
  const device = gpu && !tiny ? 'cuda' : 'cpu';
  const workloads = [
    ...(sections.includes('wasm') && !gpu ? [wasmWorkload(tiny)] : []),
    ...(sections.includes('steps') && gpu ? workloadsOf(options) : []),
  ];
  if (workloads.length === 0) return;
  const reports = await measureTorch(workloads, device);
  if (!reports) console.log('PyTorch: skipped, for no Python here can import torch.');
  for (const report of reports ?? []) {
    results.torch.push(report);
    console.log(torchLine(report, results));
  }
}

/** @returns whether all that is enforced holds. */
async function bench(options: Options): Promise<boolean> {
  const start = performance.now();
  const results = emptyResults();
  const print = livePrinter((line) => console.log(line));
  const onEvent = (event: Parameters<typeof print>[0]): void => {
    collect(results, event);
    print(event);
  };
  await runInBrowser(plansOf(options), { realGpu: options.gpu, limits: options.limits, onEvent });
  await addTorch(options, results);
  const enforced = !options.quick && !options.tiny;
  const [gates, agreement] = [judgeGates(results), judgeAgreement(results)];
  console.log(`\nGates${enforced ? '' : ' (shown only: this run is a short one)'}`);
  verdictLines(gates).forEach((line) => console.log(line));
  console.log('\nAgreement of both engines');
  verdictLines(agreement).forEach((line) => console.log(line));
  const seconds = Math.round((performance.now() - start) / 1000);
  console.log(`\n${seconds} s, load average ${String(loadAverage())}`);
  console.log(remember(options, results, [...gates, ...agreement], seconds));
  return [...agreement, ...(enforced ? gates : [])].every(({ passed }) => passed !== false);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (!options) console.log(usage);
  else if (!(await bench(options))) process.exitCode = 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
