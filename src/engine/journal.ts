import type { Pairing } from '../data/pairing';
import type { Weights } from '../formats/models/format';
import type { Failure } from '../shared/failure';
import type { DriftMoment, EngineSummary, Evaluation, LayerDrift, Moment, RunPlan } from '../shared/protocol';
import type { PresetName, Settings } from '../shared/settings';
import type { ProjectFolder, SourceModel } from './project';

/** What a run started from; kept, so that its export and record do not depend on what happens to the project later. */
export interface RunSubject {
  readonly runId: number;
  readonly preset: PresetName;
  readonly settings: Settings;
  readonly plan: RunPlan;
  readonly engine: EngineSummary;
  readonly models: readonly SourceModel[];
  readonly classes: readonly string[];
  readonly folders: readonly ProjectFolder[];
  /** Null where the run takes no pairs. */
  readonly pairing: Pairing | null;
}

/** A state that can be exported. */
export interface SavedState {
  readonly step: number;
  /** One a source. */
  readonly weights: readonly Weights[];
  readonly mixing: readonly number[];
}

/** Everything a run has done so far, as plain data: the source of its export and its record. */
export interface Journal {
  /** Changes when its images are prepared: those that cannot be read are left out, and so are pairs that lose one. */
  subject: RunSubject;
  readonly startedAt: Date;
  /** Rows of `stepColumns`, flattened. */
  readonly steps: number[];
  readonly evaluations: Partial<Record<Moment, Evaluation>>;
  readonly history: { step: number; epoch: number; accuracy: number | null; meanConfidence: number }[];
  readonly drift: Partial<Record<DriftMoment, readonly LayerDrift[]>>;
  /** Seconds by stage. */
  readonly timing: Record<string, number>;
  /** The last state that is known to be sound; null before there is any. */
  good: SavedState | null;
  mixing: readonly number[];
  seconds: number;
  outcome: 'running' | 'finished' | 'stopped' | 'failed';
  failure: Failure | null;
}

export function createJournal(subject: RunSubject, startedAt: Date): Journal {
  return {
    subject,
    startedAt,
    steps: [],
    evaluations: {},
    history: [],
    drift: {},
    timing: {},
    good: null,
    mixing: subject.models.map(() => 1 / subject.models.length),
    seconds: 0,
    outcome: 'running',
    failure: null,
  };
}
