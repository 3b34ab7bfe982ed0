import { describe, expect, it, vi } from 'vitest';
import { createScriptedEngine, scriptedFolder, scriptedProject } from '../../tests/scriptedEngine';
import { changedSinceRun } from './setup';
import { createStudio } from './studio';

const fewer = {
  ...scriptedProject,
  folders: {
    ...scriptedProject.folders,
    target: scriptedFolder('target', { usable: 239, skippedCount: 1, fingerprint: 'print-of-239' }),
  },
};
const plan = { steps: 8, stepsPerEpoch: 8, targetImages: 239, pairs: 238, labelled: true, classes: [], formats: [] };

describe('a run that finds files which cannot be read', () => {
  async function start() {
    const engine = createScriptedEngine();
    const studio = createStudio(engine);
    await studio.actions.tryDemo();
    await studio.actions.start();
    return { engine, studio };
  }

  it('changes the project and its plan, and stays the run of this setup', async () => {
    const { engine, studio } = await start();
    const plansBefore = engine.asked.filter(({ command }) => command === 'run/plan').length;
    engine.emit({ type: 'project/changed', project: fewer });
    engine.emit({ type: 'run/plan', runId: 1, plan });
    engine.emit({ type: 'run/finished', runId: 1, stopped: false, seconds: 3 });
    expect(studio.getState().project.folders.target?.usable).toBe(239);
    expect(studio.getState().run.facts?.plan?.targetImages).toBe(239);
    expect(changedSinceRun(studio.getState())).toBe(false);
    await vi.waitFor(() => {
      expect(engine.asked.filter(({ command }) => command === 'run/plan')).toHaveLength(plansBefore + 1);
    });
  });

  it('is another setup when the project changes after it has ended', async () => {
    const { engine, studio } = await start();
    engine.emit({ type: 'run/finished', runId: 1, stopped: false, seconds: 3 });
    engine.emit({ type: 'project/changed', project: fewer });
    expect(changedSinceRun(studio.getState())).toBe(true);
  });
});
