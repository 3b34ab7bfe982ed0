/**
 * Opens a large folder of generated images in a real browser and measures what it costs: `npm run bench:scale`.
 * Not a part of the tests; they do the same with a few hundred files.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { chromium, expect } from '@playwright/test';
import type { Page } from '@playwright/test';
import { findChromium, softwareGpuArgs, thisMachine } from '../../src/cli/chromium';
import { createStaticServer, listen } from '../../src/cli/staticServer';
import { rendererBytes } from './processes';
import { writeVgaFolder } from './vgaFiles';

const { values } = parseArgs({
  options: {
    files: { type: 'string', default: '50000' },
    distinct: { type: 'string', default: '20' },
    dist: { type: 'string', default: 'dist' },
    port: { type: 'string', default: '4391' },
  },
});

/** As text: what the compiler adds to functions is not known in the page. */
const watching = `
  globalThis.longestFrame = 0;
  let last = performance.now();
  const frame = (now) => {
    globalThis.longestFrame = Math.max(globalThis.longestFrame, now - last);
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);`;

/** The longest gap between two frames since it was last asked, in milliseconds. */
async function takeLongestFrame(page: Page): Promise<number> {
  const longest: number = await page.evaluate('globalThis.longestFrame');
  await page.evaluate('globalThis.longestFrame = 0');
  return longest;
}

const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 20);

async function measure(page: Page, folder: string): Promise<void> {
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  const input = page.getByLabel('Target images', { exact: true });
  await expect(input).toBeEnabled();
  await page.evaluate(watching);
  const before = rendererBytes();
  await takeLongestFrame(page);
  const started = performance.now();
  await input.setInputFiles(folder, { timeout: 600_000 });
  const chosen = performance.now();
  const gapWhileGathering = await takeLongestFrame(page);
  let peak = 0;
  for (let second = 0; second < 1200; second++) {
    await page.waitForTimeout(1000);
    peak = Math.max(peak, rendererBytes());
    if (second % 20 === 0) process.stdout.write(`${String(second)} s, ${String(megabytes(peak))} MB\n`);
    if (await input.isEnabled()) break;
  }
  const result = {
    files: Number(values.files),
    browserGathersFilesSeconds: Math.round(chosen - started) / 1000,
    openedSeconds: Math.round(performance.now() - chosen) / 1000,
    // The browser makes a list of all files in the page's own thread, whoever asks for it.
    longestFrameGapWhileGatheringMs: Math.round(gapWhileGathering),
    longestFrameGapMs: Math.round(await takeLongestFrame(page)),
    rendererBeforeMB: megabytes(before),
    rendererPeakMB: megabytes(peak),
  };
  process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
  process.stdout.write(`${(await page.getByText(/images/).allTextContents()).slice(0, 8).join(' | ')}\n`);
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
    await measure(page, folder);
  } finally {
    await context.close();
    server.close();
    rmSync(dirname(folder), { recursive: true });
    rmSync(profile, { recursive: true, force: true });
  }
}

void main();
