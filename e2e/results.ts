/**
 * Runs every preset on the real image sets and models of SHARED_DIR through `npm run adapt` and writes the table
 * of what was measured to `e2e/RESULTS.md`. Finished runs are kept in `.cache/results` and not repeated:
 * delete that folder to measure afresh.
 *
 *     npm run results                       all runs, two at a time
 *     npm run results -- --only nyu --jobs 1
 *     npm run results -- --report           only write the table from the runs that are there
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { RunRecord } from '../src/shared/runRecord';
import { presets, type PresetName } from '../src/shared/settings';
import { resultsPage, type Measured } from './resultsPage';

const root = resolve(import.meta.dirname, '..');
const shared = resolve(root, process.env['SHARED_DIR'] ?? '../shared');

const sets = {
  epfl: {
    title: 'epfl-scenes-nir (RGB to near-infrared)',
    model: 'epfl-scenes-resnet8',
    data: 'epfl-scenes-nir',
    target: 'target_nir',
    rgb: 'irrelevant_rgb',
    pairs: 'irrelevant_nir',
  },
  nyu: {
    title: 'nyu-objects-depth (RGB to depth)',
    model: 'nyu-objects-resnet8',
    data: 'nyu-objects-depth',
    target: 'target_depth',
    rgb: 'irrelevant_rgb',
    pairs: 'irrelevant_depth',
  },
} as const;
type SetName = keyof typeof sets;

interface Job {
  readonly set: SetName;
  readonly preset: PresetName;
  /** Model seeds; one model, or all of them as one multi-source run. */
  readonly models: readonly number[];
}

const { values: options } = parseArgs({
  options: {
    only: { type: 'string' },
    preset: { type: 'string', multiple: true },
    jobs: { type: 'string', default: String(Math.min(2, cpus().length)) },
    single: { type: 'boolean', default: false },
    multi: { type: 'boolean', default: false },
    report: { type: 'boolean', default: false },
  },
});

function listJobs(): Job[] {
  const chosenPresets = (options.preset ?? Object.keys(presets)) as PresetName[];
  const chosenSets = (Object.keys(sets) as SetName[]).filter(
    (name) => options.only === undefined || options.only === name,
  );
  const single = chosenPresets.flatMap((preset) =>
    [0, 1, 2].flatMap((seed) => chosenSets.map((set): Job => ({ set, preset, models: [seed] }))),
  );
  const multi = chosenPresets.flatMap((preset) => chosenSets.map((set): Job => ({ set, preset, models: [0, 1, 2] })));
  if (options.single) return single;
  return options.multi ? multi : [...single, ...multi];
}

const folderOf = (job: Job): string => join(root, '.cache/results', `${job.set}-${job.models.join('')}-${job.preset}`);
const recordOf = (job: Job): string => join(folderOf(job), 'run-record.json');

function commandOf(job: Job): string[] {
  const set = sets[job.set];
  const data = join(shared, 'data', set.data);
  return [
    ...job.models.flatMap((seed) => ['--model', join(shared, 'models', `${set.model}-s${String(seed)}`)]),
    '--target',
    join(data, set.target),
    '--pairs-rgb',
    join(data, set.rgb),
    '--pairs-target',
    join(data, set.pairs),
    '--preset',
    job.preset,
    '--seed',
    String(job.models[0] ?? 0),
    '--backend',
    'wasm',
    '--out',
    folderOf(job),
  ];
}

async function runJob(job: Job): Promise<void> {
  if (existsSync(recordOf(job))) return;
  mkdirSync(folderOf(job), { recursive: true });
  const child = spawn('npm', ['run', '--silent', 'adapt', '--', ...commandOf(job)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let errors = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const status = await new Promise<number | null>((done) => child.on('close', done));
  const name = `${job.set} ${job.models.join('+')} ${job.preset}`;
  process.stdout.write(status === 0 ? `${name}: done\n` : `${name}: failed (${String(status)})\n${errors}\n`);
}

function measured(job: Job): Measured | null {
  if (!existsSync(recordOf(job))) return null;
  const record = JSON.parse(readFileSync(recordOf(job), 'utf8')) as RunRecord;
  const { accuracy } = record;
  const final =
    job.preset === 'source-only'
      ? accuracy.sourceOnly
      : job.preset === 'bn-refresh'
        ? accuracy.bnRefresh
        : accuracy.adapted;
  return { set: job.set, preset: job.preset, models: job.models, accuracy: final, seconds: record.seconds };
}

const jobs = listJobs();
if (!options.report) {
  const queue = [...jobs];
  const worker = async (): Promise<void> => {
    for (let job = queue.shift(); job; job = queue.shift()) await runJob(job);
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
}
const rows = jobs.map(measured).filter((row) => row !== null);
const titles = Object.fromEntries(Object.entries(sets).map(([name, set]) => [name, set.title]));
writeFileSync(join(root, 'e2e/RESULTS.md'), resultsPage(rows, titles));
