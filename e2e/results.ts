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

interface ImageSetPlan {
  readonly title: string;
  readonly seeds: readonly number[];
  /** One source model a seed: then there is also a run of all of them together. */
  readonly severalModels: boolean;
  readonly modelOf: (seed: number) => string;
  /** Target images, RGB side and target side of the pairs. */
  readonly folders: readonly [string, string, string];
}

const realSet = (
  title: string,
  model: string,
  data: string,
  folders: readonly [string, string, string],
): ImageSetPlan => ({
  title,
  seeds: [0, 1, 2],
  severalModels: true,
  modelOf: (seed) => join(shared, 'models', `${model}-s${String(seed)}`),
  folders: [
    join(shared, 'data', data, folders[0]),
    join(shared, 'data', data, folders[1]),
    join(shared, 'data', data, folders[2]),
  ],
});

const sets: Readonly<Record<string, ImageSetPlan>> = {
  epfl: realSet('epfl-scenes-nir (RGB to near-infrared)', 'epfl-scenes-resnet8', 'epfl-scenes-nir', [
    'target_nir',
    'irrelevant_rgb',
    'irrelevant_nir',
  ]),
  nyu: realSet('nyu-objects-depth (RGB to depth)', 'nyu-objects-resnet8', 'nyu-objects-depth', [
    'target_depth',
    'irrelevant_rgb',
    'irrelevant_depth',
  ]),
  demo: {
    title: 'The bundled demo (rendered RGB to simulated depth; one model)',
    seeds: [1, 2, 3],
    severalModels: false,
    modelOf: () => join(root, 'public/demo/model'),
    folders: [
      join(root, 'public/demo/target.zip'),
      join(root, 'public/demo/pairs-rgb.zip'),
      join(root, 'public/demo/pairs-target.zip'),
    ],
  },
};

interface Job {
  readonly set: string;
  readonly preset: PresetName;
  /** Seeds; one model, or all of them as one multi-source run. */
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

function allJobs(): Job[] {
  const each = (models: (plan: ImageSetPlan) => readonly (readonly number[])[]): Job[] =>
    (Object.keys(presets) as PresetName[]).flatMap((preset) =>
      Object.entries(sets).flatMap(([set, plan]) => models(plan).map((seeds): Job => ({ set, preset, models: seeds }))),
    );
  return [
    ...each((plan) => plan.seeds.map((seed) => [seed])),
    ...each((plan) => (plan.severalModels ? [plan.seeds] : [])),
  ];
}

function isAskedFor({ set, preset, models }: Job): boolean {
  const { only, preset: chosen, single, multi, report } = options;
  if (report || (only !== undefined && set !== only) || (chosen !== undefined && !chosen.includes(preset)))
    return false;
  return single === multi || (models.length > 1 ? multi : single);
}

const folderOf = (job: Job): string => join(root, '.cache/results', `${job.set}-${job.models.join('')}-${job.preset}`);
const recordOf = (job: Job): string => join(folderOf(job), 'run-record.json');

function commandOf(job: Job): string[] {
  const plan = sets[job.set];
  if (plan === undefined) throw new Error(`There is no image set "${job.set}".`);
  const [target, rgb, pairs] = plan.folders;
  return [
    ...job.models.flatMap((seed) => ['--model', plan.modelOf(seed)]),
    ...['--target', target, '--pairs-rgb', rgb, '--pairs-target', pairs],
    ...['--preset', job.preset, '--seed', String(job.models[0] ?? 0), '--backend', 'wasm', '--out', folderOf(job)],
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

const queue = allJobs().filter(isAskedFor);
const worker = async (): Promise<void> => {
  for (let job = queue.shift(); job; job = queue.shift()) await runJob(job);
};
await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
const rows = allJobs()
  .map(measured)
  .filter((row) => row !== null);
writeFileSync(join(root, 'e2e/RESULTS.md'), resultsPage(rows, sets));
