import type { DatasetSummary } from './datasets';
import type { ExportForm } from './exportForm';
import type { Failure } from './failure';
import type { GpuKernels, KernelChoice } from './gpuKernels';
import type {
  CacheSummary,
  DroppedFile,
  FolderListing,
  FolderSummary,
  GridImage,
  ImagePreview,
  ImageRole,
  Picture,
} from './images';
import type { ModelSummary, PreprocessingChoice } from './modelSummary';
import type { PairCheck, PairRule, PairSummary } from './pairs';
import type { ImageRecipe, SkippedFile } from './recipe';
import type { PresetName, Settings } from './settings';

export type BackendName = 'webgpu' | 'wasm';
export type BackendChoice = 'auto' | BackendName;

/** Which arithmetic engine runs, and why. */
export interface EngineSummary {
  readonly backend: BackendName;
  readonly choice: BackendChoice;
  /** GPU name, or `WebAssembly (SIMD, 2 threads)`. */
  readonly adapter: string;
  readonly softwareAdapter: boolean;
  readonly webgpuAvailable: boolean;
  /** null on WebAssembly. */
  readonly kernels: GpuKernels | null;
  /** Why this backend, as the end of a sentence: `as you chose`, `because this browser has no WebGPU`. */
  readonly reason: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** Everything that is open. Sent whole after each change: the page never assembles it. */
export interface ProjectSummary {
  readonly models: readonly ModelSummary[];
  readonly folders: Readonly<Partial<Record<ImageRole, FolderSummary>>>;
  readonly pairs: PairSummary | null;
  /** What stands in the way of a run, per preset need; empty when ready. */
  readonly blockers: readonly Failure[];
  readonly isDemo: boolean;
}

export interface RunPlan {
  readonly steps: number;
  readonly stepsPerEpoch: number;
  readonly targetImages: number;
  readonly pairs: number;
  readonly labelled: boolean;
  /** Class names, in the order of the model's outputs. */
  readonly classes: readonly string[];
  /** What the files of the source models are: an adapted model can be written back into them. */
  readonly formats: readonly string[];
}

/**
 * The terms of one step; columns of the live charts. A term that is off is NaN. `imageWait`: milliseconds that the step
 * waited for its images.
 */
export const stepColumns = [
  'step',
  'total',
  'entropy',
  'diversity',
  'pseudoLabel',
  'pairs',
  'statistics',
  'discriminator',
  'learningRate',
  'gradientNorm',
  'imagesPerSecond',
  'imageWait',
] as const;
export type StepColumn = (typeof stepColumns)[number];

export type Moment = 'sourceOnly' | 'bnRefresh' | 'now' | 'adapted';

export interface Evaluation {
  readonly moment: Moment;
  readonly step: number;
  readonly epoch: number;
  /** Which images: the labelled test folder, or the target folder. */
  readonly role: 'target' | 'test';
  readonly imageCount: number;
  /** Class with the highest probability of every image, in folder order. */
  readonly predictions: Int32Array;
  /** Probability of that class. */
  readonly confidences: Float32Array;
  /** Class of every image by its label, -1 where it has none; null without labels. Opens the images of a confusion cell. */
  readonly labels: Int32Array | null;
  /** Share of the predictions per class. */
  readonly predictedShare: readonly number[];
  readonly meanConfidence: number;
  /** Fractions of 1; null without labels. */
  readonly accuracy: number | null;
  readonly perClass: readonly (number | null)[] | null;
  /** `[actual][predicted]` counts. */
  readonly confusion: readonly (readonly number[])[] | null;
}

/** Gap between the target statistics and the source's stored ones at one batch-norm layer (biased variance). */
export interface LayerDrift {
  readonly source: number;
  readonly layer: string;
  readonly channels: number;
  /** Root mean square over channels of the normalised 2-Wasserstein distance; unit: source standard deviations. */
  readonly distance: number;
  /** 95th percentile over channels. */
  readonly distance95: number;
  /** The same distance between two disjoint halves of the target set: what chance alone gives; null for fewer than two batches. */
  readonly noiseFloor: number | null;
  /** SOCKET's own term of this layer: `factor * (||mean gap|| + ||variance gap||)`. */
  readonly meanTerm: number;
  readonly varianceTerm: number;
}

export type DriftMoment = 'before' | 'now' | 'after';

export type RunStage = 'preparing' | 'sourceOnly' | 'bnRefresh' | 'training' | 'finishing';

export type EngineEvent =
  | { readonly type: 'engine/ready'; readonly engine: EngineSummary }
  /** Something the person should know that no command asked for. */
  | { readonly type: 'engine/notice'; readonly level: 'info' | 'warning'; readonly message: string }
  /** The engine died: no command will be answered any more, and a run is over. Said by the client, not by the engine. */
  | { readonly type: 'engine/stopped'; readonly failure: Failure }
  | {
      readonly type: 'project/reading';
      readonly role: ImageRole | 'model' | 'demo' | 'dataset';
      readonly done: number;
      readonly total: number;
    }
  /** The project changed without a command: a run found files that cannot be read. */
  | { readonly type: 'project/changed'; readonly project: ProjectSummary }
  /** How far the images of a run are prepared. `cached`: those that were found in storage. */
  | {
      readonly type: 'run/preparing';
      readonly runId: number;
      readonly role: ImageRole;
      readonly done: number;
      readonly total: number;
      readonly cached: number;
      readonly imagesPerSecond: number;
    }
  /** The plan as it became, where preparing the images changed it. */
  | { readonly type: 'run/plan'; readonly runId: number; readonly plan: RunPlan }
  | { readonly type: 'run/stage'; readonly runId: number; readonly stage: RunStage; readonly message: string }
  /** Rows of {@link stepColumns}, row-major: everything since the last event. */
  | { readonly type: 'run/steps'; readonly runId: number; readonly rows: Float32Array }
  | {
      readonly type: 'run/progress';
      readonly runId: number;
      readonly step: number;
      readonly steps: number;
      readonly epoch: number;
      readonly epochs: number;
      readonly imagesPerSecond: number;
      readonly etaSeconds: number;
      readonly gpuBytes: number;
      readonly tensors: number;
      readonly mixing: readonly number[];
    }
  | { readonly type: 'run/evaluation'; readonly runId: number; readonly evaluation: Evaluation }
  | { readonly type: 'run/pseudoLabels'; readonly runId: number; readonly step: number; readonly changedShare: number }
  | {
      readonly type: 'run/drift';
      readonly runId: number;
      readonly moment: DriftMoment;
      readonly step: number;
      readonly layers: readonly LayerDrift[];
    }
  | { readonly type: 'run/paused'; readonly runId: number }
  | { readonly type: 'run/resumed'; readonly runId: number }
  /** `stopped`: the person ended it early; the model is the state at that moment. */
  | { readonly type: 'run/finished'; readonly runId: number; readonly stopped: boolean; readonly seconds: number }
  /** `exportable`: the last good state is kept and can be downloaded. */
  | { readonly type: 'run/failed'; readonly runId: number; readonly failure: Failure; readonly exportable: boolean }
  | {
      readonly type: 'run/notice';
      readonly runId: number;
      readonly level: 'info' | 'warning';
      readonly message: string;
    };

/** Commands: what the page wants. Each gets exactly one reply. */
export interface Commands {
  /** `kernels` is `own` where it is missing. */
  'engine/select': (args: { choice: BackendChoice; kernels?: KernelChoice }) => EngineSummary;
  'project/demo': (args: Record<string, never>) => ProjectSummary;
  'project/reset': (args: Record<string, never>) => ProjectSummary;
  /**
   * Opens one model and adds it (several models: several sources), or puts it in the place of `replaces`. `choice` is
   * what the person chose after a failure with the code `choice-needed`.
   */
  'model/open': (args: { files: readonly DroppedFile[]; replaces?: number; choice?: string }) => ProjectSummary;
  /** Input size in pixels of a model whose file leaves it open. */
  'model/inputSize': (args: { modelId: number; height: number; width: number }) => ProjectSummary;
  'model/remove': (args: { modelId: number }) => ProjectSummary;
  'model/preprocessing': (args: { modelId: number; choice: PreprocessingChoice }) => ProjectSummary;
  /**
   * Opens a folder of images in its role. With `directory` the engine lists the files itself, and `files` is empty;
   * `before` is the listing of the last time, to tell what changed.
   */
  'images/open': (args: {
    role: ImageRole;
    files: readonly DroppedFile[];
    directory?: FileSystemDirectoryHandle;
    before?: FolderListing;
  }) => ProjectSummary;
  'images/remove': (args: { role: ImageRole }) => ProjectSummary;
  'images/recipe': (args: { role: ImageRole; recipe: ImageRecipe }) => ProjectSummary;
  'images/listing': (args: { role: ImageRole }) => FolderListing;
  'images/skipped': (args: { role: ImageRole; from: number; count: number }) => readonly SkippedFile[];
  /** `recipe` tries another one than is set. */
  'images/preview': (args: { role: ImageRole; index: number; recipe?: ImageRecipe }) => ImagePreview;
  /** Small pictures of `count` images from index `from` of an open folder. */
  'images/grid': (args: { role: ImageRole; from: number; count: number; size: number }) => readonly GridImage[];
  /** Images of the folder that run `runId` worked on, whatever is open now. */
  'images/thumbnails': (args: {
    runId: number;
    role: ImageRole;
    indices: readonly number[];
    size: number;
  }) => readonly Picture[];
  'pairs/preview': (args: { index: number }) => {
    readonly rgb: Picture;
    readonly target: Picture;
    readonly rgbPath: string;
    readonly targetPath: string;
  };
  'pairs/rule': (args: { rule: PairRule }) => ProjectSummary;
  /** What a rule would give; nothing changes. */
  'pairs/try': (args: { rule: PairRule }) => PairSummary;
  'pairs/check': (args: Record<string, never>) => PairCheck;
  'pairs/unmatched': (args: { side: 'rgb' | 'target'; from: number; count: number }) => readonly string[];
  /** Recognises a dataset and keeps it beside the project; fails with `unknown-format` where it is none that is known. */
  'dataset/find': (args: { files: readonly DroppedFile[]; directory?: FileSystemDirectoryHandle }) => DatasetSummary;
  'dataset/choose': (args: { key: string; chosen: readonly string[] }) => DatasetSummary;
  /** Opens what the dataset gives in all its roles. */
  'dataset/import': (args: Record<string, never>) => ProjectSummary;
  'dataset/close': (args: Record<string, never>) => void;
  'cache/summary': (args: Record<string, never>) => CacheSummary;
  'cache/clear': (args: Record<string, never>) => CacheSummary;
  'run/plan': (args: { preset: PresetName; settings: Settings }) => RunPlan;
  'run/start': (args: { preset: PresetName; settings: Settings }) => { readonly runId: number; readonly plan: RunPlan };
  'run/pause': (args: { runId: number }) => void;
  'run/resume': (args: { runId: number }) => void;
  'run/stop': (args: { runId: number }) => void;
  /** A zip, verified by reading it back: `maxLogitDifference` on real images. Without `form` it is `source`. */
  'run/export': (args: { runId: number; form?: ExportForm }) => {
    readonly fileName: string;
    readonly blob: Blob;
    readonly maxLogitDifference: number;
    readonly imagesCompared: number;
    /** What the form costs, for the person: weights rounded to float16, ... */
    readonly losses: readonly string[];
  };
  'run/record': (args: { runId: number }) => { readonly fileName: string; readonly json: string };
}

export type CommandName = keyof Commands;
export type Args<C extends CommandName> = Parameters<Commands[C]>[0];
export type Result<C extends CommandName> = ReturnType<Commands[C]>;
export type Handlers = { readonly [C in CommandName]: (args: Args<C>) => Result<C> | Promise<Result<C>> };
