import type { DatasetSummary } from '../../shared/datasets';
import type { ExportForm } from '../../shared/exportForm';
import type { Failure } from '../../shared/failure';
import type { ImageRole } from '../../shared/images';
import type { EngineSummary, ProjectSummary, RunPlan } from '../../shared/protocol';
import type { PresetName, Settings } from '../../shared/settings';
import type { RememberedFolders } from './remembered';
import type { Run } from './run';
import type { Slot } from './slots';

export type EngineState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly summary: EngineSummary }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface EngineNotice {
  readonly level: 'info' | 'warning';
  readonly message: string;
}

/** What a place of the page is busy with, and how far. */
export interface Reading {
  readonly done: number;
  readonly total: number;
}

export type ReadingSlot = Slot | 'demo' | 'dataset';

/** Places that can show a failure of their own. */
export type FailurePlace =
  ReadingSlot | `recipe ${ImageRole}` | 'welcome' | 'pairs' | 'method' | 'engine' | 'run' | 'export' | 'record';

/** Where a download stands. */
export type ExportState =
  | { readonly kind: 'none' }
  | { readonly kind: 'working' }
  | {
      readonly kind: 'saved';
      readonly fileName: string;
      readonly sizeBytes: number;
      readonly check: ExportCheck | null;
    };

export interface ExportCheck {
  /** Largest difference of any logit between the studio's model and the file read back. */
  readonly maxLogitDifference: number;
  readonly imagesCompared: number;
  /** What the form costs, in sentences. */
  readonly losses: readonly string[];
}

/** A dataset that was imported. */
export interface ImportedDataset {
  /** In one line. */
  readonly words: string;
  /** Where its folders are still open. */
  readonly roles: readonly ImageRole[];
}

export interface StudioState {
  readonly view: 'welcome' | 'studio';
  readonly engine: EngineState;
  /** What the engine said that concerns no run. */
  readonly engineNotices: readonly EngineNotice[];
  readonly project: ProjectSummary;
  readonly reading: Readonly<Partial<Record<ReadingSlot, Reading>>>;
  readonly failures: Readonly<Partial<Record<FailurePlace, Failure>>>;
  /** A dataset that was recognised, until it is imported or let go. */
  readonly dataset: DatasetSummary | null;
  /** What the last import of a dataset opened, while any of it is open. */
  readonly imported: ImportedDataset | null;
  /** Folders of this and of earlier visits that can be opened again with a click. */
  readonly remembered: RememberedFolders;
  /** When the page began, in milliseconds since 1970: how long ago a folder was open is said from here. */
  readonly startedAt: number;
  readonly preset: PresetName;
  readonly settings: Settings;
  /** Null until the project is complete. */
  readonly plan: RunPlan | null;
  readonly run: Run;
  /** The project at the last start, as `projectPrint` writes it; empty before the first. */
  readonly runProject: string;
  /** What computed at the last start, as `enginePrint` writes it; empty before the first. */
  readonly runEngine: string;
  /** Grows when the step log did. */
  readonly stepsVersion: number;
  /** In which form the adapted model will be downloaded. */
  readonly exportForm: ExportForm;
  readonly modelExport: ExportState;
  readonly recordExport: ExportState;
}
