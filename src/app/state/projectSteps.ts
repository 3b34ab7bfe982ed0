import type { StoreApi } from 'zustand/vanilla';
import { toFailure, type Failure } from '../../shared/failure';
import type { ProjectSummary, RunPlan } from '../../shared/protocol';
import { attempt, without } from './attempt';
import type { Engine } from './engine';
import { idleRun } from './run';
import type { FailurePlace, ReadingSlot, StudioState } from './studioState';

/** What every action on the project ends with: the new summary in the state, and a new plan. */
export interface ProjectSteps {
  readonly replan: () => Promise<void>;
  /** Work that reads files, with its progress and its failure at `slot`. */
  readonly reading: (slot: ReadingSlot, work: () => Promise<ProjectSummary>) => Promise<void>;
  /** Work of a moment; its failure is shown at `place`. @returns whether it went well */
  readonly changing: (place: FailurePlace, work: () => Promise<ProjectSummary>) => Promise<boolean>;
}

export function createProjectSteps(engine: Engine, store: StoreApi<StudioState>): ProjectSteps {
  const replan = async (): Promise<void> => {
    // A refusal to begin speaks of a setup that is no more.
    store.setState(({ run }) => (run.phase === 'failed' && run.facts === null ? { run: idleRun } : {}));
    const { project, preset, settings } = store.getState();
    const settle = (plan: RunPlan | null, failure?: Failure): void => {
      const now = store.getState();
      if (now.project !== project || now.preset !== preset || now.settings !== settings) return;
      const others = without(now.failures, 'method');
      store.setState({ plan, failures: failure === undefined ? others : { ...others, method: failure } });
    };
    if (project.models.length === 0 || project.folders.target === undefined) {
      settle(null);
      return;
    }
    try {
      settle(await engine.call('run/plan', { preset, settings }));
    } catch (thrown) {
      settle(null, toFailure(thrown));
    }
  };

  const reading = async (slot: ReadingSlot, work: () => Promise<ProjectSummary>): Promise<void> => {
    store.setState((state) => ({ reading: { ...state.reading, [slot]: { done: 0, total: 0 } } }));
    await attempt(store, slot, async () => {
      store.setState({ project: await work() });
    });
    store.setState((state) => ({ reading: without(state.reading, slot) }));
    await replan();
  };

  const changing = async (place: FailurePlace, work: () => Promise<ProjectSummary>): Promise<boolean> => {
    const done = await attempt(store, place, async () => {
      store.setState({ project: await work() });
    });
    if (done) await replan();
    return done;
  };

  return { replan, reading, changing };
}
