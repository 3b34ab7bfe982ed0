import { copyFileSync, mkdirSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { expect, test } from './journey';
import { writeTinyProject } from './tinyProject';

/** Opens a folder as the target and looks at what the network sees of it. */
async function openTarget(page: Page, folder: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await page.getByLabel('Target images', { exact: true }).setInputFiles(folder);
  await page.getByText('What the network sees').click();
  await expect(page.getByRole('img', { name: /^What the network sees of/ })).toBeVisible();
}

test('the range of the readings is drawn with the pointer, looked at and taken back', async ({ page }) => {
  await openTarget(page, (await writeTinyProject()).target);
  const handle = page.getByRole('slider', { name: 'Reading that becomes white' });
  await handle.evaluate((element) => {
    element.scrollIntoView({ block: 'center', behavior: 'instant' });
  });
  const box = (await handle.boundingBox())!;
  const chart = (await page.getByRole('img', { name: /^Raw readings/ }).boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(chart.x + chart.width * 0.8, box.y + box.height / 2, { steps: 5 });
  await expect(page.getByRole('img', { name: /^With the suggested recipe/ })).toBeVisible();
  await page.mouse.up();
  await expect(page.getByLabel('Scaling', { exact: true })).toHaveValue('clip');
  const set = Number(await handle.getAttribute('aria-valuenow'));
  const [, end] = /to ([\d\s]+)/.exec(
    (await page.getByRole('img', { name: /^Raw readings/ }).getAttribute('aria-label'))!,
  )!;
  expect(Math.abs(set / Number(end!.replaceAll(/\D/g, '')) - 0.8)).toBeLessThan(0.02);
  await expect(page.getByLabel('To', { exact: true })).toHaveValue(String(set));
  await page.getByRole('button', { name: 'Back to the suggestion' }).click();
  await expect(page.getByRole('img', { name: /^With the suggested recipe/ })).toBeHidden();
});

test('all images of a folder are browsed, and those that cannot be used are taken along as a list', async ({
  page,
}) => {
  await openTarget(page, (await writeTinyProject()).target);
  await page.getByText('Browse all 48 images').click();
  await page.getByRole('option', { name: /bars\/004\.png, bars$/ }).click();
  const number = page.getByLabel('Number of the image');
  await expect(number).toHaveValue('5');
  await page.keyboard.press('End');
  await page.keyboard.press('Enter');
  await expect(number).toHaveValue('48');
  await expect(page.getByRole('listbox').getByRole('option', { selected: true })).toHaveAttribute(
    'aria-posinset',
    '48',
  );

  await page.getByText('1 file skipped').click();
  await expect(page.getByRole('group', { name: 'Skipped files' })).toContainText('disc/damaged.png');
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download as CSV' }).click();
  const csv = readFileSync(await (await download).path(), 'utf8');
  expect(csv).toMatch(/^file,reason\r\n.*disc\/damaged\.png,/);
});

test('names that pose as markup or turn round are shown as what they are', async ({ page }) => {
  const { target } = await writeTinyProject();
  const folder = mkdtempSync(join(tmpdir(), 'hostile-'));
  const names = ['<img src=x onerror=alert(1)>.png', 'depth\u202egnp.exe.png', `${'long'.repeat(50)}.png`];
  for (const classFolder of ['<b onmouseover=alert(1)>', 'plain']) {
    mkdirSync(join(folder, classFolder));
    for (const name of names) copyFileSync(join(target, 'disc/000.png'), join(folder, classFolder, name));
  }
  page.on('dialog', (dialog) => {
    throw new Error(`A name was run: ${dialog.message()}`);
  });
  await openTarget(page, folder);
  await page.getByText('Browse all 6 images').click();
  await expect(page.getByRole('option', { name: /onerror=alert\(1\)>\.png, plain$/ })).toBeVisible();
  await expect(page.getByRole('option', { name: /depth\\u202egnp\.exe\.png, plain$/ })).toBeVisible();
  await page.getByText('2 class folders, for measuring only').click();
  await expect(page.getByText('<b onmouseover=alert(1)>', { exact: true }).first()).toBeVisible();
  expect(await page.locator('img, b').count()).toBe(0);
});
