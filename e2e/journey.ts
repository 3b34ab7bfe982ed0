import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, type Page } from '@playwright/test';
import type { TinyProject } from './tinyProject';

/** Folders to open; without labelled test images the class folders of the target serve for measuring. */
type ProjectFolders = Pick<TinyProject, 'model' | 'target' | 'pairsRgb' | 'pairsTarget'> &
  Partial<Pick<TinyProject, 'test'>>;

/** Every journey is watched: nothing may leave the own origin, and the page may not complain. */
export const test = base.extend<{ watch: undefined }>({
  watch: [
    async ({ page, baseURL }, use) => {
      const origin = new URL(baseURL ?? '').origin;
      const foreign: string[] = [];
      const complaints: string[] = [];
      page.context().on('request', (request) => {
        const url = new URL(request.url());
        if (!['blob:', 'data:'].includes(url.protocol) && url.origin !== origin) foreign.push(request.url());
      });
      page.on('console', (message) => {
        if (message.type() === 'error') complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await use(undefined);
      expect(foreign, 'requests beyond the own origin').toEqual([]);
      expect(complaints, 'errors on the console').toEqual([]);
    },
    { auto: true },
  ],
});

export const status = (page: Page) => page.getByRole('status');

/** Opens every folder of a project through the page's own inputs. */
export async function openProject(page: Page, project: ProjectFolders): Promise<void> {
  await page.goto('/');
  await page.getByRole('button', { name: 'Use my own model and images' }).click();
  const inputs = [
    ['Source model', project.model],
    ['Target images', project.target],
    ['Paired RGB images', project.pairsRgb],
    ['Paired target images', project.pairsTarget],
    ['Labelled test images', project.test],
  ] as const;
  for (const [label, folder] of inputs) {
    if (folder === undefined) continue;
    const input = page.getByLabel(label, { exact: true });
    await input.setInputFiles(folder);
    await expect(input).toBeEnabled();
  }
}

/** axe over the page as it stands; the list of violations, in words. */
export async function violations(page: Page): Promise<readonly string[]> {
  const { violations: found } = await new AxeBuilder({ page }).analyze();
  return found.map((entry) => `${entry.id}: ${entry.nodes.map((node) => node.target.join(' ')).join(' | ')}`);
}

export { expect };
