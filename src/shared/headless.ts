import type { ExportForm } from './exportForm';
import type { Failure } from './failure';
import type { KernelChoice } from './gpuKernels';
import type { PreprocessingChoice } from './modelSummary';
import type { ImageRole } from './images';
import type { BackendChoice, EngineSummary, ProjectSummary } from './protocol';
import type { ImageRecipe } from './recipe';
import type { PresetName, Settings } from './settings';

/** An answer that crosses into another program: failures are data, not exceptions. */
export type HeadlessAnswer<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: Failure };

/** What is decided about a model whose file leaves it open. */
export interface ModelDecisions {
  /** Which network it is, when the file fits several. */
  readonly choice?: string;
  /** `[height, width]` */
  readonly inputSize?: readonly [number, number];
  readonly preprocessing?: PreprocessingChoice;
}

/** What `headless.html` offers to the program that drives it. */
export interface HeadlessStudio {
  /** `sentence`: what computes and why, as the page says it. */
  select(
    choice: BackendChoice,
    kernels: KernelChoice,
  ): Promise<HeadlessAnswer<{ engine: EngineSummary; sentence: string }>>;
  /** Opens what was put into the file input of that slot; `decisions` concern a model. */
  open(slot: 'model' | ImageRole, decisions?: ModelDecisions): Promise<HeadlessAnswer<ProjectSummary>>;
  /** Sets the recipe of the target images, and so of the other folders of that camera. */
  recipe(recipe: ImageRecipe): Promise<HeadlessAnswer<ProjectSummary>>;
  /** Runs to the end; a run that failed on its way has a failure and can still have a record. */
  run(preset: PresetName, settings: Settings): Promise<HeadlessAnswer<{ runId: number; failure: Failure | null }>>;
  /** The run record as JSON. */
  record(runId: number): Promise<HeadlessAnswer<string>>;
  /** Downloads the adapted model in a form, as a zip. */
  save(
    runId: number,
    form: ExportForm,
  ): Promise<HeadlessAnswer<{ maxLogitDifference: number; imagesCompared: number; losses: readonly string[] }>>;
}
