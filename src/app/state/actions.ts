import type { StoreApi } from 'zustand/vanilla';
import { StudioError, type Failure } from '../../shared/failure';
import type { KernelChoice } from '../../shared/gpuKernels';
import type { BackendChoice } from '../../shared/protocol';
import type { PresetName, Settings } from '../../shared/settings';
import { settingsOf } from '../../shared/settings';
import { attempt, without } from './attempt';
import { busyFailure } from './busy';
import { createDatasetActions, type DatasetActions } from './datasetActions';
import { filesOfPicked, type Picked } from './dropFiles';
import type { Engine } from './engine';
import { createFolderActions, type FolderActions, type FolderOpener } from './folderActions';
import { createFolderKeeper } from './folderKeeper';
import { createProjectSteps, type ProjectSteps } from './projectSteps';
import type { FolderMemory } from './remembered';
import { isActive } from './run';
import { createModelActions, type ModelActions, type ModelOpener } from './modelActions';
import { createRunActions, type RunActions } from './runActions';
import type { Slot } from './slots';
import type { StepLog } from './stepLog';
import type { FailurePlace, StudioState } from './studioState';

export interface StudioActions extends RunActions, ModelActions, FolderActions, DatasetActions {
  readonly tryDemo: () => Promise<void>;
  readonly openOwn: () => Promise<void>;
  readonly goHome: () => void;
  readonly backToRun: () => void;
  /** `read` begins before this returns, because a drop can only be read inside its event. */
  readonly openFiles: (
    slot: Slot,
    read: () => Promise<Picked>,
    /** Id of the model that the one in the files takes the place of. */
    replaces?: number,
  ) => Promise<void>;
  readonly selectEngine: (choice: BackendChoice, kernels?: KernelChoice) => Promise<void>;
  readonly setPreset: (preset: PresetName) => Promise<void>;
  readonly changeSettings: (changes: Partial<Settings>) => Promise<void>;
  /** Asks what a run would be now, after the project changed. */
  readonly replan: () => Promise<void>;
  readonly dismissFailure: (place: FailurePlace) => void;
  readonly dismissEngineNotice: (message: string) => void;
}

type Store = StoreApi<StudioState>;

const emptyFolder: Failure = {
  code: 'no-images',
  message: 'That folder is empty.',
  remedy: 'Choose or drop the folder that holds the files.',
};

type OpeningActions = Pick<StudioActions, 'tryDemo' | 'openOwn' | 'goHome' | 'backToRun' | 'openFiles'>;

/** The doors of the page: what is opened, and what is refused there while a run or a reading is on. */
function createOpeningActions(
  engine: Engine,
  store: Store,
  { reading, changing }: ProjectSteps,
  openModel: ModelOpener,
  openFolder: FolderOpener,
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
      if (store.getState().project.isDemo) store.setState({ imported: null });
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
        store.setState({ failures: {}, imported: null });
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
      // Why something was no dataset is read by now.
      store.setState((state) => ({ failures: without(state.failures, 'dataset') }));
      await reading(slot, async () => {
        const picked = await read();
        if (picked.kind === 'files' && picked.files.length === 0) throw new StudioError(emptyFolder);
        if (slot !== 'model') return openFolder(slot, picked);
        const files = await filesOfPicked(picked);
        return openModel({ files, ...(replaces !== undefined && { replaces }) });
      });
    },
  };
}

export function createActions(engine: Engine, store: Store, steps: StepLog, memory: FolderMemory): StudioActions {
  const project = createProjectSteps(engine, store);
  const { replan } = project;
  const keeper = createFolderKeeper(store, memory);
  const { openModel, ...modelActions } = createModelActions(engine, project);
  const { openFolder, pickedFor, ...folderActions } = createFolderActions(engine, store, project, keeper);
  return {
    ...createRunActions(engine, store, steps),
    ...createOpeningActions(engine, store, project, openModel, openFolder),
    ...modelActions,
    ...folderActions,
    ...createDatasetActions(engine, store, project, keeper, pickedFor),
    replan,
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
