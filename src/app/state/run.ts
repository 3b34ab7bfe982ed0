import type { Failure } from '../../shared/failure';
import type {
  DriftMoment,
  EngineEvent,
  Evaluation,
  LayerDrift,
  Moment,
  RunPlan,
  RunStage,
} from '../../shared/protocol';
import type { PresetName, Settings } from '../../shared/settings';
import { percent } from './units';

export interface Notice {
  readonly level: 'info' | 'warning';
  readonly message: string;
  /** Step at which it was said; 0 before the first step. */
  readonly step: number;
}

/** One point of the live accuracy (or confidence) line. */
export interface HistoryPoint {
  readonly step: number;
  readonly epoch: number;
  readonly accuracy: number | null;
  readonly meanConfidence: number;
}

export type Progress = Omit<Extract<EngineEvent, { type: 'run/progress' }>, 'type' | 'runId'>;

/** How far the images of one folder are prepared for a run. */
export type Preparing = Omit<Extract<EngineEvent, { type: 'run/preparing' }>, 'type' | 'runId'>;

/** What is known of one run, whatever its phase. */
export interface RunFacts {
  readonly runId: number;
  readonly preset: PresetName;
  /** As they were when the run was asked for. */
  readonly settings: Settings;
  readonly plan: RunPlan | null;
  readonly stage: RunStage;
  readonly stageMessage: string;
  /** Null before and after the images are prepared. */
  readonly preparing: Preparing | null;
  readonly progress: Progress | null;
  readonly evaluations: Readonly<Partial<Record<Moment, Evaluation>>>;
  readonly history: readonly HistoryPoint[];
  readonly drift: Readonly<Partial<Record<DriftMoment, readonly LayerDrift[]>>>;
  readonly notices: readonly Notice[];
}

/** The one run of the page, as a union of phases: what cannot be has no representation. */
export type Run =
  | { readonly phase: 'idle'; readonly facts: null }
  /** Asked for, not yet confirmed; runs up to `lastRunId` are over. */
  | {
      readonly phase: 'starting';
      readonly facts: null;
      readonly preset: PresetName;
      readonly settings: Settings;
      readonly lastRunId: number;
    }
  /** `stopping`: the person asked for the end, and the engine has not come to it yet. */
  | { readonly phase: 'running' | 'paused' | 'stopping'; readonly facts: RunFacts }
  | { readonly phase: 'finished'; readonly facts: RunFacts; readonly stopped: boolean; readonly seconds: number }
  | {
      readonly phase: 'failed';
      readonly facts: RunFacts | null;
      readonly failure: Failure;
      readonly exportable: boolean;
    };

export type RunEvent = Extract<EngineEvent, { runId: number }>;

export const idleRun: Run = { phase: 'idle', facts: null };

type Starting = Extract<Run, { phase: 'starting' }>;

function newFacts(runId: number, { preset, settings }: Starting): RunFacts {
  return {
    runId,
    preset,
    settings,
    plan: null,
    stage: 'preparing',
    stageMessage: '',
    preparing: null,
    progress: null,
    evaluations: {},
    history: [],
    drift: {},
    notices: [],
  };
}

function isRunEvent(event: EngineEvent): event is RunEvent {
  return 'runId' in event;
}

/** The engine confirmed a start; events of the run may have come before the confirmation. */
export function confirmStart(run: Run, runId: number, plan: RunPlan): Run {
  if (run.phase === 'starting') return { phase: 'running', facts: { ...newFacts(runId, run), plan } };
  if (run.phase === 'idle' || run.facts?.runId !== runId) return run;
  return run.facts.plan === null ? withFacts(run, { ...run.facts, plan }) : run; // a newer plan came before
}

function withFacts(run: Exclude<Run, { phase: 'idle' | 'starting' }>, facts: RunFacts): Run {
  return { ...run, facts };
}

