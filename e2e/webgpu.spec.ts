import { readFileSync } from 'node:fs';
import { expect, openProject, status, test } from './journey';
import { writeTinyProject } from './tinyProject';

test('the same run also works on WebGPU, when asked for on a simulated GPU', async ({ page }) => {
  test.setTimeout(240_000);
  await openProject(page, await writeTinyProject());
  await page.getByLabel('Engine').selectOption('webgpu');
  await expect(page.getByText(/WebGPU.*slow/).first()).toBeVisible();
  await page.getByLabel('Epochs').selectOption('1');
  await page.getByLabel('Batch size').selectOption('8');
  await expect(page.getByLabel('GPU kernels')).toHaveValue('own');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(status(page)).toHaveText('Running');
  await expect(page.getByText(/^Compiling GPU programs: \d+ of \d+$/).first()).toBeVisible({ timeout: 60_000 });
  await expect(status(page)).toHaveText('Finished', { timeout: 200_000 });

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download run record' }).click();
  const record = JSON.parse(readFileSync(await (await download).path(), 'utf8')) as Record<string, unknown>;
  expect(record).toMatchObject({
    backend: 'webgpu',
    kernels: { origin: 'own', tiles: 'registers' },
    outcome: 'finished',
  });
});
