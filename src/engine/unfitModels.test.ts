import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { image, layer, modelFiles, sequential } from '../formats/fixtures/kerasModel';
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

it('refuses to re-estimate statistics that a model has not', async () => {
  const studio = createStudioHarness();
  const files = modelFiles(
    sequential([
      image(6, 6),
      layer('Conv2D', 'conv', { filters: 2, kernel_size: 3 }),
      layer('GlobalAveragePooling2D', 'pool'),
      layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
    ]),
    { 'conv/kernel': [3, 3, 3, 2], 'conv/bias': [2], 'classes/kernel': [2, 3], 'classes/bias': [3] },
  );
  const dropped = files.map(({ path, bytes }) => ({ path, file: new File([new Uint8Array(bytes)], path) }));
  await studio.handlers['model/open']({ files: dropped });
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(6, ['a', 'b', 'c']) });
  const plan = (preset: 'bn-refresh' | 'source-only') =>
    studio.handlers['run/plan']({ preset, settings: settingsOf(preset, { seed: 1 }) });
  expect(() => plan('bn-refresh')).toThrow('the model has no batch-norm layers: nothing would change');
  expect(plan('source-only')).toMatchObject({ formats: ['TFJS LayersModel'] });
});
