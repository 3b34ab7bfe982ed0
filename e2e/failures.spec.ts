import { join } from 'node:path';
import { expect, openProject, status, test } from './journey';
import { writeTinyProject } from './tinyProject';

test('files that cannot be used are refused where they were given, with a way out', async ({ page }) => {
  const project = await writeTinyProject();
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  const refusal = page.getByRole('alert');

  await page.getByLabel('Source model', { exact: true }).setInputFiles(project.notes);
  await expect(refusal).toContainText('unknown-format');
  await page.getByRole('button', { name: 'Dismiss' }).click();
  await expect(refusal).toHaveCount(0);

  await page.getByLabel('Model as files or zip').setInputFiles(join(project.model, 'model.json'));
  await expect(refusal).toContainText('weights.bin');
  await expect(refusal).toContainText('missing-file');
  await page.getByLabel('Source model', { exact: true }).setInputFiles(project.model);
  await expect(page.getByText('shapes-model')).toBeVisible();
  await expect(refusal).toHaveCount(0);

  await page.getByLabel('Target images', { exact: true }).setInputFiles(project.notes);
  await expect(refusal).toContainText('no-images');
  await expect(page.getByRole('button', { name: 'Start' })).toBeDisabled();
});

test('a folder that is dropped opens like one that is chosen', async ({ page }) => {
  const project = await writeTinyProject();
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  const box = await page.getByText('Drop the folder of depth or infrared images').boundingBox();
  if (box === null) throw new Error('The row for target images is not on the page.');
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [project.target], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: box.x + 5, y: box.y + 5, data });
  }
  await expect(page.getByText('48 images')).toBeVisible();
  await expect(page.getByText('3 class folders, for measuring only')).toBeVisible();
});

test('a loss that is no number any more ends the run with a sentence and a remedy', async ({ page }) => {
  await openProject(page, await writeTinyProject());
  await page.getByLabel('Epochs').selectOption('30');
  await page.getByText('All settings').click();
  await page.getByText('Optimizer', { exact: true }).first().click();
  await page.getByText('Safety', { exact: true }).click();
  const wild = {
    'Learning rate': '10',
    'Backbone factor': '10',
    Momentum: '0.99',
    'Weight decay': '1',
    'Collapse alarm': '1',
  };
  for (const [label, value] of Object.entries(wild)) {
    await page.getByLabel(label, { exact: true }).fill(value);
    await page.getByLabel(label, { exact: true }).press('Enter');
  }
  await expect(page.getByText('Optimizer · 4 changed')).toBeVisible();
  await page.getByRole('button', { name: 'Start' }).click();
  await expect(status(page)).toHaveText('Failed', { timeout: 50_000 });
  await expect(page.getByRole('alert')).toContainText('not-finite');
  await expect(page.getByRole('alert').getByRole('button', { name: 'Copy details' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Download run record' })).toBeEnabled();
});
