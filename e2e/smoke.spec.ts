import { expect, test, type Response } from '@playwright/test';
import { strictHeaders } from '../src/cli/headers.ts';

test('the studio loads sealed: its own headers everywhere, isolated, and nothing asked of any other origin', async ({
  page,
  baseURL,
}) => {
  const origin = new URL(baseURL ?? '').origin;
  const responses: Response[] = [];
  const requested: string[] = [];
  const complaints: string[] = [];
  page.on('response', (response) => responses.push(response));
  page.context().on('request', (request) => requested.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));

  const worker = page.waitForEvent('worker');
  await page.goto('/');
  const workerScript = (await worker).url();
  await expect(page.getByRole('button', { name: 'Try the demo' })).toBeVisible();

  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  const scripts = responses.filter((response) => response.url().endsWith('.js'));
  expect(scripts.length).toBeGreaterThan(0);
  const html = await page.request.get('/');
  const workerAgain = await page.request.get(workerScript);
  for (const response of [html, workerAgain, ...scripts]) {
    for (const [name, value] of Object.entries(strictHeaders)) {
      expect(response.headers()[name.toLowerCase()], `${name} of ${response.url()}`).toBe(value);
    }
  }
  expect(requested.filter((url) => new URL(url).origin !== origin && !url.startsWith('blob:'))).toEqual([]);
  expect(complaints).toEqual([]);
});

test('the licences of all that is bundled come with the build', async ({ page }) => {
  const notices = await page.request.get('/third-party-notices.txt');
  expect(notices.status()).toBe(200);
  const text = await notices.text();
  for (const name of ['react', '@tensorflow/tfjs-core', '@tensorflow/tfjs-backend-wasm'])
    expect(text).toContain(`\n${name} `);
});
