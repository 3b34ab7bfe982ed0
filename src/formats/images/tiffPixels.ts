import { halfToNumber } from '../half';
import { damagedTiff } from './tiffDirectory';
import { rowBytes } from './tiffLayout';
import type { Samples } from './format';
import type { TiffLayout, TiffPiece } from './tiffLayout';

/** A view of bytes as numbers of the machine, whose byte order is little-endian wherever the studio runs. */
type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

function reverseBits(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte) => {
    let reversed = 0;
    for (let bit = 0; bit < 8; bit++) reversed |= ((byte >> bit) & 1) << (7 - bit);
    return reversed;
  });
}

/** Turns big-endian words of 2, 4 or 8 bytes round, in place. */
function swapBytes(bytes: Uint8Array, wordBytes: number): void {
  for (let start = 0; start + wordBytes <= bytes.length; start += wordBytes) {
    bytes.subarray(start, start + wordBytes).reverse();
  }
}

function wordsOf(bytes: Uint8Array, wordBytes: number): Words {
  const [buffer, offset, count] = [bytes.buffer, bytes.byteOffset, Math.floor(bytes.length / wordBytes)];
  if (wordBytes === 2) return new Uint16Array(buffer, offset, count);
  if (wordBytes === 4) return new Uint32Array(buffer, offset, count);
  if (wordBytes === 8) return new BigUint64Array(buffer, offset, count);
  return bytes;
}

/** Undoes predictor 2 in place: each sample was stored as its difference from the one `step` before it, wrapping. */
function addDifferences(words: Words, rowWords: number, step: number): void {
  for (let row = 0; row < words.length; row += rowWords) {
    const end = Math.min(words.length, row + rowWords);
    if (words instanceof BigUint64Array) {
      for (let at = row + step; at < end; at++) words[at] = (words[at] ?? 0n) + (words[at - step] ?? 0n);
    } else {
      for (let at = row + step; at < end; at++) words[at] = (words[at] ?? 0) + (words[at - step] ?? 0);
    }
  }
}

/**
 * Undoes predictor 3 in place (Adobe Photoshop TIFF Technical Note 3): a row holds all first bytes of its floats, then
 * all second ones, highest first whatever the byte order of the file, as differences of bytes.
 */
function joinFloatBytes(bytes: Uint8Array, width: number, step: number, wordBytes: number): void {
  const count = width * step;
  const row = new Uint8Array(count * wordBytes);
  for (let start = 0; start < bytes.length; start += row.length) {
    const stored = bytes.subarray(start, start + row.length);
    addDifferences(stored, row.length, step);
    for (let index = 0; index < count; index++) {
      for (let byte = 0; byte < wordBytes; byte++)
        row[index * wordBytes + wordBytes - 1 - byte] = stored[byte * count + index] ?? 0;
    }
    stored.set(row);
  }
}

/** Decompresses a piece into exactly the bytes of its pixels. */
function expandPiece(bytes: Uint8Array, layout: TiffLayout, piece: TiffPiece, name: string): Uint8Array {
  const stored = bytes.subarray(piece.offset, piece.offset + piece.packedBytes);
  const packed = layout.reversedBits ? reverseBits(stored) : stored;
  const pixels = new Uint8Array(rowBytes(layout, piece) * piece.height);
  const { kind, bits, samplesPerPiece: samples, alpha } = layout;
  const shape = { width: piece.width, height: piece.height, samples, kind, bits, alpha };
  if (layout.compression.expand(packed, pixels, shape) < pixels.length)
    throw damagedTiff(
      name,
      `strip or tile ${String(piece.index)} of its pixel data ends early or is not ${layout.compression.label} data`,
    );
  return pixels;
}

/** Brings the bytes of a piece to little-endian samples without differences. */
function undoPredictor(pixels: Uint8Array, layout: TiffLayout, piece: TiffPiece, littleEndian: boolean): void {
  const { bits, predictor, samplesPerPiece } = layout;
  if (predictor === 3) {
    joinFloatBytes(pixels, piece.width, samplesPerPiece, bits / 8);
    return;
  }
  // Samples that do not fill bytes are a stream of bits, highest first, in either byte order.
  const wordBytes = bits % 8 === 0 ? bits / 8 : 1;
  if (!littleEndian && wordBytes > 1) swapBytes(pixels, wordBytes);
  if (predictor === 2) addDifferences(wordsOf(pixels, wordBytes), piece.width * samplesPerPiece, samplesPerPiece);
}

