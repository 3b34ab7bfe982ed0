import { littleEndian, ZstdFault } from './bits';
import { mostBlockBytes, readLiterals } from './literals';
import { runSequences, type FrameState } from './sequences';
import { xxh64Low } from './xxh64';
import type { HuffmanTable } from './huffman';

const frameMagic = 0xfd2fb528;
/** Frames that hold something else have this and the fifteen numbers behind it. */
const skippableMagic = 0x184d2a50;

interface FrameHeader {
  /** Where the blocks begin. */
  readonly end: number;
  /** Bytes of the frame when unpacked; null where it does not say. */
  readonly size: number | null;
  readonly hasChecksum: boolean;
}

/** The header of a frame behind its magic number (RFC 8878, 3.1.1.1). Windows are of no matter: all output is kept. */
function readFrameHeader(packed: Uint8Array, start: number): FrameHeader {
  const flags = littleEndian(packed, start, 1);
  if ((flags & 8) !== 0) throw new ZstdFault('a reserved bit is set');
  const isSingle = (flags & 32) !== 0;
  const dictionaryBytes = [0, 1, 2, 4][flags & 3] ?? 0;
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >> 6] ?? 0;
  const dictionaryStart = start + 1 + (isSingle ? 0 : 1);
  if (littleEndian(packed, dictionaryStart, dictionaryBytes) !== 0) throw new ZstdFault('a dictionary is needed');
  const sizeStart = dictionaryStart + dictionaryBytes;
  const stored = littleEndian(packed, sizeStart, sizeBytes);
  const size = sizeBytes === 0 ? null : sizeBytes === 2 ? stored + 256 : stored;
  return { end: sizeStart + sizeBytes, size, hasChecksum: (flags & 4) !== 0 };
}

interface Position {
  /** In the packed bytes and in the target. */
  readonly read: number;
  readonly written: number;
}

/** Unpacks one frame, or its beginning if the target is full before its end. */
function expandFrame(packed: Uint8Array, target: Uint8Array, from: Position): Position {
  const header = readFrameHeader(packed, from.read + 4);
  const frame: FrameState = { tables: null, recent: [1, 4, 8], start: from.written };
  let table: HuffmanTable | null = null;
  let { written } = from;
  let read = header.end;
  for (let isLast = false; !isLast;) {
    const block = littleEndian(packed, read, 3);
    const [kind, size] = [(block >> 1) & 3, block >> 3];
    isLast = (block & 1) === 1;
    read += 3;
    const end = read + (kind === 1 ? 1 : size);
    if (kind === 3 || size > mostBlockBytes || end > packed.length) throw new ZstdFault('a block is broken');
    const content = packed.subarray(read, end);
    read = end;
    if (kind === 2) {
      const literals = readLiterals(content, table);
      table = literals.table;
      written = runSequences(content, literals.end, literals.bytes, target, written, frame);
    } else {
      const stop = Math.min(target.length, written + size);
      if (kind === 1) target.fill(content[0] ?? 0, written, stop);
      else target.set(content.subarray(0, stop - written), written);
      written = stop;
    }
    if (written === target.length && !isLast) return { read: packed.length, written };
  }
  const length = written - from.written;
  const isWhole = header.size === null || header.size === length;
  if (!isWhole && written < target.length) throw new ZstdFault('a frame has another length than it claims');
  if (!header.hasChecksum) return { read, written };
  if (isWhole && littleEndian(packed, read, 4) !== xxh64Low(target.subarray(from.written, written)))
    throw new ZstdFault('the checksum is wrong');
  return { read: read + 4, written };
}

/**
 * Unpacks Zstandard (RFC 8878) into `target` from its front and stops when that is full. Memory is taken for one block
 * of 128 kB at a time, whatever a frame claims. What is broken counts as one byte too short: nothing that came out is to
 * be trusted. Dictionaries are not known.
 * @returns how many bytes were written
 */
export function expandZstd(packed: Uint8Array, target: Uint8Array): number {
  let position: Position = { read: 0, written: 0 };
  try {
    while (position.read < packed.length && position.written < target.length) {
      const magic = littleEndian(packed, position.read, 4);
      if (magic === frameMagic) position = expandFrame(packed, target, position);
      else if (magic - (magic % 16) === skippableMagic)
        position = { ...position, read: position.read + 8 + littleEndian(packed, position.read + 4, 4) };
      else throw new ZstdFault('there is no frame');
    }
  } catch (error) {
    if (!(error instanceof ZstdFault)) throw error;
    return target.length - 1;
  }
  return position.written;
}
