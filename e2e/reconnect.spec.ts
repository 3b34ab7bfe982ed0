import { encode } from 'fast-png';
import type { Page } from '@playwright/test';
import { expect, test, violations } from './journey';

const size = 24;

/** A small 16-bit picture; another seed gives another one, of another size in bytes. */
function depthPng(seed: number): number[] {
  const data = Uint16Array.from({ length: size * size }, (_, at) => 800 + ((at * (seed + 3)) % 1200));
  return [...encode({ width: size, height: size, data, channels: 1, depth: 16 })];
}

/**
 * A folder whose handle the browser gives without asking: one of the page's own storage. The chooser of this page gives
 * it too, as a person would.
 */
async function provideFolder(page: Page, name: string): Promise<void> {
  await page.addInitScript((folder) => {
    Object.assign(window, {
      showDirectoryPicker: async () => (await navigator.storage.getDirectory()).getDirectoryHandle(folder),
    });
  }, name);
}

const write = (page: Page, folder: string, path: readonly [string, string], bytes: readonly number[]): Promise<void> =>
  page.evaluate(
    async ([top, [below, file], content]) => {
      const root = await (await navigator.storage.getDirectory()).getDirectoryHandle(top, { create: true });
      const handle = await (
        await root.getDirectoryHandle(below, { create: true })
      ).getFileHandle(file, { create: true });
      const stream = await handle.createWritable();
      await stream.write(Uint8Array.from(content));
      await stream.close();
    },
    [folder, path, bytes] as const,
  );

const remove = (page: Page, folder: string, path?: readonly [string, string]): Promise<void> =>
  page.evaluate(
    async ([top, inside]) => {
      const storage = await navigator.storage.getDirectory();
      if (inside === null) await storage.removeEntry(top, { recursive: true });
      else await (await (await storage.getDirectoryHandle(top)).getDirectoryHandle(inside[0])).removeEntry(inside[1]);
    },
    [folder, path ?? null] as const,
  );

async function openStudio(page: Page): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
}

test('a folder of an earlier visit is opened again with a click, with its recipe, and what changed is told', async ({
  page,
}) => {
  await provideFolder(page, 'kv1_depth');
  await openStudio(page);
  for (let at = 0; at < 6; at += 1) {
    await write(page, 'kv1_depth', [at % 2 === 0 ? 'desk' : 'sofa', `${String(at)}.png`], depthPng(at));
  }
  await page.getByLabel('Target images', { exact: true }).press('Enter');
  await expect(page.getByText('6 images', { exact: true })).toBeVisible();
  await page.getByText('What the network sees').click();
  await page.getByLabel('Holes').selectOption('nearest');
  await expect(page.getByText('Set by hand.')).toBeVisible();

  await page.reload();
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await expect(page.getByText('opened today, 6 files')).toBeVisible();
  expect(await violations(page), 'a remembered folder').toEqual([]);
  await write(page, 'kv1_depth', ['desk', '0.png'], depthPng(50));
  await write(page, 'kv1_depth', ['desk', '8.png'], depthPng(8));
  await remove(page, 'kv1_depth', ['sofa', '5.png']);
  await page.getByRole('button', { name: 'Reconnect “kv1_depth”' }).click();
  await expect(page.getByText('6 images', { exact: true })).toBeVisible();
  await expect(page.getByText('Since you last opened this folder: 1 file changed, 1 new, 1 gone.')).toBeVisible();
  await page.getByText('What the network sees').click();
  await expect(page.getByText('Set by hand.')).toBeVisible();
  await expect(page.getByLabel('Holes')).toHaveValue('nearest');

  await page.reload();
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await remove(page, 'kv1_depth');
  await page.getByRole('button', { name: 'Reconnect “kv1_depth”' }).click();
  await expect(page.getByRole('alert')).toContainText('The folder "kv1_depth" was moved, renamed or removed.');
  await expect(page.getByRole('alert')).toContainText('compared with the 6 files that are remembered');
  await page.getByRole('button', { name: 'Forget kv1_depth' }).click();
  await page.reload();
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  await expect(page.getByLabel('Target images', { exact: true })).toBeEnabled();
  await expect(page.getByText('Reconnect “kv1_depth”')).toHaveCount(0);
});
