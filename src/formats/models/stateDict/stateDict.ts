import type { StoredTensor } from '../storedTensor';

/** The weights of a PyTorch network by their keys, as one file holds them. */
export interface StateDict {
  /** Name of the dropped file, for messages. */
  readonly file: string;
  /** Keys that lead from what the file holds to the weights. */
  readonly path: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
}
