import { presets } from '../../shared/settings';
import { newestEvaluation } from '../state/run';
import { imagesLine } from '../state/slots';
import type { StudioState } from '../state/studioState';
import { percent, plural } from '../state/units';

export const stageIds = ['model', 'images', 'method', 'run', 'inspect', 'export'] as const;
export type StageId = (typeof stageIds)[number];

export const stageTitles: Readonly<Record<StageId, string>> = {
  model: 'Source model',
  images: 'Images',
  method: 'Method',
  run: 'Run',
  inspect: 'Inspect',
  export: 'Export',
};

export type StageState = 'empty' | 'ready' | 'active' | 'failed';

export interface StageSummary {
  readonly state: StageState;
  /** What stands in this stage, in a few words. */
  readonly line: string;
}

/** One summary a stage, for the strip on top. */
export function stageSummary(id: StageId, state: StudioState): StageSummary {
  const { project, run } = state;
  switch (id) {
    case 'model': {
      const [first] = project.models;
      if (first === undefined) return { state: 'empty', line: 'nothing opened yet' };
      if (project.models.length > 1) return { state: 'ready', line: plural(project.models.length, 'model') };
      return {
        state: 'ready',
        line: `${plural(first.classCount, 'class', 'classes')} · ${plural(first.batchNormLayers.length, 'BN layer')}`,
      };
    }
    case 'images':
      return { state: project.folders.target === undefined ? 'empty' : 'ready', line: imagesLine(project) };
    case 'method':
      return {
        state: 'ready',
        line: `${presets[state.preset].label.split(' (')[0] ?? ''} · seed ${String(state.settings.seed)}`,
      };
    case 'run':
      return runSummary(state);
    case 'inspect': {
      const newest = newestEvaluation(run.facts);
      if (newest === null) return { state: 'empty', line: 'after the first epoch' };
      if (newest.accuracy === null) return { state: 'ready', line: `confidence ${percent(newest.meanConfidence, 0)}` };
      return { state: 'ready', line: `accuracy ${percent(newest.accuracy)}` };
    }
    case 'export':
      if (run.phase === 'finished' || (run.phase === 'failed' && run.exportable))
        return { state: 'ready', line: 'model and record' };
      return { state: 'empty', line: 'when the run is over' };
  }
}

function runSummary({ run, plan }: StudioState): StageSummary {
  switch (run.phase) {
    case 'idle':
      return plan === null
        ? { state: 'empty', line: 'when setup is complete' }
        : { state: 'ready', line: plural(plan.steps, 'step') };
    case 'stopping':
      return { state: 'active', line: 'stopping' };
    case 'starting':
      return { state: 'active', line: 'preparing' };
    case 'running':
    case 'paused': {
      const { progress } = run.facts;
      if (progress === null || progress.steps === 0) return { state: 'active', line: 'preparing' };
      return { state: 'active', line: percent(progress.step / progress.steps, 0) };
    }
    case 'finished':
      return { state: 'ready', line: run.stopped ? 'ended early' : 'done' };
    case 'failed':
      return { state: 'failed', line: 'ended with a fault' };
  }
}
