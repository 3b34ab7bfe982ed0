import { StudioError } from '../../../shared/failure';
import { createByteReader } from '../../byteReader';
import type { UnpackedFile } from '../modelFormat';
import { baseName } from '../paths';
import { bytesPerValue } from '../storedTensor';
import type { Checkpoint } from './checkpoint';
import { torchWorld } from './globals';
import { readPickle, type PickleWorld } from './pickleMachine';
import { objectOf, type PickleValue, type TorchStorage } from './pickleValue';
import { damagedPickle, printable, SAVE_STATE_DICT } from './refusals';
import { createStorages } from './storages';
import { storageTypes } from './storageTypes';

/** The number 0x1950a86a20f9469cfc6c as a pickle writes it: LONG1, ten bytes. */
const magic = Uint8Array.of(0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19);
const VERSION = 1001;
/** A pickle's protocol, and in later protocols the frame around what follows. */
const placesOfMagic = [2, 11];

/** Whether a file is a checkpoint as PyTorch wrote it before 1.6, by the number that it begins with. */
export const isLegacyCheckpoint = ({ bytes }: UnpackedFile): boolean =>
  bytes[0] === 0x80 && placesOfMagic.some((start) => magic.every((byte, at) => bytes[start + at] === byte));

const noReferences: PickleWorld['persistent'] = () => null;

/** Whether the machine that wrote the file had the byte order of ours. */
function isLittleEndian(system: PickleValue): boolean {
  return objectOf(system, 'dict')?.entries.get('little_endian') !== false;
}

/** Where each storage begins: after its count, in the order of the keys. */
function storagePlaces(
  bytes: Uint8Array,
  start: number,
  name: string,
  keys: readonly PickleValue[],
  storages: ReadonlyMap<string, TorchStorage>,
): ReadonlyMap<string, number> {
  const reader = createByteReader(bytes, name);
  reader.seek(start);
  const places = new Map<string, number>();
  for (const key of keys) {
    const storage = typeof key === 'string' ? storages.get(key) : undefined;
    if (!storage || places.has(storage.key))
      return damagedPickle(name, 'its list of storages does not fit its tensors');
    const count = reader.uint64();
    if (count !== storage.count) {
      damagedPickle(name, `its storage ${printable(storage.key)} has ${count} values instead of ${storage.count}`);
    }
    places.set(storage.key, reader.position());
    reader.skip(count * bytesPerValue[storageTypes.get(storage.type) ?? 'float32']);
  }
  return places;
}

/**
 * Reads a checkpoint of the old form: five pickles in a row (a number, the version, the machine, the value, the keys
 * of the storages), then each storage after its count.
 *
 * @throws StudioError
 */
export function readLegacyCheckpoint(main: UnpackedFile): Checkpoint {
  const name = baseName(main.origin.path);
  let end = 0;
  const { storages, persistent } = createStorages(name);
  const next = (references: PickleWorld['persistent']): PickleValue => {
    const pickle = readPickle(main.bytes, end, name, torchWorld(name, references));
    end = pickle.end;
    return pickle.value;
  };
  next(noReferences);
  const version = next(noReferences);
  const system = next(noReferences);
  if (version !== VERSION || !isLittleEndian(system)) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} was written by an unknown version of PyTorch or by a big-endian machine.`,
      remedy: `Load it in PyTorch and save it again: ${SAVE_STATE_DICT}.`,
    });
  }
  const value = next(persistent);
  const keys = objectOf(next(noReferences), 'list')?.items ?? damagedPickle(name, 'its list of storages is missing');
  const places = storagePlaces(main.bytes, end, name, keys, storages);
  return {
    name,
    value,
    locate: ({ key }) => ({
      file: main,
      offset: places.get(key) ?? damagedPickle(name, `its storage ${printable(key)} is missing`),
    }),
  };
}
