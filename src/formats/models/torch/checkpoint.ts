import type { PickleValue } from './pickleValue';
import type { StoragePlaces } from './tensors';

/** What `torch.save` wrote: a value, and where the storages of its tensors lie. */
export interface Checkpoint extends StoragePlaces {
  /** Name of the dropped file, for messages. */
  readonly name: string;
  readonly value: PickleValue;
}
