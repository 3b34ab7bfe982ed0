import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test, violations } from './journey';
import { sceneDepth, sceneRgb, writeSunRgbd, writeTree } from './sceneTrees';

async function openStudio(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
}

test('a raw SUN RGB-D tree is recognised, asked about and imported into all its rows', async ({ page }) => {
  await openStudio(page);
  await page.getByLabel('Whole dataset', { exact: true }).setInputFiles(writeSunRgbd());
  await expect(page.getByText('SUN RGB-D', { exact: true })).toBeVisible();
  await expect(page.getByText('4 target images')).toBeVisible();
  expect(await violations(page), 'a dataset with its questions').toEqual([]);

  const classes = page.getByRole('group', { name: /class/i });
  await classes.getByRole('checkbox', { name: /office/ }).uncheck();
  await expect(page.getByText('2 target images')).toBeVisible();
  await classes.getByRole('checkbox', { name: /office/ }).check();
  await expect(page.getByText('4 target images')).toBeVisible();
  await page.getByRole('button', { name: 'Import', exact: true }).click();
  await expect(page.getByText('2 class folders, for measuring only')).toBeVisible();
  // The scenes that are not in every camera: one of two frames for each of four cameras.
  await expect(page.getByText('8 pairs', { exact: true })).toBeVisible();
  await expect(page.getByText(/as the dataset says/)).toBeVisible();
  await expect(page.getByText(/^Edges agree [01]\.\d+ .*: aligned\.$/)).toBeVisible();
});

test('a folder that is no dataset is refused in its place, and says what is known', async ({ page }) => {
  await openStudio(page);
  const folder = join(writeTree({ 'scans/notes.md': 'nothing here' }), 'scans');
  await page.getByLabel('Whole dataset', { exact: true }).setInputFiles(folder);
  await expect(page.getByRole('alert')).toContainText('SUN RGB-D');
  await expect(page.getByRole('alert')).toContainText('scans');
});

test('pairs are found by a pattern that is tried while it is written, and wrong ones are noticed', async ({ page }) => {
  const seeds = Array.from({ length: 16 }, (_, at) => at + 1);
  const name = (seed: number): string => String(seed).padStart(4, '0');
  const root = writeTree({
    ...Object.fromEntries(seeds.map((seed) => [`rgb/scene${name(seed)}_c.png`, sceneRgb(seed)])),
    ...Object.fromEntries(seeds.map((seed) => [`depth/scene${name(seed)}_d.png`, sceneDepth(seed)])),
    // Sorts first, so that pairs by order are all one off.
    'depth/scene0000_d.png': sceneDepth(40),
  });
  await openStudio(page);
  await page.getByLabel('Paired RGB images', { exact: true }).setInputFiles(join(root, 'rgb'));
  await page.getByLabel('Paired target images', { exact: true }).setInputFiles(join(root, 'depth'));
  const change = page.getByText('Change how pairs are found');
  await change.click();
  await page.getByRole('radio', { name: 'Order' }).click();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText(/^Edges agree .* do not seem to show the same scenes/)).toBeVisible();
  await page.getByRole('list', { name: 'Least alike pairs' }).getByRole('button').first().click();
  await expect(page.getByRole('img', { name: 'The pair laid over each other' })).toBeVisible();
  expect(await violations(page), 'pairs that do not fit').toEqual([]);

  await page.getByRole('radio', { name: 'Pattern' }).click();
  await page.getByLabel('Pattern for RGB paths').fill('scene');
  await expect(page.getByRole('alert').filter({ hasText: 'has no group' })).toBeVisible();
  await page.getByLabel('Pattern for RGB paths').fill('^(.*)_c\\.');
  await page.getByLabel('Pattern for target paths').fill('^(.*)_d\\.');
  await expect(page.getByText(/^Would give 16 pairs · without partner: 1 target$/)).toBeVisible();
  await page.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText(/^Edges agree [01]\.\d+ .*: aligned\.$/)).toBeVisible();
  await expect(page.getByText('1 file without partner')).toBeVisible();
});
