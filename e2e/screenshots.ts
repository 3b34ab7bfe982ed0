/**
 * `npm run screenshots`: the studio in every state, light and dark, wide and narrow, as pictures to look at.
 * `-- models` takes only those of foreign models; `demo` and `failures` likewise.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Page } from '@playwright/test';
import { buildFolder, ensureBuilt, projectRoot } from '../src/cli/build.ts';
import { findChromium, softwareGpuArgs, thisMachine } from '../src/cli/chromium.ts';
import { createStaticServer, listen } from '../src/cli/staticServer.ts';
import { openProject } from './journey.ts';
import { writeTinyProject, type TinyProject } from './tinyProject.ts';

const folder = join(projectRoot, 'test-results', 'screenshots');
const viewports = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
] as const;
const colorSchemes = ['light', 'dark'] as const;
const patience = 240_000;

type Shoot = (state: string) => Promise<void>;

const statusIs = (page: Page, word: string): Promise<void> =>
  page.getByRole('status').filter({ hasText: word }).waitFor({ timeout: patience });

/** The demo from the first page to the finished run. */
async function shootDemo(page: Page, shoot: Shoot): Promise<void> {
  await page.goto('/');
  await page.getByText('Looking for the fastest engine').waitFor({ state: 'detached' });
  await shoot('welcome');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await shoot('empty');
  await page.goto('/');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  await page.locator('button:enabled', { hasText: 'Start' }).waitFor({ timeout: patience });
  await shoot('ready');
  await page.getByText('What the network sees').first().click();
  await page.getByText('Look at the pairs').click();
  await page.getByRole('img', { name: 'The pair laid over each other' }).waitFor();
  await shoot('details');
  await page.getByLabel('Epochs').selectOption('3');
  await page.getByRole('button', { name: 'Start' }).click();
  await page.getByRole('heading', { name: 'Changed their prediction' }).waitFor({ timeout: patience });
  await page.locator('svg.recharts-surface').nth(1).waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await statusIs(page, 'Paused');
  await shoot('running');
  await page.getByRole('button', { name: 'Resume' }).click();
  await statusIs(page, 'Finished');
  await page.getByRole('button', { name: 'Download adapted model' }).click();
  await page.getByText(/Verified: read back/).waitFor({ timeout: patience });
  await shoot('finished');
}

/** A refused file and a run that fails. */
async function shootFailures(page: Page, shoot: Shoot, project: TinyProject): Promise<void> {
  await openProject(page, project);
  await page.getByLabel('Source model', { exact: true }).setInputFiles(project.notes);
  await page.getByRole('alert').waitFor();
  await shoot('refused');
  await page.getByText('All settings').click();
  await page.getByText('Optimizer', { exact: true }).first().click();
  await page.getByLabel('Learning rate', { exact: true }).fill('10');
  await page.getByLabel('Backbone factor', { exact: true }).fill('10');
  await page.getByLabel('Momentum', { exact: true }).fill('0.9999');
  await page.getByText('All settings').click();
  await page.getByRole('button', { name: 'Start' }).click();
  await page
    .getByRole('status')
    .filter({ hasText: /Failed|Finished/ })
    .waitFor({ timeout: patience });
  await shoot('failed');
}

/** A PyTorch file that fits several networks, what is known of it once it is open, and the ways it can be taken along. */
async function shootModels(page: Page, shoot: Shoot, project: TinyProject): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  const input = page.getByLabel('Model as files or zip', { exact: true });
  await input.setInputFiles(join(projectRoot, 'src/formats/fixtures/keras/weights-only.h5'));
  await page.getByRole('alert').waitFor();
  await shoot('model-refused');
  await input.setInputFiles(join(projectRoot, 'src/formats/fixtures/torch/freeShortcuts.pt'));
  const answer = (name: string): Promise<void> => page.getByRole('button', { name }).click();
  await answer('First convolution with stride 1, no pooling');
  await page.getByRole('button', { name: 'Shortcuts average 2x2 pixels, zero channels on both sides' }).waitFor();
  await shoot('model-question');
  await answer('Shortcuts average 2x2 pixels, zero channels on both sides');
  await page.getByLabel('Preprocessing').selectOption('Own mean and deviation');
  await page.getByLabel('Deviation').waitFor();
  await page.getByLabel('Target images', { exact: true }).setInputFiles(project.target);
  await page.getByLabel('Preset').selectOption('bn-refresh');
  await shoot('model-opened');
  await page.locator('button:enabled', { hasText: 'Start' }).click();
  await statusIs(page, 'Finished');
  await page.getByLabel('Form').selectOption('onnx');
  await page.getByRole('button', { name: 'Download adapted model' }).click();
  await page.getByText(/Verified: read back/).waitFor({ timeout: patience });
  await shoot('model-exported');
}

/** What was asked for; everything when nothing was. */
const isWanted = (part: 'demo' | 'failures' | 'models'): boolean =>
  process.argv.length < 3 || process.argv.slice(2).includes(part);

async function main(browser: Browser, baseURL: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const project = await writeTinyProject();
  for (const viewport of viewports) {
    for (const colorScheme of colorSchemes) {
      const context = await browser.newContext({ viewport, colorScheme, baseURL });
      const page = await context.newPage();
      const shoot: Shoot = async (state) => {
        const path = join(folder, `${state}-${colorScheme}-${viewport.width}.png`);
        // From the top, so that the bar that stays in view lies where it belongs.
        await page.evaluate(() => {
          window.scrollTo({ top: 0, behavior: 'instant' });
        });
        await page.screenshot({ path, fullPage: state !== 'welcome', animations: 'disabled' });
        console.log(path);
      };
      if (isWanted('demo')) await shootDemo(page, shoot);
      if (isWanted('failures')) await shootFailures(page, shoot, project);
      if (isWanted('models')) await shootModels(page, shoot, project);
      await context.close();
    }
  }
}

ensureBuilt(console.log);
const server = createStaticServer(buildFolder);
const port = await listen(
  server,
  Array.from({ length: 20 }, (_, index) => 4400 + index),
);
const executablePath = findChromium(thisMachine());
const browser = await chromium.launch({
  args: softwareGpuArgs(),
  ...(executablePath !== null && { executablePath }),
});
await main(browser, `http://127.0.0.1:${port}/`);
await browser.close();
server.close();
