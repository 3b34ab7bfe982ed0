/**
 * Drops a large folder of generated images on the page in a real browser and measures what opening it costs, and with
 * `--run` what a run over it costs: `npm run bench:scale`. Not a part of the tests, which do the same with few files.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, expect } from '@playwright/test';
import type { Locator, Page } from '@playwright/test';
import { findChromium, softwareGpuArgs, thisMachine } from '../../src/cli/chromium';
import { createStaticServer, listen } from '../../src/cli/staticServer';
import { rendererBytes } from './processes';
import { writeVgaFolder } from './vgaFiles';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    distinct: { type: 'string', default: '20' },
    /** Through the folder input instead of a drop. */
    choose: { type: 'boolean', default: false },
    run: { type: 'boolean', default: false },
    dist: { type: 'string', default: 'dist' },
    port: { type: 'string', default: '4391' },
  },
});

const longestWait = 3_600_000;

/** As text: what the compiler adds to functions is not known in the page. */
const watching = `
  globalThis.frameGaps = [];
  let last = performance.now();
  const frame = (now) => {
    globalThis.frameGaps.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

/** Gaps between two frames since it was last asked, in milliseconds: the longest and the 95th percentile. */
async function takeFrameGaps(page: Page): Promise<{ longest: number; percentile95: number }> {
  const gaps: number[] = await page.evaluate('globalThis.frameGaps.splice(0)');
  gaps.sort((a, b) => a - b);
  return { longest: Math.round(gaps.at(-1) ?? 0), percentile95: Math.round(gaps[Math.floor(gaps.length * 0.95)] ?? 0) };
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);
const seconds = (since: number): number => Math.round(performance.now() - since) / 1000;
const tell = (what: object): void => {
  process.stdout.write(`${JSON.stringify(what, null, 1)}\n`);
};

/** Waits for a state and tells how much memory the process of page and workers took meanwhile. */
async function peakUntil(page: Page, reached: () => Promise<boolean>): Promise<number> {
  let peak = 0;
  for (const started = performance.now(); performance.now() - started < longestWait;) {
    peak = Math.max(peak, rendererBytes());
    if (await reached()) return megabytes(peak);
    await page.waitForTimeout(500);
  }
  throw new Error(`nothing after ${String(longestWait / 1000)} s`);
}

/** Drops a folder as a file manager does: the page gets a handle of it. */
async function drop(page: Page, place: Locator, folder: string): Promise<void> {
  await place.scrollIntoViewIfNeeded();
  const box = await place.boundingBox();
  if (!box) throw new Error('there is no place to drop on');
  const client = await page.context().newCDPSession(page);
  const at = { x: box.x + box.width / 2, y: box.y + 8, data: { items: [], files: [folder], dragOperationsMask: 1 } };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await client.send('Input.dispatchDragEvent', { type, ...at });
  }
}

async function measureOpening(page: Page, folder: string): Promise<void> {
  const input = page.getByLabel('Target images', { exact: true });
  await expect(input).toBeEnabled();
  const before = megabytes(rendererBytes());
  await takeFrameGaps(page);
  const started = performance.now();
  if (values.choose) await input.setInputFiles(folder, { timeout: longestWait });
  else await drop(page, page.getByRole('heading', { name: 'Target', exact: true }), folder);
  // The browser lists the files of an input in the page's own thread, whoever asks for it.
  const gathering = values.choose ? await takeFrameGaps(page) : null;
  const gathered = seconds(started);
  const change = page.getByRole('button', { name: 'Remove Target' });
  const peak = await peakUntil(page, async () => (await change.isVisible()) && (await input.isEnabled()));
  tell({
    files: Number(values.files),
    ...(gathering && { browserListsSeconds: gathered, frameGapWhileListingMs: gathering.longest }),
    openedSeconds: seconds(started),
    frameGapsMs: await takeFrameGaps(page),
    rendererMegabytes: { before, peak },
  });
}

/** One epoch of SHOT with the model of the demo: needs no pairs. A second run finds all images prepared. */
async function measureRun(page: Page): Promise<void> {
  const model = page.getByLabel('Source model', { exact: true });
  await model.setInputFiles(join(values.dist, 'demo/model'));
  await expect(model).toBeEnabled();
  await page.getByLabel('Preset').selectOption('shot');
  await page.getByLabel('Epochs').selectOption('3');
  for (const cache of ['cold', 'warm']) {
    await takeFrameGaps(page);
    const started = performance.now();
    await page.getByRole('button', { name: 'Start', exact: true }).click();
    const peak = await peakUntil(page, () => page.getByRole('button', { name: 'Start', exact: true }).isEnabled());
    tell({
      cache,
      finishedSeconds: seconds(started),
      frameGapsMs: await takeFrameGaps(page),
      rendererMegabytes: { peak },
    });
  }
}

async function main(): Promise<void> {
  const folder = writeVgaFolder(Number(values.files), Number(values.distinct));
  const profile = mkdtempSync(join(tmpdir(), 'socket-profile-'));
  const server = createStaticServer(values.dist);
  const port = await listen(server, [Number(values.port)]);
  const executablePath = findChromium(thisMachine());
  const context = await chromium.launchPersistentContext(profile, {
    args: [...softwareGpuArgs()],
    ...(executablePath !== null && { executablePath }),
  });
  try {
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    await page.goto(`http://localhost:${String(port)}/`);
    await page.getByRole('button', { name: 'Use my own model and images' }).click();
    await page.evaluate(watching);
    await measureOpening(page, folder);
    if (values.run) await measureRun(page);
  } finally {
    await context.close();
    server.close();
    rmSync(dirname(folder), { recursive: true });
    rmSync(profile, { recursive: true, force: true });
  }
}

void main();
