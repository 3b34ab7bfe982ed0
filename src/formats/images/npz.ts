import { StudioError } from '../../shared/failure';
import { isZip, listEntries, unzip } from '../zip';
import { usableEntries } from '../zipDirectory';
import { checkGrowth } from './limits';
import { decodeNpy } from './npy';
import type { ImageFormat, RawImage } from './format';

/** Memory for all arrays of a file: the largest picture of float64 with what may lie beside it. */
const limits = { entries: 1000, bytes: 512 * 2 ** 20, ratio: 200, unboundedBytes: 64 * 2 ** 20 };

/** An array of this name is taken from among several; the first one counts. */
const preferredNames = ['depth', 'image', 'arr_0'];

const ending = '.npy';

/** Whether a zip begins with an array; of a name that the head does not hold, what it holds is compared. */
function beginsWithArray(head: Uint8Array): boolean {
  const nameStart = 30;
  if (!isZip(head) || head.length < nameStart) return false;
  const length = (head[26] ?? 0) | ((head[27] ?? 0) << 8);
  const path = new TextDecoder('latin1').decode(head.subarray(nameStart, nameStart + length));
  return path.endsWith(ending) && path.length === length;
}

async function decodeNpz(bytes: Uint8Array, name: string): Promise<RawImage> {
  const sizes = usableEntries(listEntries(bytes, name, limits), name, limits).map(({ size }) => size);
  checkGrowth(
    sizes.reduce((sum, size) => sum + size, 0),
    bytes.length,
    name,
  );
  const files = (await unzip(bytes, name, limits)).filter(({ path }) => path.endsWith(ending));
  const arrays = new Map(files.map((file) => [file.path.slice(0, -ending.length), file.bytes]));
  const names = [...arrays.keys()];
  const chosen = names.length === 1 ? names[0] : preferredNames.find((preferred) => arrays.has(preferred));
  const content = chosen === undefined ? undefined : arrays.get(chosen);
  if (chosen === undefined || !content) {
    const listed = names.slice(0, 10).map((other) => other.replace(/[^\x20-\x7e]/g, '?').slice(0, 40));
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} holds ${names.length} arrays (${listed.join(', ')}${names.length > 10 ? ', ...' : ''}), and none is called depth, image or arr_0.`,
      remedy: 'Save the one array that is the picture, with np.savez_compressed(path, depth=array) or np.save.',
    });
  }
  const image = decodeNpy(content, `${name}/${chosen}`);
  if (names.length === 1) return image;
  return { ...image, notes: [...(image.notes ?? []), `Of ${names.length} arrays the one called ${chosen} was read.`] };
}

/**
 * Whether a zip is one image, an NPZ, rather than a folder of them: by its name, or because it holds arrays alone, none in
 * a folder, of which one is the picture.
 * @param name of the archive
 * @param members paths of the files in it
 */
export function isImageArchive(name: string, members: readonly string[]): boolean {
  const isArrays = members.length > 0 && members.every((path) => path.endsWith(ending));
  if (!isArrays) return false;
  if (/\.npz$/i.test(name) || members.length === 1) return true;
  return preferredNames.some((preferred) => members.includes(preferred + ending));
}

/** NPZ of NumPy: a zip of NPY files. The only array counts, else the one called depth, image or arr_0. */
export const npz: ImageFormat = {
  label: 'NPZ',
  extensions: ['npz'],
  matches: beginsWithArray,
  decode: decodeNpz,
};
