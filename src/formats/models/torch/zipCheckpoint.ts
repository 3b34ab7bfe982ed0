import { StudioError } from '../../../shared/failure';
import { isZip } from '../../zip';
import { bytesPerValue } from '../storedTensor';
import type { UnpackedFile } from '../modelFormat';
import { baseName } from '../paths';
import type { Checkpoint } from './checkpoint';
import { torchWorld } from './globals';
import { readPickle } from './pickleMachine';
import { damagedPickle, printable, SAVE_STATE_DICT } from './refusals';
import { createStorages } from './storages';
import { storageTypes } from './storageTypes';

const PICKLE = 'data.pkl';

/** Whether a file is the pickle of a checkpoint of PyTorch 1.6 and later, a zip archive `<root>/data.pkl`, .... */
export const isZipCheckpoint = ({ path }: UnpackedFile): boolean => baseName(path) === PICKLE;

/** What lies beside the pickle: in its own archive, or in the folder that an archive was unpacked to. */
function siblingsOf(main: UnpackedFile, files: readonly UnpackedFile[]): ReadonlyMap<string, UnpackedFile> {
  const root = main.path.slice(0, -PICKLE.length);
  const isArchived = isZip(main.origin.bytes);
  const beside = files.filter(
    ({ path, origin }) => path.startsWith(root) && (isArchived ? origin === main.origin : !isZip(origin.bytes)),
  );
  return new Map(beside.map((file) => [file.path.slice(root.length), file]));
}

/** @throws StudioError 'unsupported-format' for a compiled network and for the byte order of other machines */
function requireStateDict(name: string, siblings: ReadonlyMap<string, UnpackedFile>): void {
  const isScript = siblings.has('constants.pkl') || [...siblings.keys()].some((path) => path.startsWith('code/'));
  if (isScript) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} is a compiled TorchScript model, which is program code and is never run here.`,
      remedy: `Save the weights of the model it was made from: ${SAVE_STATE_DICT}.`,
    });
  }
  const order = siblings.get('byteorder');
  if (order && new TextDecoder().decode(order.bytes.subarray(0, 16)).trim() !== 'little') {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} was written by a big-endian machine.`,
      remedy: `Save it again on another machine: ${SAVE_STATE_DICT}.`,
    });
  }
}

/**
 * Reads the pickle of a zip checkpoint; its storages stay where they are, in `<root>/data/<key>`.
 *
 * @throws StudioError
 */
export function readZipCheckpoint(main: UnpackedFile, files: readonly UnpackedFile[]): Checkpoint {
  const name = baseName(main.origin.path);
  const siblings = siblingsOf(main, files);
  requireStateDict(name, siblings);
  const { persistent } = createStorages(name);
  const { value } = readPickle(main.bytes, 0, name, torchWorld(name, persistent));
  return {
    name,
    value,
    locate({ key, type, count }) {
      const file = siblings.get(`data/${key}`);
      if (!file) return damagedPickle(name, `its storage ${printable(key)} is missing`);
      const length = count * bytesPerValue[storageTypes.get(type) ?? 'float32'];
      if (file.bytes.length !== length) {
        return damagedPickle(name, `its storage ${printable(key)} has ${file.bytes.length} bytes instead of ${length}`);
      }
      return { file, offset: 0 };
    },
  };
}
