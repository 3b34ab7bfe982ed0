/** `npm run adapt`: one run of the studio's engine without hands, in a headless browser. */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { chromium } from '@playwright/test';
import type { Page } from '@playwright/test';
import { unzip } from '../formats/zip';
import { StudioError, toFailure } from '../shared/failure';
import type { HeadlessAnswer, HeadlessStudio, ModelDecisions } from '../shared/headless';
import type { ImageRole } from '../shared/images';
import type { EngineEvent, ProjectSummary } from '../shared/protocol';
import type { ImageRecipe } from '../shared/recipe';
import type { RunRecord } from '../shared/runRecord';
import { failureInWords } from './modelOptions';
import { kernelsWarning, readOptions, usage } from './adaptOptions';
import type { AdaptOptions } from './adaptOptions';
import { buildFolder, ensureBuilt } from './build';
import { ensureChromium, realGpuArgs } from './chromium';
import { progressLines } from './progressLines';
import { createStaticServer, listen } from './staticServer';

/** The accessible name of each file input of `headless.html`. */
const inputLabels: Readonly<Record<'model' | ImageRole, string>> = {
  model: 'Source model', target: 'Target images', pairsRgb: 'Paired RGB images', pairsTarget: 'Paired target images',
  test: 'Labelled test images',
}; // prettier-ignore

/** RGB first: the preprocessing of a model is guessed from it. */
const openingOrder = ['pairsRgb', 'pairsTarget', 'target', 'test'] as const satisfies readonly ImageRole[];

/** What `headless.ts` puts on its page. */
type StudioPage = typeof globalThis & { readonly studio: HeadlessStudio };

function valueOf<T>(answer: HeadlessAnswer<T>): T {
  if (answer.ok) return answer.value;
  throw new StudioError(answer.failure);
}

/** Puts a folder or a zip into its input and has it opened. */
async function open(
  page: Page,
  slot: 'model' | ImageRole,
  path: string,
  decisions: ModelDecisions = {},
): Promise<ProjectSummary> {
  const input = page.getByLabel(inputLabels[slot], { exact: true });
  const isFolder = statSync(path).isDirectory();
  await input.evaluate((element, folder) => ((element as HTMLInputElement).webkitdirectory = folder), isFolder);
  await input.setInputFiles(path);
  return valueOf(
    await page.evaluate((args) => (globalThis as StudioPage).studio.open(...args), [slot, decisions] as const),
  );
}

function describeProject({ models, folders, pairs }: ProjectSummary): void {
  for (const { name, classCount, inputShape, preprocessing } of models) {
    const { preset, origin } = preprocessing;
    console.log(`Model ${name}: ${classCount} classes, input ${inputShape.join('x')}, pixels ${preset} (${origin})`);
  }
  for (const folder of Object.values(folders)) {
    console.log(
      `${inputLabels[folder.role]}: ${folder.usable} usable, ${folder.skipped.length} skipped. ${folder.recipeReason}`,
    );
    for (const warning of folder.warnings) console.log(`  Warning: ${warning}`);
    for (const remark of folder.remarks) console.log(`  Note: ${remark}`);
  }
  if (pairs) console.log(`Pairs: ${pairs.matched} by name`);
}

/** Replaces parts of the recipe that was suggested for the target camera. */
async function changeRecipe(
  page: Page,
  project: ProjectSummary,
  change: Partial<ImageRecipe>,
): Promise<ProjectSummary> {
  const suggested = project.folders.target?.recipe;
  if (!suggested) return project;
  const recipe = { ...suggested, ...change };
  return valueOf(await page.evaluate((chosen) => (globalThis as StudioPage).studio.recipe(chosen), recipe));
}

async function openProject(page: Page, options: AdaptOptions): Promise<void> {
  const { models, decisions, folders, recipe, backend, kernels } = options;
  const { engine, sentence } = valueOf(
    await page.evaluate((chosen) => (globalThis as StudioPage).studio.select(...chosen), [backend, kernels] as const),
  );
  console.log(`Engine: ${sentence}`);
  const warning = kernelsWarning(kernels, engine.backend);
  if (warning !== null) console.log(warning);
  let project: ProjectSummary | null = null;
  for (const model of models) project = await open(page, 'model', model, decisions);
  for (const role of openingOrder) {
    const path = folders[role];
    if (path !== undefined) project = await open(page, role, path);
  }
  if (project && recipe) project = await changeRecipe(page, project, recipe);
  if (project) describeProject(project);
}

