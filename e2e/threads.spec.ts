import type { Page } from '@playwright/test';
import { expect, test } from './journey';

const engine = (page: Page) => page.getByText(/^WebAssembly \(SIMD/).first();
const threadScript = /wasmThread-[\w-]+\.js/;

/** Lets the engine start its threads from another script: the one whose name `pattern` finds in the engine's. */
const replaceThreads = (page: Page, pattern: RegExp) =>
  page.route('**/assets/worker-*.js', async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    await route.fulfill({ response, body: body.replace(threadScript, pattern.exec(body)?.[0] ?? 'missing.js') });
  });

test('the sealed studio computes on several threads of its own origin, and again after a restart', async ({ page }) => {
  const scripts: string[] = [];
  page.on('worker', (worker) => scripts.push(new URL(worker.url()).pathname));
  await page.goto('/');
  const cores = await page.evaluate(() => navigator.hardwareConcurrency);
  test.skip(cores < 2, 'This machine has one core.');
  expect(await page.evaluate(() => window.crossOriginIsolated)).toBe(true);
  await expect(engine(page)).toHaveText(/^WebAssembly \(SIMD, [2-9] threads\), because/);
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await page.getByLabel('Engine').selectOption('wasm');
  await expect(engine(page)).toHaveText(/^WebAssembly \(SIMD, [2-9] threads\), as you chose\.$/);
  expect(scripts.filter((script) => threadScript.test(script)).length).toBeGreaterThan(1);
});

test('a page that is not isolated computes on one thread and says so', async ({ page }) => {
  await page.route('/', async (route) => {
    const response = await route.fetch();
    const headers = Object.entries(response.headers()).filter(([name]) => !name.startsWith('cross-origin-'));
    await route.fulfill({ response, headers: Object.fromEntries(headers) });
  });
  await page.goto('/');
  await expect(engine(page)).toHaveText(
    /\(SIMD, 1 thread\).*; on one thread, because the page is not cross-origin isolated/,
  );
});

for (const [what, pattern, reason] of [
  ['cannot be loaded', /no such name/, 'their script did not load'],
  ['never say that they are there', /decodeWorker-[\w-]+\.js/, 'they did not load within 10 seconds'],
] as const) {
  test(`threads that ${what} leave one, and it is said why`, async ({ page }) => {
    await page.goto('/');
    test.skip((await page.evaluate(() => navigator.hardwareConcurrency)) < 2, 'This machine has one core.');
    await replaceThreads(page, pattern);
    await page.reload();
    await expect(engine(page)).toContainText(`on one thread, because its threads did not start: ${reason}`, {
      timeout: 30_000,
    });
  });
}
