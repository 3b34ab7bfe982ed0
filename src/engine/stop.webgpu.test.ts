import { describe, expect, it, vi } from 'vitest';
import type { RunRecord } from '../shared/runRecord';
import { settingsOf } from '../shared/settings';
import { useBackend } from '../tests/backend';
import { createStudioHarness, targetFiles, tinyClasses, tinyModelFiles } from '../tests/studioHarness';
import { unguarded } from './gpuGuard';

describe('a run on a GPU that is stopped while steps are under way', () => {
  useBackend('webgpu');
  vi.setConfig({ testTimeout: 120_000 });

  it('ends after them: the weights that it keeps are those of the step it tells', async () => {
    const studio = createStudioHarness(unguarded, { backend: 'webgpu' });
    const { handlers } = studio;
    await handlers['model/open']({ files: await tinyModelFiles(1) });
    await handlers['images/open']({ role: 'target', files: targetFiles(18, tinyClasses) });
    const settings = settingsOf('tent', { epochs: 2, batchSize: 3, seed: 7 });
    const { runId } = await handlers['run/start']({ preset: 'tent', settings });
    await studio.once('run/steps');
    await handlers['run/stop']({ runId });
    await studio.once('run/finished');
    const record = JSON.parse((await handlers['run/record']({ runId })).json) as RunRecord;
    expect(record.outcome).toBe('stopped');
    // The six steps of the first epoch were set off together.
    expect(record.steps.rows.map(([step]) => step)).toEqual(record.steps.rows.map((_, at) => at + 1));
    expect(record.steps.rows.length).toBe(6);
    expect(record.evaluations['adapted']?.step).toBe(6);
  });
});
