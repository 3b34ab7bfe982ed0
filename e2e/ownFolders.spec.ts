import { readFileSync } from 'node:fs';
import { expect, openProject, status, test } from './journey';
import { writeTinyProject } from './tinyProject';

test('a model and folders of one’s own are opened, adapted, looked at and taken along', async ({ page }) => {
  await openProject(page, await writeTinyProject());
  await expect(page.getByText('16 pairs', { exact: true })).toBeVisible();
  await expect(page.getByText('1 file without partner')).toBeVisible();
  await expect(page.getByText('1 file skipped')).toBeVisible();

  await page.getByLabel('Preset').selectOption('studio');
  await page.getByLabel('Epochs').selectOption('2');
  await page.getByLabel('Batch size').selectOption('8');
  await page.getByLabel('Seed').selectOption('7');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(status(page)).toHaveText('Running');
  await expect(status(page)).toHaveText('Finished', { timeout: 50_000 });

  await expect(page.getByText(/Done in .* Accuracy/)).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Batch-norm drift, layer by layer' })).toBeVisible();
  await page.getByRole('button', { name: 'Batch-norm drift, layer by layer as a table' }).click();
  await expect(page.getByRole('cell', { name: 'stem_bn' })).toBeVisible();

  const cell = page.getByRole('button', { name: /^Actual disc, predicted .*: [1-9]/ }).first();
  const images = Number(/(\d+) images$/.exec((await cell.getAttribute('aria-label')) ?? '')?.[1]);
  await cell.click();
  await expect(page.getByRole('img', { name: /^Image \d+$/ })).toHaveCount(images);
  await page.getByRole('button', { name: /Remove this filter/ }).click();
  await expect(page.getByRole('heading', { name: 'Changed their prediction' })).toBeVisible();

  const modelDownload = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download adapted model' }).click();
  expect((await modelDownload).suggestedFilename()).toMatch(/\.zip$/);
  await expect(page.getByText(/Verified: read back, the largest logit difference/)).toBeVisible();

  const recordDownload = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download run record' }).click();
  const record = JSON.parse(readFileSync(await (await recordDownload).path(), 'utf8')) as Record<string, unknown>;
  expect(record).toMatchObject({ preset: 'studio', seed: 7, backend: 'wasm', outcome: 'finished' });
});

test('a run pauses between two steps, resumes and ends early on request', async ({ page }) => {
  await openProject(page, await writeTinyProject());
  await page.getByLabel('Epochs').selectOption('50');
  await page.getByLabel('Batch size').selectOption('4');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText(/step \d+ of/)).toBeVisible();
  await page.getByRole('button', { name: 'Pause' }).click();
  await expect(status(page)).toHaveText('Paused');
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(status(page)).toHaveText('Running');
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(status(page)).toHaveText('Finished');
  await expect(page.getByRole('button', { name: 'Download adapted model' })).toBeEnabled();
});
