import { expect, it } from 'vitest';
import type { EngineEvent, EngineSummary } from '../../shared/protocol';
import { createScriptedEngine, scriptedSummary } from '../../tests/scriptedEngine';
import { durationLine, plannedSeconds } from './setup';
import { createStudio } from './studio';

const onGpu: EngineSummary = { ...scriptedSummary, backend: 'webgpu', kernels: { origin: 'own', tiles: 'registers' } };

/** A studio whose run of 15 epochs of 8 steps, 16 target images each, took 100 s at 32 images a second. */
async function studioAfterRun({ stopped = false } = {}) {
  const engine = createScriptedEngine({
    'engine/select': ({ choice, kernels }) =>
      choice === 'wasm' ? scriptedSummary : kernels === 'stock' ? { ...onGpu, kernels: { origin: 'stock' } } : onGpu,
  });
  const studio = createStudio(engine);
  const emit = (...events: readonly EngineEvent[]): void => {
    events.forEach(engine.emit.bind(engine));
  };
  emit({ type: 'engine/ready', engine: onGpu });
  await studio.actions.tryDemo();
  await studio.actions.setPreset('shot');
  await studio.actions.changeSettings({ epochs: 15, batchSize: 16 });
  await studio.actions.start();
  emit(
    {
      type: 'run/progress', runId: 1, step: 120, steps: 120, epoch: 15, epochs: 15, imagesPerSecond: 32, etaSeconds: 0,
      gpuBytes: 0, tensors: 9, mixing: [1],
    },
    { type: 'run/finished', runId: 1, stopped, seconds: 100 },
  ); // prettier-ignore
  return studio;
}

it('takes as long again, and only the training grows with the steps', async () => {
  const { actions, getState } = await studioAfterRun();
  expect(plannedSeconds(getState())).toBe(100);
  await actions.changeSettings({ epochs: 30 });
  expect(plannedSeconds(getState())).toBe(100 + (15 * 8 * 16) / 32);
});

it('is not known from a run that was stopped', async () => {
  const { getState } = await studioAfterRun({ stopped: true });
  expect(durationLine(getState())).toBe('time shows after a whole run');
});

it('is not known on another engine or with other kernels, and known again on the same', async () => {
  const { actions, getState } = await studioAfterRun();
  await actions.selectEngine('webgpu', 'stock');
  expect(plannedSeconds(getState())).toBeNull();
  await actions.selectEngine('wasm');
  expect(plannedSeconds(getState())).toBeNull();
  await actions.selectEngine('webgpu');
  expect(plannedSeconds(getState())).toBe(100);
});
