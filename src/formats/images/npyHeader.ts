import { damagedImage, unsupportedImage } from './refusals';

/** What the header of an NPY file says about its array. */
export interface NpyHeader {
  /** Type code of NumPy: byte order, kind and bytes of a value, as in `<f4`. */
  readonly descr: string;
  /** Whether the first index runs fastest. */
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
  /** Offset of the values. */
  readonly start: number;
}

/** Headers of plain arrays have about a hundred bytes. */
const longestHeader = 64 * 1024;

export const damagedNpy = (name: string, fault: string): Error => damagedImage('NumPy array', name, fault);

/**
 * A sound array that is no picture.
 * @param what completes "x is a NumPy array with "
 * @param call how to save it in Python
 */
export function unsupportedNpy(name: string, what: string, call: string): Error {
  return unsupportedImage('NumPy array', name, what, `Save it anew in Python, with ${call}, or leave it out.`);
}

/** Text of the header, white space in one piece: version 1 has a length of two bytes, versions 2 and 3 of four. */
function headerText(bytes: Uint8Array, name: string): { text: string; start: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 12) throw damagedNpy(name, 'it ends before its header');
  const version = view.getUint8(6);
  if (version < 1 || version > 3) throw damagedNpy(name, `its version is given as ${version} instead of 1 to 3`);
  const [length, first] = version === 1 ? [view.getUint16(8, true), 10] : [view.getUint32(8, true), 12];
  if (length > longestHeader) throw damagedNpy(name, `its header is given a length of ${length} bytes`);
  if (first + length > bytes.length) throw damagedNpy(name, 'it ends in the middle of its header');
  const text = new TextDecoder().decode(bytes.subarray(first, first + length));
  return { text: text.replace(/\s+/g, ' ').trim(), start: first + length };
}

/** The entries of the dictionary that NumPy writes: three keys, a text, a truth value and a tuple of whole numbers. */
const dictionary =
  /^\{((?: ?'(?:descr|fortran_order|shape)' ?: ?(?:'[^'\\]{1,16}'|True|False|\([\d ,]{0,200}\)) ?,?){3}) ?\}$/;
const entry = /'(descr|fortran_order|shape)' ?: ?('[^']*'|True|False|\([^)]*\))/g;

/**
 * Reads the header of an NPY file, which is a Python dictionary, without running it.
 * Source: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.
 * @throws StudioError `damaged-file` or `unsupported-format`
 */
export function readNpyHeader(bytes: Uint8Array, name: string): NpyHeader {
  const { text, start } = headerText(bytes, name);
  const body = dictionary.exec(text)?.[1];
  if (body === undefined) {
    if (/'descr' ?: ?\[/.test(text))
      throw unsupportedNpy(name, 'several fields a record', 'np.save(path, array["depth"])');
    throw damagedNpy(name, 'its header does not name the type, the order and the shape of its values');
  }
  const entries = new Map([...body.matchAll(entry)].map(([, key = '', value = '']) => [key, value]));
  const shape = (entries.get('shape') ?? '').match(/\d+/g)?.map(Number) ?? [];
  const order = entries.get('fortran_order') ?? '';
  const descr = entries.get('descr') ?? '';
  if (entries.size !== 3 || !descr.startsWith("'") || !/^[TF]/.test(order) || !entries.get('shape')?.startsWith('('))
    throw damagedNpy(name, 'its header does not name the type, the order and the shape of its values');
  return { descr: descr.slice(1, -1), fortranOrder: order === 'True', shape, start };
}
