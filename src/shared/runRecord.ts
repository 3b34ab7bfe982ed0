import type { GpuKernels } from './gpuKernels';
import type { BackendName, DriftMoment, Evaluation, LayerDrift, Moment } from './protocol';
import type { PairRule } from './pairs';
import type { ImageRecipe } from './recipe';
import type { PresetName, Settings } from './settings';
import type { Failure } from './failure';

/** An evaluation as it stands in the record: typed arrays become plain lists. */
export type RecordedEvaluation = Omit<Evaluation, 'predictions' | 'confidences' | 'labels'> & {
  readonly predictions: readonly number[];
};

/** What a run did, complete enough to repeat it. `schema` changes with every incompatible change. */
export interface RunRecord {
  readonly schema: 'socket-studio-run/1';
  readonly createdAt: string;
  readonly preset: PresetName;
  readonly seed: number;
  readonly backend: BackendName;
  readonly adapter: string;
  /** Those that computed on WebGPU; null on WebAssembly. */
  readonly kernels: GpuKernels | null;
  /** Wall time of the whole run, evaluations included. */
  readonly seconds: number;
  readonly outcome: 'finished' | 'stopped' | 'failed';
  readonly failure: Failure | null;
  /** Fractions of 1; null where there are no labels or the moment was not reached. */
  readonly accuracy: Readonly<Record<'sourceOnly' | 'bnRefresh' | 'adapted', number | null>>;
  readonly settings: Settings;
  readonly versions: Readonly<Record<string, string>>;
  readonly models: readonly {
    readonly name: string;
    readonly fingerprint: string;
    readonly classes: readonly string[];
    readonly preprocessing: unknown;
    /** `[height, width, channels]` that the network takes. */
    readonly input: readonly [number, number, number];
    /** `[height, width]` that images are resized to before they are cut. */
    readonly resize: readonly [number, number];
  }[];
  readonly folders: readonly {
    readonly role: string;
    readonly name: string;
    readonly usable: number;
    readonly skipped: number;
    readonly fingerprint: string;
    readonly recipe: ImageRecipe;
  }[];
  /** How the pairs of the run were found, and how many; null of a run without pairs. */
  readonly pairs: { readonly rule: PairRule; readonly matched: number } | null;
  readonly mixing: readonly number[];
  readonly steps: { readonly columns: readonly string[]; readonly rows: readonly (readonly (number | null)[])[] };
  readonly evaluations: Readonly<Partial<Record<Moment, RecordedEvaluation>>>;
  readonly history: readonly {
    readonly step: number;
    readonly epoch: number;
    readonly accuracy: number | null;
    readonly meanConfidence: number;
  }[];
  readonly drift: Readonly<Partial<Record<DriftMoment, readonly LayerDrift[]>>>;
  /** Seconds by stage; milliseconds where the name ends in `Ms`. */
  readonly timing: Readonly<Record<string, number>>;
}
