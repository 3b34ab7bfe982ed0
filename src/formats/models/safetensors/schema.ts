import type { StoredType } from '../storedTensor';

/**
 * A safetensors file: u64 little-endian length of the header, the header as JSON (padded with spaces), then the data.
 * The header maps each tensor's name to `{ dtype, shape, data_offsets: [begin, end] }`, offsets counted from the end of
 * the header; the tensors tile the data without holes. `__metadata__` maps text to text.
 */

/** Bytes of the length that stands before the header. */
export const LENGTH_BYTES = 8;

/** Entry of the header that is no tensor. */
export const METADATA_KEY = '__metadata__';

/** Largest header: some 40,000 tensors. More would only cost time and memory to refuse. */
export const MOST_HEADER_BYTES = 2 ** 22;

/** Largest header that the format allows; a longer one is none. */
export const MOST_HEADER_BYTES_OF_FORMAT = 100_000_000;

/** How values are stored, by the `dtype` of the header. The 8-bit floating point types are not read. */
export const storedTypes: ReadonlyMap<string, StoredType> = new Map([
  ['F64', 'float64'],
  ['F32', 'float32'],
  ['F16', 'float16'],
  ['BF16', 'bfloat16'],
  ['I64', 'int64'],
  ['U64', 'uint64'],
  ['I32', 'int32'],
  ['U32', 'uint32'],
  ['I16', 'int16'],
  ['U16', 'uint16'],
  ['I8', 'int8'],
  ['U8', 'uint8'],
  ['BOOL', 'bool'],
]);
