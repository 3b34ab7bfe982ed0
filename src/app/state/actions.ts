import type { StoreApi } from 'zustand/vanilla';
import { StudioError, toFailure, type Failure } from '../../shared/failure';
import type { KernelChoice } from '../../shared/gpuKernels';
import type { DroppedFile, ImageRole } from '../../shared/images';
import type { BackendChoice, ProjectSummary, RunPlan } from '../../shared/protocol';
import type { ImageRecipe } from '../../shared/recipe';
import type { PresetName, Settings } from '../../shared/settings';
import { settingsOf } from '../../shared/settings';
import { attempt, without } from './attempt';
import { busyFailure } from './busy';
import type { Engine } from './engine';
import { idleRun, isActive } from './run';
import { createModelActions, type ModelActions, type ModelOpener } from './modelActions';
import { createRunActions, type RunActions } from './runActions';
import type { Slot } from './slots';
import type { StepLog } from './stepLog';
import type { FailurePlace, ReadingSlot, StudioState } from './studioState';

export interface StudioActions extends RunActions, ModelActions {
  readonly tryDemo: () => Promise<void>;
  readonly openOwn: () => Promise<void>;
  readonly goHome: () => void;
  readonly backToRun: () => void;
  /** `read` begins before this returns, because a drop can only be read inside its event. */
  readonly openFiles: (
    slot: Slot,
    read: () => Promise<readonly DroppedFile[]>,
    /** Id of the model that the one in the files takes the place of. */
    replaces?: number,
  ) => Promise<void>;
  readonly removeFolder: (role: ImageRole) => Promise<void>;
  readonly setRecipe: (role: ImageRole, recipe: ImageRecipe) => Promise<void>;
  readonly selectEngine: (choice: BackendChoice, kernels?: KernelChoice) => Promise<void>;
  readonly setPreset: (preset: PresetName) => Promise<void>;
  readonly changeSettings: (changes: Partial<Settings>) => Promise<void>;
  readonly dismissFailure: (place: FailurePlace) => void;
  readonly dismissEngineNotice: (message: string) => void;
}

type Store = StoreApi<StudioState>;

const emptyFolder: Failure = {
  code: 'no-images',
  message: 'That folder is empty.',
  remedy: 'Choose or drop the folder that holds the files.',
};

/** What every action on the project ends with: the new summary in the state, and a new plan. */
function createSteps(engine: Engine, store: Store) {
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

  const changing = async (place: FailurePlace, work: () => Promise<ProjectSummary>): Promise<void> => {
    const done = await attempt(store, place, async () => {
      store.setState({ project: await work() });
    });
    if (done) await replan();
  };

  return { replan, reading, changing };
}

type Steps = ReturnType<typeof createSteps>;
type OpeningActions = Pick<StudioActions, 'tryDemo' | 'openOwn' | 'goHome' | 'backToRun' | 'openFiles'>;

/** The doors of the page: what is opened, and what is refused there while a run or a reading is on. */
function createOpeningActions(
  engine: Engine,
  store: Store,
  { reading, changing }: Steps,
  openModel: ModelOpener,
): OpeningActions {
  const refuse = (place: FailurePlace, failure: Failure): void => {
    store.setState((state) => ({ failures: { ...state.failures, [place]: failure } }));
  };
  return {
    async tryDemo() {
      const { run, reading: busyWith } = store.getState();
      if (isActive(run)) {
        refuse('welcome', busyFailure('the demo cannot be opened', 'run'));
        return;
      }
      store.setState({ view: 'studio', failures: {} });
      if (busyWith.demo === undefined) await reading('demo', () => engine.call('project/demo', {}));
    },
    async openOwn() {
      const { run, project } = store.getState();
      if (project.isDemo && isActive(run)) {
        refuse('welcome', busyFailure('the demo cannot be closed', 'run'));
        return;
      }
      store.setState((state) => ({ view: 'studio', failures: without(state.failures, 'welcome') }));
      if (!project.isDemo) return;
      await changing('demo', async () => {
        const emptied = await engine.call('project/reset', {});
        store.setState({ failures: {} });
        return emptied;
      });
    },
    goHome: () => {
      store.setState((state) => ({ view: 'welcome', failures: without(state.failures, 'welcome') }));
    },
    backToRun: () => {
      store.setState((state) => ({ view: 'studio', failures: without(state.failures, 'welcome') }));
    },
    async openFiles(slot, read, replaces) {
      const { run, reading: busyWith } = store.getState();
      const isReading = busyWith[slot] !== undefined || busyWith.demo !== undefined;
      if (isActive(run) || isReading) {
        refuse(slot, busyFailure('nothing can be opened here', isReading ? 'reading' : 'run'));
        return;
      }
      await reading(slot, async () => {
        const files = await read();
        if (files.length === 0) throw new StudioError(emptyFolder);
        if (slot === 'model') return openModel({ files, ...(replaces !== undefined && { replaces }) });
        return engine.call('images/open', { role: slot, files });
      });
    },
  };
}

export function createActions(engine: Engine, store: Store, steps: StepLog): StudioActions {
  const project = createSteps(engine, store);
  const { replan, changing } = project;
  const { openModel, ...modelActions } = createModelActions(engine, project);
  return {
    ...createRunActions(engine, store, steps),
    ...createOpeningActions(engine, store, project, openModel),
    ...modelActions,
    removeFolder: (role) => changing(role, () => engine.call('images/remove', { role })),
    setRecipe: (role, recipe) => changing(role, () => engine.call('images/recipe', { role, recipe })),
    async selectEngine(choice, kernels = 'own') {
      await attempt(store, 'engine', async () => {
        const summary = await engine.call('engine/select', { choice, kernels });
        store.setState({ engine: { kind: 'ready', summary } });
      });
    },
    async setPreset(preset) {
      const { seed, batchSize } = store.getState().settings;
      store.setState({ preset, settings: settingsOf(preset, { seed, batchSize }) });
      await replan();
    },
    async changeSettings(changes) {
      store.setState((state) => ({ settings: { ...state.settings, ...changes } }));
      await replan();
    },
    dismissFailure: (place) => {
      store.setState((state) => ({ failures: without(state.failures, place) }));
    },
    dismissEngineNotice: (message) => {
      store.setState(({ engineNotices }) => ({
        engineNotices: engineNotices.filter((notice) => notice.message !== message),
      }));
    },
  };
}
