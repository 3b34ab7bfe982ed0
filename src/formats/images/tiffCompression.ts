import { Unzlib } from 'fflate';
import { expandZstd } from '../zstd/zstd';

/** The pixels of a strip or tile. */
export interface PieceShape {
  readonly width: number;
  readonly height: number;
  /** Samples of a pixel. */
  readonly samples: number;
  readonly kind: 'unsigned' | 'signed' | 'float';
  readonly bits: number;
  /** Whether the last sample is alpha. */
  readonly alpha: boolean;
}

/** A way to store the bytes of a strip or tile. */
export interface TiffCompression {
  readonly label: string;
  /** No stream of this kind grows by more than this factor: what claims more is refused before it is given memory. */
  readonly maxRatio: number;
  /** Whether samples may have been replaced by differences before: the predictor field of the others means nothing. */
  readonly predicts: boolean;
  /** Gets what `expand` needs, where that is not here from the start. */
  readonly load?: () => Promise<void>;
  /**
   * Fills `target` from the front and stops when it is full.
   * @returns how many bytes were written; fewer than `target` holds when the stream ends or breaks off early
   */
  readonly expand: (packed: Uint8Array, target: Uint8Array, shape: PieceShape) => number;
}

function copy(packed: Uint8Array, target: Uint8Array): number {
  const taken = packed.subarray(0, target.length);
  target.set(taken);
  return taken.length;
}

/** Runs of bytes (TIFF 6.0, section 9): n < 128 is followed by n + 1 bytes, n > 128 by one that stands 257 - n times. */
function expandPackBits(packed: Uint8Array, target: Uint8Array): number {
  let [read, written] = [0, 0];
  while (read < packed.length && written < target.length) {
    const control = packed[read++] ?? 0;
    if (control === 128) continue;
    if (control < 128) {
      const run = packed.subarray(read, read + Math.min(control + 1, target.length - written));
      target.set(run, written);
      written += run.length;
      read += control + 1;
    } else if (read < packed.length) {
      const end = Math.min(target.length, written + 257 - control);
      target.fill(packed[read++] ?? 0, written, end);
      written = end;
    }
  }
  return written;
}

const clearCode = 256;
const endCode = 257;
const firstFreeCode = 258;
const tableSize = 4096;

/**
 * LZW (TIFF 6.0, section 13): codes of 9 to 12 bits, highest bit first; they grow one code early. The string of a code
 * is a place in `target`, where it stood when the code was made: no table of strings is needed. Streams of programs from
 * before TIFF 5.0, lowest bit first, give nothing.
 */
function expandLzw(packed: Uint8Array, target: Uint8Array): number {
  if (packed[0] === 0 && ((packed[1] ?? 0) & 1) === 1) return 0; // the clear code in the old order of bits
  const starts = new Uint32Array(tableSize);
  const lengths = new Uint16Array(tableSize);
  let [next, width, previousStart, previousLength] = [firstFreeCode, 9, 0, 0];
  let [read, pending, pendingBits, written] = [0, 0, 0, 0];
  while (written < target.length) {
    for (; pendingBits < width && read < packed.length; pendingBits += 8)
      pending = ((pending << 8) | (packed[read++] ?? 0)) & 0xffffff;
    if (pendingBits < width) return written;
    pendingBits -= width;
    const code = (pending >> pendingBits) & ((1 << width) - 1);
    if (code === endCode) return written;
    if (code === clearCode) {
      [next, width, previousLength] = [firstFreeCode, 9, 0];
      continue;
    }
    if (previousLength > 0 && next < tableSize) {
      starts[next] = previousStart;
      lengths[next] = previousLength + 1;
      next++;
      if (next + 1 >= 1 << width && width < 12) width++;
    }
    if (code >= next) return written;
    previousStart = written;
    previousLength = code < clearCode ? 1 : (lengths[code] ?? 0);
    if (code < clearCode) target[written++] = code;
    else {
      const end = Math.min(target.length, written + previousLength);
      // Byte by byte: the newest string reaches one byte into what is being written.
      for (let from = starts[code] ?? 0; written < end; written++) target[written] = target[from++] ?? 0;
    }
  }
  return written;
}

const inflatePieceBytes = 32 * 1024;

/** The checksum at the end of a zlib stream (RFC 1950). */
function adler32(bytes: Uint8Array): number {
  let [low, high] = [1, 0];
  for (let start = 0; start < bytes.length; start += 3800) {
    for (const byte of bytes.subarray(start, start + 3800)) high += low += byte;
    [low, high] = [low % 65521, high % 65521];
  }
  return high * 65536 + low;
}

/** Whether a stream ends with the checksum of what it held, or with that and a byte that makes its length even. */
function endsWithChecksum(packed: Uint8Array, content: Uint8Array): boolean {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const checksum = adler32(content);
  return [4, 5].some((back) => back <= packed.length && view.getUint32(packed.length - back) === checksum);
}

/** Zlib (RFC 1950). What is broken counts as one byte too short: nothing that came out is to be trusted. */
function expandDeflate(packed: Uint8Array, target: Uint8Array): number {
  let produced = 0;
  const inflator = new Unzlib((chunk) => {
    if (produced < target.length) target.set(chunk.subarray(0, target.length - produced), produced);
    produced += chunk.length;
  });
  try {
    for (let start = 0; start < packed.length && produced <= target.length; start += inflatePieceBytes)
      inflator.push(packed.subarray(start, start + inflatePieceBytes));
  } catch {
    return target.length - 1;
  }
  // Only the checksum of a stream that held more, like padded rows below the image, cannot be compared.
  if (produced === target.length && !endsWithChecksum(packed, target)) return target.length - 1;
  return Math.min(produced, target.length);
}

/** Lossless streams that may also lie around LERC. */
export const deflate: TiffCompression = { label: 'deflate', maxRatio: 1032, predicts: true, expand: expandDeflate };

/** No block of Zstandard holds more than 128 kB, and none takes less than 4 bytes. */
export const zstandard: TiffCompression = { label: 'Zstandard', maxRatio: 32_768, predicts: true, expand: expandZstd };

/** What the compression field may say and is read here. */
export const tiffCompressions: ReadonlyMap<number, TiffCompression> = new Map([
  [1, { label: 'none', maxRatio: 1, predicts: false, expand: copy }],
  [5, { label: 'LZW', maxRatio: 2731, predicts: true, expand: expandLzw }], // 4096 bytes from 12 bits at best
  [8, deflate],
  [32946, deflate],
  [34926, zstandard],
  [50000, zstandard],
  [32773, { label: 'PackBits', maxRatio: 64, predicts: false, expand: expandPackBits }],
]);

/** What the compression field may say and is refused by name. */
export const foreignCompressions: ReadonlyMap<number, string> = new Map([
  [2, 'CCITT fax'],
  [3, 'CCITT fax'],
  [4, 'CCITT fax'],
  [6, 'old-style JPEG'],
  [7, 'JPEG'],
  [34661, 'JBIG'],
  [34712, 'JPEG 2000'],
  [33003, 'JPEG 2000'],
  [33005, 'JPEG 2000'],
  [34925, 'LZMA'],
  [50001, 'WebP'],
  [50002, 'JPEG XL'],
  [52546, 'JPEG XL'],
]);
