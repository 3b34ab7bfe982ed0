import type { StoreApi } from 'zustand/vanilla';
import type { ExportForm } from '../../shared/exportForm';
import { toFailure } from '../../shared/failure';
import { attempt, without } from './attempt';
import type { Engine } from './engine';
import { confirmStart, isActive, requestStop, withdrawStop } from './run';
import { enginePrint, projectPrint } from './setup';
import { saveBlob } from './saveBlob';
import type { StepLog } from './stepLog';
import type { StudioState } from './studioState';

export interface RunActions {
  readonly start: () => Promise<void>;
  readonly pause: () => Promise<void>;
  readonly resume: () => Promise<void>;
  readonly stop: () => Promise<void>;
  readonly setExportForm: (form: ExportForm) => void;
  readonly exportModel: () => Promise<void>;
  readonly exportRecord: () => Promise<void>;
}

export function createRunActions(engine: Engine, store: StoreApi<StudioState>, steps: StepLog): RunActions {
  const withRun = async (command: 'run/pause' | 'run/resume' | 'run/stop'): Promise<boolean> => {
    const runId = store.getState().run.facts?.runId;
    if (runId === undefined) return false;
    return attempt(store, 'run', async () => {
      await engine.call(command, { runId });
    });
  };

  return {
    async start() {
      const { run, project, engine: computes, preset, settings } = store.getState();
      if (isActive(run)) return;
      steps.clear();
      store.setState({
        run: { phase: 'starting', facts: null, preset, settings, lastRunId: run.facts?.runId ?? -1 },
        runProject: projectPrint(project),
        runEngine: enginePrint(computes),
        stepsVersion: 0,
        modelExport: { kind: 'none' },
        recordExport: { kind: 'none' },
        failures: {},
      });
      try {
        const { runId, plan } = await engine.call('run/start', { preset, settings });
        store.setState((state) => ({ run: confirmStart(state.run, runId, plan) }));
      } catch (thrown) {
        store.setState((state) => ({
          run: { phase: 'failed', facts: state.run.facts, failure: toFailure(thrown), exportable: false },
        }));
      }
    },
    async pause() {
      await withRun('run/pause');
    },
    async resume() {
      await withRun('run/resume');
    },
    async stop() {
      const { run } = store.getState();
      const stopping = requestStop(run);
      if (stopping === run) return;
      store.setState({ run: stopping });
      if (await withRun('run/stop')) return;
      store.setState((state) => ({ run: withdrawStop(state.run, run) }));
    },
    ...createExportActions(engine, store),
  };
}

type ExportActions = Pick<RunActions, 'setExportForm' | 'exportModel' | 'exportRecord'>;

function createExportActions(engine: Engine, store: StoreApi<StudioState>): ExportActions {
  return {
    setExportForm(exportForm) {
      // What was said of the last download, or against it, concerns another form.
      const modelExport = { kind: 'none' } as const;
      store.setState((state) => ({ exportForm, modelExport, failures: without(state.failures, 'export') }));
    },
    async exportModel() {
      const { run, exportForm: form } = store.getState();
      const runId = run.facts?.runId;
      if (runId === undefined) return;
      store.setState({ modelExport: { kind: 'working' } });
      const done = await attempt(store, 'export', async () => {
        const { fileName, blob, ...check } = await engine.call('run/export', { runId, form });
        saveBlob(blob, fileName);
        store.setState({ modelExport: { kind: 'saved', fileName, sizeBytes: blob.size, check } });
      });
      if (!done) store.setState({ modelExport: { kind: 'none' } });
    },
    async exportRecord() {
      const runId = store.getState().run.facts?.runId;
      if (runId === undefined) return;
      store.setState({ recordExport: { kind: 'working' } });
      const done = await attempt(store, 'record', async () => {
        const { fileName, json } = await engine.call('run/record', { runId });
        const blob = new Blob([json], { type: 'application/json' });
        saveBlob(blob, fileName);
        store.setState({ recordExport: { kind: 'saved', fileName, sizeBytes: blob.size, check: null } });
      });
      if (!done) store.setState({ recordExport: { kind: 'none' } });
    },
  };
}
