import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { settingsOf } from '../shared/settings';
import { useBackend } from '../tests/backend';
import { createStudioHarness, targetFiles } from '../tests/studioHarness';

useBackend('cpu');

it('ends a run whose model gives finite answers from infinite statistics, and names the layer', async () => {
  const path = 'src/formats/fixtures/keras/keras3-counted.keras'; // its weights are counted up: 1, 2, 3, …
  const studio = createStudioHarness();
  await studio.handlers['model/open']({
    files: [{ path: 'counted.keras', file: new File([readFileSync(path)], path) }],
  });
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(6, ['a', 'b', 'c']) });
  await studio.handlers['run/start']({ preset: 'bn-refresh', settings: settingsOf('bn-refresh', { seed: 1 }) });
  const { failure } = await studio.once('run/failed');
  expect(failure).toMatchObject({
    code: 'not-finite',
    message: expect.stringContaining('The batch-norm layer no_scale receives values too large') as string,
    remedy: expect.stringContaining('preprocessing') as string,
  });
  expect(studio.events.some(({ type }) => type === 'run/drift')).toBe(false);
});