/** The next state of the run after an event. Late events of an older run change nothing. */
export function advance(run: Run, event: EngineEvent): Run {
  if (!isRunEvent(event)) return run;
  if (run.phase === 'starting') {
    if (event.runId <= run.lastRunId) return run;
    return advance({ phase: 'running', facts: newFacts(event.runId, run) }, event);
  }
  if (run.phase === 'idle' || run.facts?.runId !== event.runId) return run;
  const active = isActive(run);
  const open = active && run.phase !== 'stopping'; // who asked to stop no longer pauses
  switch (event.type) {
    case 'run/paused':
      return open ? { phase: 'paused', facts: run.facts } : run;
    case 'run/resumed':
      return open ? { phase: 'running', facts: run.facts } : run;
    case 'run/finished':
      return active ? { phase: 'finished', facts: run.facts, stopped: event.stopped, seconds: event.seconds } : run;
    case 'run/failed':
      return active ? { phase: 'failed', facts: run.facts, failure: event.failure, exportable: event.exportable } : run;
    default: {
      const facts = learn(run.facts, event);
      return facts === run.facts ? run : withFacts(run, facts);
    }
  }
}

/** The run once it was asked to stop: it goes on until the engine obeys, and only then has ended. */
export function requestStop(run: Run): Run {
  return run.phase === 'running' || run.phase === 'paused' ? { phase: 'stopping', facts: run.facts } : run;
}

/** The run after a refusal to stop: again as it was `before` the request. */
export function withdrawStop(run: Run, before: Run): Run {
  const open = before.phase === 'running' || before.phase === 'paused';
  return run.phase === 'stopping' && open ? { phase: before.phase, facts: run.facts } : run;
}

/** The run when the engine is gone: what was going on has failed, and nothing of it can be had any more. */
export function abandon(run: Run, failure: Failure): Run {
  return run.phase === 'idle' ? run : { phase: 'failed', facts: run.facts, failure, exportable: false };
}

type FactEvent = Exclude<RunEvent, { type: 'run/paused' | 'run/resumed' | 'run/finished' | 'run/failed' }>;

function learn(facts: RunFacts, event: FactEvent): RunFacts {
  const step = facts.progress?.step ?? 0;
  switch (event.type) {
    case 'run/stage':
      return { ...facts, stage: event.stage, stageMessage: event.message, preparing: null };
    case 'run/progress': {
      return { ...facts, progress: event };
    }
    case 'run/evaluation':
      return withEvaluation(facts, event.evaluation);
    case 'run/drift':
      return { ...facts, drift: { ...facts.drift, [event.moment]: event.layers } };
    case 'run/pseudoLabels': {
      const share = percent(event.changedShare, 0);
      const message =
        event.step === 0
          ? `Pseudo-labels set: ${share} differ from the model’s own prediction`
          : `Pseudo-labels refreshed, ${share} changed`;
      return { ...facts, notices: [...facts.notices, { level: 'info', message, step: event.step }] };
    }
    case 'run/notice':
      return { ...facts, notices: [...facts.notices, { level: event.level, message: event.message, step }] };
    case 'run/preparing':
      return { ...facts, preparing: event };
    case 'run/plan':
      return { ...facts, plan: event.plan };
    case 'run/steps': // kept in the step log, outside the state
      return facts;
  }
}

function withEvaluation(facts: RunFacts, evaluation: Evaluation): RunFacts {
  const evaluations = { ...facts.evaluations, [evaluation.moment]: evaluation };
  if (evaluation.moment === 'bnRefresh') return { ...facts, evaluations };
  const { step, epoch, accuracy, meanConfidence } = evaluation;
  const earlier = facts.history.filter((point) => point.step < step);
  return { ...facts, evaluations, history: [...earlier, { step, epoch, accuracy, meanConfidence }] };
}

/** The newest evaluation of the adapting model, if there is one. */
export function newestEvaluation(facts: RunFacts | null): Evaluation | null {
  return facts?.evaluations.adapted ?? facts?.evaluations.now ?? null;
}

export function isActive(run: Run): boolean {
  return run.phase !== 'idle' && run.phase !== 'finished' && run.phase !== 'failed';
}

/** A model can be saved: the run ended, or failed with its last good state kept. */
export function isExportable(run: Run): boolean {
  return run.phase === 'finished' || (run.phase === 'failed' && run.exportable);
}
