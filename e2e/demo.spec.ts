import { expect, status, test } from './journey';

test('the demo goes from one click to a better model that can be taken along', async ({ page }) => {
  test.setTimeout(300_000);
  await page.goto('/');
  await page.getByRole('button', { name: 'Try the demo' }).click();
  const start = page.getByRole('button', { name: 'Start' });
  await expect(start).toBeEnabled({ timeout: 30_000 });
  await page.getByLabel('Epochs').selectOption('3');
  await start.click();
  await expect(status(page)).toHaveText('Running');
  await expect(page.getByText(/step \d+ of/)).toBeVisible({ timeout: 180_000 });
  await expect(page).toHaveTitle(/^\d+ % – SOCKET Studio$/);
  await expect(status(page)).toHaveText('Finished', { timeout: 240_000 });

  const sentence = await page.getByText(/Done in .* points above source only/).textContent();
  const gain = Number(/([\d.]+) points above/.exec(sentence ?? '')?.[1]);
  expect(gain).toBeGreaterThan(15);

  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download adapted model' }).click();
  await download;
  await expect(page.getByText(/Verified: read back/)).toBeVisible();
});
