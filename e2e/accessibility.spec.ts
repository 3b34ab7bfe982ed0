import { expect, openProject, status, test, violations } from './journey';
import { writeTinyProject } from './tinyProject';

for (const colorScheme of ['light', 'dark'] as const) {
  test.describe(`in ${colorScheme} colours`, () => {
    test.use({ colorScheme });

    test('axe finds nothing in any state', async ({ page }) => {
      test.setTimeout(240_000);
      await page.goto('/');
      await expect(page.getByRole('button', { name: 'Try the demo' })).toBeVisible();
      expect(await violations(page), 'first page').toEqual([]);

      await page.getByRole('button', { name: 'Use my own model and images' }).click();
      expect(await violations(page), 'empty project').toEqual([]);

      const project = await writeTinyProject();
      await page.getByLabel('Model as files or zip').setInputFiles(`${project.model}/model.json`);
      await expect(page.getByRole('alert')).toBeVisible();
      expect(await violations(page), 'refused file').toEqual([]);

      await openProject(page, project);
      await page.getByText('What the network sees').first().click();
      await page.getByText('Look at the pairs').click();
      await page.getByText(/^Layers: /).click();
      await page.getByText('All settings').click();
      await page.getByText('Objective', { exact: true }).click();
      await expect(page.getByRole('img', { name: /^What the network sees of/ })).toBeVisible();
      expect(await violations(page), 'complete project with its details').toEqual([]);

      await page.getByLabel('Epochs').selectOption('50');
      await page.getByLabel('Batch size', { exact: true }).selectOption('4');
      await page.getByRole('button', { name: 'Start' }).click();
      await expect(page.getByRole('heading', { name: 'Confusion matrix' })).toBeVisible();
      await page.getByRole('button', { name: 'Pause' }).click();
      await expect(status(page)).toHaveText('Paused');
      expect(await violations(page), 'run under way').toEqual([]);
      await page.keyboard.press('?');
      await expect(page.getByRole('dialog', { name: 'Keyboard' })).toBeVisible();
      expect(await violations(page), 'keyboard sheet').toEqual([]);
      await page.keyboard.press('Escape');

      await page.getByRole('button', { name: 'Stop' }).click();
      await expect(status(page)).toHaveText('Finished');
      expect(await violations(page), 'finished run').toEqual([]);
      await page.getByRole('button', { name: 'Loss as a table' }).click();
      await page.getByRole('button', { name: 'Batch-norm drift, layer by layer as a table' }).click();
      expect(await violations(page), 'tables').toEqual([]);
    });
  });
}
