import type { FileBytes, OpenedModel } from './format';
import type { Quantization, StoredTensor } from './storedTensor';

/** A file of a drop; `origin` is what was dropped: the file itself or the archive that holds it. */
export interface UnpackedFile extends FileBytes {
  readonly origin: FileBytes;
}

/** What a file leaves open and a person may decide. */
export interface OpenOptions {
  /** `[height, width]` of the network's input, where the file leaves it open. */
  readonly inputSize?: readonly [number, number];
  /** `id` of the chosen network, after a failure with the code `choice-needed`. */
  readonly choice?: string;
}

/** A reader of one model format. Add one file or folder and one row in the registry. */
export interface ModelFormat {
  /** For people: `TFJS LayersModel`. */
  readonly label: string;
  /** Whether a file that does not lie beside the main one in an archive belongs to its model all the same. */
  owns?(main: UnpackedFile, file: UnpackedFile): boolean;
  /** The file that opens a model of this format, or undefined. Decides by content, without side effects. */
  find(files: readonly UnpackedFile[]): UnpackedFile | undefined;
  /**
   * Reads the model whose main file `find` returned.
   *
   * @throws StudioError saying what is wrong and what to do; 'choice-needed' when the file fits several networks
   */
  open(main: UnpackedFile, files: readonly UnpackedFile[], options: OpenOptions): OpenedModel | Promise<OpenedModel>;
  /** Where the tensors of the model lie, by the names that `open` gives as `fileName`: they are written back there. */
  tensors(
    main: UnpackedFile,
    files: readonly UnpackedFile[],
  ): readonly StoredTensor[] | Promise<readonly StoredTensor[]>;
  /**
   * Writes the new scale and minimum of quantised tensors down.
   *
   * @returns the files that change, with their new bytes
   */
  requantize?(
    main: UnpackedFile,
    files: readonly UnpackedFile[],
    changes: ReadonlyMap<string, Quantization>,
  ): ReadonlyMap<FileBytes, Uint8Array>;
}
