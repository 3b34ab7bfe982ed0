import { createStore } from 'zustand/vanilla';
import type { ProjectSummary } from '../../shared/protocol';
import { settingsOf } from '../../shared/settings';
import { createActions, type StudioActions } from './actions';
import { forgetBusyRefusals } from './busy';
import type { Engine } from './engine';
import { listenToEngine } from './engineEvents';
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

/** The page's state over one engine. Actions call the engine; events and answers change the state. */
export function createStudio(engine: Engine): Studio {
  const store = createStore<StudioState>(() => ({
    view: 'welcome',
    engine: { kind: 'starting' },
    engineNotices: [],
    project: emptyProject,
    reading: {},
    failures: {},
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
  return {
    getState: store.getState,
    subscribe: store.subscribe,
    getInitialState: store.getInitialState,
    steps,
    engine,
    actions: createActions(engine, store, steps),
  };
}
