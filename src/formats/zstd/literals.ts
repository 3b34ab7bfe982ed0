import { littleEndian, ZstdFault } from './bits';
import { decodeHuffman, readHuffmanTable, type HuffmanTable } from './huffman';

/** No block holds more. */
export const mostBlockBytes = 128 * 1024;

export interface Literals {
  readonly bytes: Uint8Array;
  /** Where the sequences begin. */
  readonly end: number;
  /** For a later block that has none of its own. */
  readonly table: HuffmanTable | null;
}

/** Bytes of the header, and of each size in it the bits, by its two bits of format. */
const plainHeaders = [
  { header: 1, shift: 3 },
  { header: 2, shift: 4 },
  { header: 1, shift: 3 },
  { header: 3, shift: 4 },
] as const;
const packedHeaders = [
  { header: 3, sizeBits: 10, streams: 1 },
  { header: 3, sizeBits: 10, streams: 4 },
  { header: 4, sizeBits: 14, streams: 4 },
  { header: 5, sizeBits: 18, streams: 4 },
] as const;

function plainLiterals(block: Uint8Array, repeated: boolean, format: number, table: HuffmanTable | null): Literals {
  const { header, shift } = plainHeaders[format] ?? plainHeaders[0];
  const size = littleEndian(block, 0, header) >> shift;
  const end = header + (repeated ? 1 : size);
  if (size > mostBlockBytes || end > block.length) throw new ZstdFault('literals end early');
  const bytes = repeated ? new Uint8Array(size).fill(block[header] ?? 0) : block.subarray(header, end);
  return { bytes, end, table };
}

/** Codes in four streams, which follow the sizes of the first three. */
function decodeFour(packed: Uint8Array, table: HuffmanTable, target: Uint8Array): void {
  const part = (target.length + 3) >> 2;
  if (part * 3 > target.length) throw new ZstdFault('literals are too few for four streams');
  let start = 6;
  for (let stream = 0; stream < 4; stream++) {
    const end = stream < 3 ? start + littleEndian(packed, stream * 2, 2) : packed.length;
    if (end > packed.length) throw new ZstdFault('literals end early');
    decodeHuffman(
      packed.subarray(start, end),
      table,
      target.subarray(stream * part, Math.min(target.length, (stream + 1) * part)),
    );
    start = end;
  }
}

/**
 * Reads the literals of a block (RFC 8878, 3.1.1.3.1): plain, one byte repeated, or in prefix codes.
 * @param previous table of an earlier block of the frame
 */
export function readLiterals(block: Uint8Array, previous: HuffmanTable | null): Literals {
  const first = littleEndian(block, 0, 1);
  const [kind, format] = [first & 3, (first >> 2) & 3];
  if (kind < 2) return plainLiterals(block, kind === 1, format, previous);
  const { header, sizeBits, streams } = packedHeaders[format] ?? packedHeaders[0];
  const sizes = Math.floor(littleEndian(block, 0, header) / 16);
  const [size, packedSize] = [sizes % 2 ** sizeBits, Math.floor(sizes / 2 ** sizeBits)];
  const end = header + packedSize;
  if (size > mostBlockBytes || end > block.length) throw new ZstdFault('literals end early');
  const own = kind === 2 ? readHuffmanTable(block.subarray(0, end), header) : { table: previous, end: header };
  if (!own.table) throw new ZstdFault('literals have no table of codes');
  const bytes = new Uint8Array(size);
  (streams === 4 ? decodeFour : decodeHuffman)(block.subarray(own.end, end), own.table, bytes);
  return { bytes, end, table: own.table };
}
