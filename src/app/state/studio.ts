import { createStore } from 'zustand/vanilla';
import type { ProjectSummary } from '../../shared/protocol';
import { settingsOf } from '../../shared/settings';
import { createActions, type StudioActions } from './actions';
import { forgetBusyRefusals } from './busy';
import type { Engine } from './engine';
import { listenToEngine } from './engineEvents';
import { noMemory, type FolderMemory } from './remembered';
import { idleRun } from './run';
import { createStepLog, type StepLog } from './stepLog';
import type { StudioState } from './studioState';

export interface Studio {
  readonly getState: () => StudioState;
  readonly subscribe: (listener: (state: StudioState, previous: StudioState) => void) => () => void;
  readonly getInitialState: () => StudioState;
  readonly steps: StepLog;
  readonly engine: Engine;
  readonly actions: StudioActions;
}

const emptyProject: ProjectSummary = { models: [], folders: {}, pairs: null, blockers: [], isDemo: false };

/**
 * The page's state over one engine. Actions call the engine; events and answers change the state.
 * @param memory where opened folders are kept for the next visit; by default nowhere
 */
export function createStudio(engine: Engine, memory: FolderMemory = noMemory): Studio {
  const store = createStore<StudioState>(() => ({
    view: 'welcome',
    engine: { kind: 'starting' },
    engineNotices: [],
    project: emptyProject,
    reading: {},
    failures: {},
    dataset: null,
    imported: null,
    remembered: {},
    startedAt: Date.now(),
    preset: 'studio',
    settings: settingsOf('studio'),
    plan: null,
    run: idleRun,
    runProject: '',
    runEngine: '',
    stepsVersion: 0,
    exportForm: 'source',
    modelExport: { kind: 'none' },
    recordExport: { kind: 'none' },
  }));
  const steps = createStepLog();
  listenToEngine(engine, store, steps);
  forgetBusyRefusals(store);
  const actions = createActions(engine, store, steps, memory);
  void actions.recall();
  engine.subscribe((event) => {
    if (event.type === 'project/changed') void actions.replan();
  });
  return {
    getState: store.getState,
    subscribe: store.subscribe,
    getInitialState: store.getInitialState,
    steps,
    engine,
    actions,
  };
}