/** Writes the record, also of a run that failed, and returns it. */
async function saveRecord(page: Page, runId: number, out: string): Promise<RunRecord> {
  const json = valueOf(await page.evaluate((id) => (globalThis as StudioPage).studio.record(id), runId));
  writeFileSync(join(out, 'run-record.json'), `${json}\n`);
  return JSON.parse(json) as RunRecord;
}

/** Writes the adapted model into `out/model`. */
async function saveModel(page: Page, runId: number, { form, out }: AdaptOptions): Promise<void> {
  const downloading = page.waitForEvent('download');
  const check = valueOf(
    await page.evaluate((args) => (globalThis as StudioPage).studio.save(...args), [runId, form] as const),
  );
  const bytes = await readFile(await (await downloading).path());
  const folder = join(out, 'model');
  rmSync(folder, { recursive: true, force: true });
  for (const file of await unzip(new Uint8Array(bytes), 'the exported model')) {
    if (file.path === 'run-record.json') continue;
    const path = join(folder, file.path);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, file.bytes);
  }
  const difference = check.maxLogitDifference.toPrecision(2);
  console.log(
    `Model in ${folder} (read back: logits of ${check.imagesCompared} images differ by at most ${difference})`,
  );
  for (const loss of check.losses) console.log(loss);
}

function summarize({ accuracy, seconds, backend, kernels, timing }: RunRecord): void {
  const figure = (value: number | null): string => (value === null ? '-' : value.toFixed(4));
  const { sourceOnly, bnRefresh, adapted } = accuracy;
  console.log(
    `Accuracy: source only ${figure(sourceOnly)}, batch-norm refresh ${figure(bnRefresh)}, adapted ${figure(adapted)}`,
  );
  const step = timing.secondsPerStep === undefined ? '' : `, ${timing.secondsPerStep.toFixed(3)} s a step`;
  const stock = kernels?.origin === 'stock' ? ' with the kernels of TensorFlow.js' : '';
  console.log(`${seconds.toFixed(1)} s on ${backend}${stock}${step}`);
}

async function runOn(page: Page, address: string, options: AdaptOptions): Promise<void> {
  const lineOf = progressLines(() => performance.now());
  await page.exposeFunction('onEngineEvent', (event: EngineEvent) => {
    const line = lineOf(event);
    if (line !== null) console.log(line);
  });
  const died = new Promise<never>((_, reject) => {
    page.on('pageerror', reject);
    page.on('crash', () => {
      reject(new Error('The browser page crashed.'));
    });
  });
  const work = async (): Promise<void> => {
    await page.goto(`${address}headless.html`);
    await openProject(page, options);
    const { preset, settings, out } = options;
    const start = ([name, values]: [typeof preset, typeof settings]) =>
      (globalThis as StudioPage).studio.run(name, values);
    const { runId, failure } = valueOf(
      await page.evaluate(start, [preset, settings] as [typeof preset, typeof settings]),
    );
    mkdirSync(out, { recursive: true });
    const record = await saveRecord(page, runId, out);
    if (failure) throw new StudioError(failure);
    await saveModel(page, runId, options);
    summarize(record);
  };
  await Promise.race([work(), died]);
}

async function adapt(options: AdaptOptions): Promise<void> {
  const executablePath = ensureChromium(console.log);
  ensureBuilt(console.log);
  const server = createStaticServer(buildFolder);
  const port = await listen(server, [0]);
  const browser = await chromium.launch({ executablePath, args: realGpuArgs() });
  try {
    const page = await browser.newPage();
    await runOn(page, `http://localhost:${port}/`, options);
  } finally {
    await browser.close();
    server.close();
  }
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options) await adapt(options);
  else console.log(usage);
} catch (thrown) {
  const failure = toFailure(thrown);
  console.error(failureInWords(failure));
  if (failure.detail !== undefined) console.error(failure.detail);
  process.exitCode = 1;
}
