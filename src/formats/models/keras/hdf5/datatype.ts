import type { ByteReader } from '../../../byteReader';
import { sizeOf, type StoredType } from '../../storedTensor';
import { damaged, type Source } from './source';

/** What one value of a dataset or attribute is. */
export type Datatype =
  | { readonly kind: 'number'; readonly stored: StoredType; readonly size: number }
  | { readonly kind: 'text'; readonly size: number; readonly padding: 'nul' | 'space' }
  | { readonly kind: 'longText'; readonly size: 16 }
  | { readonly kind: 'opaque'; readonly size: number }
  | { readonly kind: 'other'; readonly label: string; readonly size: number };

const signed = new Map<number, StoredType>([[1, 'int8'], [2, 'int16'], [4, 'int32'], [8, 'int64']]); // prettier-ignore
const unsigned = new Map<number, StoredType>([[1, 'uint8'], [2, 'uint16'], [4, 'uint32'], [8, 'uint64']]); // prettier-ignore
/** By size, bits of the exponent and bits of the fraction. */
const floats = new Map<string, StoredType>([
  ['2 5 10', 'float16'],
  ['2 8 7', 'bfloat16'],
  ['4 8 23', 'float32'],
  ['8 11 52', 'float64'],
]);

function floatType(reader: ByteReader, size: number): StoredType | undefined {
  reader.skip(5);
  const exponent = reader.uint8();
  reader.skip(1);
  return floats.get(`${size} ${exponent} ${reader.uint8()}`);
}

/** Reads a datatype. Types that no weight and no name of Keras has are `other`. */
export function readDatatype(source: Source, offset: number): Datatype {
  const reader = source.at(offset);
  const head = reader.uint8();
  const [typeClass, version] = [head & 15, head >> 4];
  if (version < 1 || version > 5) damaged(source, `it has a datatype of version ${version}`);
  const bits = reader.uint8();
  reader.skip(2);
  const size = reader.uint32();
  const isBigEndian = (bits & 1) !== 0;
  const other = (label: string): Datatype => ({ kind: 'other', label, size });
  if (typeClass === 0 || typeClass === 1) {
    const stored = typeClass === 1 ? floatType(reader, size) : (bits & 8 ? signed : unsigned).get(size);
    if (isBigEndian) return other('big-endian numbers');
    return stored ? { kind: 'number', stored, size } : other(`numbers of ${size} bytes`);
  }
  if (typeClass === 3) return { kind: 'text', size, padding: (bits & 15) === 2 ? 'space' : 'nul' };
  if (typeClass === 9 && (bits & 15) === 1 && size === 16) return { kind: 'longText', size };
  if (typeClass === 5) return { kind: 'opaque', size };
  // numpy's truth values are an enumeration of two bytes.
  if (typeClass === 8 && size === 1) return { kind: 'number', stored: 'bool', size };
  return other(`values of the HDF5 class ${typeClass}`);
}

const HIGHEST_RANK = 32;

/** Lengths of the axes; none for a single value. */
export function readShape(source: Source, offset: number): readonly number[] {
  const reader = source.at(offset);
  const [version, rank] = [reader.uint8(), reader.uint8()];
  reader.skip(1);
  if ((version !== 1 && version !== 2) || rank > HIGHEST_RANK) damaged(source, 'a shape is unreadable');
  const isNothing = version === 2 && reader.uint8() === 2;
  if (version === 1) reader.skip(5);
  const lengths = isNothing ? [0] : Array.from({ length: rank }, () => reader.uint64());
  return Number.isSafeInteger(sizeOf(lengths)) ? lengths : damaged(source, 'a shape is impossibly large');
}