/** Reads samples of 1 to 15 bits that follow each other, highest bit first; every row begins at a byte. */
function unpackBits(pixels: Uint8Array, bits: number, rowSamples: number, signed: boolean): Int32Array {
  const bytesPerRow = Math.ceil((rowSamples * bits) / 8);
  const rows = pixels.length / bytesPerRow;
  const samples = new Int32Array(rows * rowSamples);
  const shift = 32 - bits;
  for (let row = 0, target = 0; row < rows; row++) {
    for (let sample = 0; sample < rowSamples; sample++, target++) {
      const bit = sample * bits;
      const at = row * bytesPerRow + (bit >> 3);
      const three = ((pixels[at] ?? 0) << 16) | ((pixels[at + 1] ?? 0) << 8) | (pixels[at + 2] ?? 0);
      const atTop = three << (8 + (bit & 7));
      samples[target] = signed ? atTop >> shift : atTop >>> shift;
    }
  }
  return samples;
}

/** The samples of a piece as numbers. */
function samplesOf(pixels: Uint8Array, { kind, bits, samplesPerPiece }: TiffLayout, piece: TiffPiece): Samples {
  const { buffer } = pixels; // its own, from 0
  if (kind === 'float') {
    if (bits === 16) return Float32Array.from(new Uint16Array(buffer), halfToNumber);
    return bits === 32 ? new Float32Array(buffer) : new Float64Array(buffer);
  }
  const signed = kind === 'signed';
  if (bits === 8) return signed ? Int16Array.from(new Int8Array(buffer)) : pixels;
  if (bits === 16) return signed ? new Int16Array(buffer) : new Uint16Array(buffer);
  if (bits === 32) return signed ? new Int32Array(buffer) : new Uint32Array(buffer);
  return unpackBits(pixels, bits, piece.width * samplesPerPiece, signed);
}

function allocate({ kind, bits }: TiffLayout, count: number): Samples {
  if (kind === 'float') return bits === 64 ? new Float64Array(count) : new Float32Array(count);
  if (kind === 'signed') return bits > 16 ? new Int32Array(count) : new Int16Array(count);
  if (bits <= 8) return new Uint8Array(count);
  return bits <= 16 ? new Uint16Array(count) : new Uint32Array(count);
}

/** Puts the samples of a piece that are kept and lie in the image where they belong. */
function place(from: Samples, to: Samples, layout: TiffLayout, piece: TiffPiece, kept: number): void {
  const { samplesPerPiece: step } = layout;
  const width = Math.min(piece.width, layout.width - piece.x);
  const height = Math.min(piece.height, layout.height - piece.y);
  const channels = Math.min(kept, step);
  for (let y = 0; y < height; y++) {
    let source = y * piece.width * step;
    let target = ((piece.y + y) * layout.width + piece.x) * kept + piece.plane;
    for (let x = 0; x < width; x++, source += step, target += kept) {
      for (let channel = 0; channel < channels; channel++) to[target + channel] = from[source + channel] ?? 0;
    }
  }
}

/**
 * Decodes the pixels of a page.
 * @param kept the first samples of each pixel that are wanted
 * @returns `[height, width, kept]`: unsigned integers in the smallest type, signed ones in 16 or 32 bits, floats in 32 or
 * 64
 * @throws StudioError `damaged-file`
 */
export function decodeTiffPixels(
  bytes: Uint8Array,
  layout: TiffLayout,
  littleEndian: boolean,
  kept: number,
  name: string,
): Samples {
  const samples = allocate(layout, layout.width * layout.height * kept);
  for (const piece of layout.pieces) {
    if (piece.plane >= kept) continue;
    const pixels = expandPiece(bytes, layout, piece, name);
    undoPredictor(pixels, layout, piece, littleEndian);
    place(samplesOf(pixels, layout, piece), samples, layout, piece, kept);
  }
  return samples;
}
