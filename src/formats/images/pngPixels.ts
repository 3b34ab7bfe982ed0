import { Unzlib } from 'fflate';
import { damagedPng } from './pngChunks';
import type { PngHeader } from './pngChunks';

/** One pass over the image: every `dx`-th column from `x0`, every `dy`-th row from `y0`. */
interface Pass {
  readonly x0: number;
  readonly y0: number;
  readonly dx: number;
  readonly dy: number;
}

const wholeImage: readonly Pass[] = [{ x0: 0, y0: 0, dx: 1, dy: 1 }];

/** The seven passes of Adam7 (PNG specification, 8.2). */
const adam7: readonly Pass[] = [
  { x0: 0, y0: 0, dx: 8, dy: 8 },
  { x0: 4, y0: 0, dx: 8, dy: 8 },
  { x0: 0, y0: 4, dx: 4, dy: 8 },
  { x0: 2, y0: 0, dx: 4, dy: 4 },
  { x0: 0, y0: 2, dx: 2, dy: 4 },
  { x0: 1, y0: 0, dx: 2, dy: 2 },
  { x0: 0, y0: 1, dx: 1, dy: 2 },
];

/** A pass with its size in pixels and the bytes of one of its rows, without the filter byte. */
interface SizedPass extends Pass {
  readonly width: number;
  readonly height: number;
  readonly rowBytes: number;
}

function sizedPasses(header: PngHeader): SizedPass[] {
  return (header.interlaced ? adam7 : wholeImage)
    .map((pass) => {
      const width = Math.ceil((header.width - pass.x0) / pass.dx);
      const height = Math.ceil((header.height - pass.y0) / pass.dy);
      return { ...pass, width, height, rowBytes: Math.ceil((width * header.channels * header.bitDepth) / 8) };
    })
    .filter((pass) => pass.width > 0 && pass.height > 0);
}

/** Deflate cannot shrink data more than this. */
const maxDeflateRatio = 1032;
const inflatePieceBytes = 32 * 1024;

/** Inflates exactly `expected` bytes; what follows is never produced, so that a bomb costs nothing. */
function inflate(pieces: readonly Uint8Array[], expected: number, name: string): Uint8Array {
  const compressed = pieces.reduce((sum, piece) => sum + piece.length, 0);
  const early = (): Error => damagedPng(name, 'its pixel data (IDAT) end early');
  if (expected > compressed * maxDeflateRatio) throw early();
  const result = new Uint8Array(expected);
  let filled = 0;
  const inflator = new Unzlib((chunk) => {
    const taken = chunk.subarray(0, expected - filled);
    result.set(taken, filled);
    filled += taken.length;
  });
  try {
    for (const piece of pieces) {
      for (let start = 0; start < piece.length && filled < expected; start += inflatePieceBytes) {
        inflator.push(piece.subarray(start, start + inflatePieceBytes));
      }
    }
  } catch (error) {
    throw damagedPng(
      name,
      `its pixel data (IDAT) cannot be decompressed (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  if (filled < expected) throw early();
  return result;
}

/** The neighbour (left, above, upper left) that lies closest to `left + above - upperLeft`. */
function paeth(left: number, above: number, upperLeft: number): number {
  const estimate = left + above - upperLeft;
  const toLeft = Math.abs(estimate - left);
  const toAbove = Math.abs(estimate - above);
  const toUpperLeft = Math.abs(estimate - upperLeft);
  if (toLeft <= toAbove && toLeft <= toUpperLeft) return left;
  return toAbove <= toUpperLeft ? above : upperLeft;
}

/**
 * Undoes a row's filter in place (PNG specification, 9.2).
 * @param above the unfiltered row before, zeros for the first
 * @param step bytes between a byte and its left neighbour
 * @returns false when the filter type does not exist
 */
function unfilterRow(filter: number, row: Uint8Array, above: Uint8Array, step: number): boolean {
  const length = row.length;
  switch (filter) {
    case 0:
      return true;
    case 1:
      for (let i = step; i < length; i++) row[i] = (row[i] ?? 0) + (row[i - step] ?? 0);
      return true;
    case 2:
      for (let i = 0; i < length; i++) row[i] = (row[i] ?? 0) + (above[i] ?? 0);
      return true;
    case 3:
      for (let i = 0; i < length; i++) {
        const left = i < step ? 0 : (row[i - step] ?? 0);
        row[i] = (row[i] ?? 0) + ((left + (above[i] ?? 0)) >> 1);
      }
      return true;
    case 4:
      for (let i = 0; i < length; i++) {
        const left = i < step ? 0 : (row[i - step] ?? 0);
        const upperLeft = i < step ? 0 : (above[i - step] ?? 0);
        row[i] = (row[i] ?? 0) + paeth(left, above[i] ?? 0, upperLeft);
      }
      return true;
    default:
      return false;
  }
}

/** Spreads the packed samples of one unfiltered row over the image. */
function scatterRow(
  row: Uint8Array,
  pass: SizedPass,
  y: number,
  header: PngHeader,
  samples: Uint8Array | Uint16Array,
): void {
  const { channels, bitDepth } = header;
  let target = ((pass.y0 + y * pass.dy) * header.width + pass.x0) * channels;
  const advance = (pass.dx - 1) * channels;
  if (bitDepth === 8 && advance === 0) {
    samples.set(row, target);
    return;
  }
  const mask = (1 << bitDepth) - 1;
  for (let x = 0, sample = 0; x < pass.width; x++, target += advance) {
    for (let channel = 0; channel < channels; channel++, sample++, target++) {
      if (bitDepth === 16) samples[target] = ((row[sample * 2] ?? 0) << 8) | (row[sample * 2 + 1] ?? 0);
      else {
        const bit = sample * bitDepth;
        samples[target] = ((row[bit >> 3] ?? 0) >> (8 - bitDepth - (bit & 7))) & mask;
      }
    }
  }
}

/**
 * Decompresses, unfilters and deinterlaces the pixel stream.
 * @returns samples as stored (palette indices, unscaled 1, 2 and 4 bit values), row-major, channels interleaved
 * @throws StudioError `damaged-file`
 */
export function decodePngPixels(
  header: PngHeader,
  pieces: readonly Uint8Array[],
  name: string,
): Uint8Array | Uint16Array {
  const passes = sizedPasses(header);
  const expected = passes.reduce((sum, pass) => sum + pass.height * (pass.rowBytes + 1), 0);
  const stream = inflate(pieces, expected, name);
  const count = header.width * header.height * header.channels;
  const samples = header.bitDepth === 16 ? new Uint16Array(count) : new Uint8Array(count);
  const step = Math.max(1, (header.channels * header.bitDepth) / 8);
  let offset = 0;
  for (const pass of passes) {
    let above: Uint8Array = new Uint8Array(pass.rowBytes);
    for (let y = 0; y < pass.height; y++) {
      const filter = stream[offset] ?? 0;
      const row = stream.subarray(offset + 1, offset + 1 + pass.rowBytes);
      if (!unfilterRow(filter, row, above, step)) {
        throw damagedPng(name, `row ${String(y)} names filter ${String(filter)}, which does not exist`);
      }
      scatterRow(row, pass, y, header, samples);
      above = row;
      offset += pass.rowBytes + 1;
    }
  }
  return samples;
}
