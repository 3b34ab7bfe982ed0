import { objectOf, type PickleValue, type TorchStorage } from './pickleValue';
import { damagedPickle, printable } from './refusals';
import { storageTypes } from './storageTypes';

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

/** Part of a storage, as old files name it: key of the part, where it begins and how long it is. */
function partOf(view: PickleValue | undefined, whole: TorchStorage, file: string): TorchStorage {
  if (view === undefined || view === null) return whole;
  const [, start, count] = objectOf(view, 'tuple')?.items ?? [];
  if (!isCount(start) || !isCount(count) || start + count > whole.count) {
    return damagedPickle(file, `a part of the storage ${printable(whole.key)} lies outside of it`);
  }
  return { ...whole, start, count };
}

/**
 * Reads references to storages: `('storage', class, key, device, count)`, in old files with a part after it. All
 * references to one key must say the same.
 *
 * @returns `storages`: every storage that was mentioned, by its key
 */
export function createStorages(file: string): {
  readonly storages: ReadonlyMap<string, TorchStorage>;
  readonly persistent: (id: PickleValue) => PickleValue;
} {
  const storages = new Map<string, TorchStorage>();
  return {
    storages,
    persistent(id) {
      const [kind, type, key, , count, view] = objectOf(id, 'tuple')?.items ?? [];
      const name = objectOf(type, 'global')?.name ?? '';
      if (kind !== 'storage' || typeof key !== 'string' || !isCount(count) || !storageTypes.has(name)) {
        return damagedPickle(file, 'a reference in it leads to no storage');
      }
      const storage = storages.get(key) ?? { key, type: name, start: 0, count };
      if (storage.type !== name || storage.count !== count) {
        return damagedPickle(file, `the storage ${printable(key)} has two sizes or types`);
      }
      storages.set(key, storage);
      return { kind: 'storage', storage: partOf(view, storage, file) };
    },
  };
}
