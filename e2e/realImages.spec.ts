import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, openProject, status, test } from './journey';

const shared = resolve(import.meta.dirname, '..', process.env.SHARED_DIR ?? '../shared');
const images = join(shared, 'data/nyu-objects-depth');

test('a real RGB classifier starts to adapt to real depth images', async ({ page }) => {
  test.skip(!existsSync(images), `needs the image sets of ${shared}`);
  test.setTimeout(240_000);
  await openProject(page, {
    model: join(shared, 'models/nyu-objects-resnet8-s0'),
    target: join(images, 'target_depth'),
    pairsRgb: join(images, 'irrelevant_rgb'),
    pairsTarget: join(images, 'irrelevant_depth'),
  });
  await expect(page.getByText('362 images')).toBeVisible();
  await expect(page.getByText('210 pairs', { exact: true })).toBeVisible();
  await page.getByLabel('Epochs').selectOption('1');
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(page.getByText('19.1 %').first()).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText(/step [3-9] of 12/)).toBeVisible({ timeout: 120_000 });
  await page.getByRole('button', { name: 'Stop' }).click();
  await expect(status(page)).toHaveText('Finished', { timeout: 60_000 });
  await expect(page.getByRole('button', { name: 'Download adapted model' })).toBeEnabled();
});
