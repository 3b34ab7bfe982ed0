import type { FileBytes, OpenedModel } from './format';

/** A reader of one model format. Add one file or folder and one row in the registry. */
export interface ModelFormat {
  /** For people: `TFJS LayersModel`. */
  readonly label: string;
  /** The file that opens a model of this format, or undefined. Decides by content, without side effects. */
  find(files: readonly FileBytes[]): FileBytes | undefined;
  /**
   * Reads the model whose main file `find` returned.
   *
   * @throws StudioError saying what is wrong and what to do
   */
  open(main: FileBytes, files: readonly FileBytes[]): OpenedModel;
}
