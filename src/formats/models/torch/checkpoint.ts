import type { PickleValue } from './pickleValue';
import type { StoragePlaces } from './tensors';

/** What `torch.save` wrote: a value, and where the storages of its tensors lie. */
export interface Checkpoint extends StoragePlaces {
  readonly value: PickleValue;
}
