import { zlibSync } from 'fflate';
import { crc32 } from '../formats/crc32';
import type { RawImage } from '../formats/images/format';

const colorTypes = { 1: 0, 2: 4, 3: 2, 4: 6 } as const;

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  for (let i = 0; i < 4; i++) bytes[4 + i] = type.charCodeAt(i);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

/** The predictor of PNG filter 4: whichever of left, above and corner is nearest to left + above - corner. */
function paeth(left: number, above: number, corner: number): number {
  const [toLeft, toAbove] = [Math.abs(above - corner), Math.abs(left - corner)];
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}

/** Filters 0 to 4: none, left, above, mean, Paeth. */
const predictors: readonly ((left: number, above: number, corner: number) => number)[] = [
  () => 0,
  (left) => left,
  (_left, above) => above,
  (left, above) => (left + above) >> 1,
  paeth,
];

/** One row as its differences to a prediction, by the filter whose differences are smallest in sum. */
function filterRow(row: Uint8Array, above: Uint8Array, stride: number): Uint8Array {
  let best = new Uint8Array(0);
  let bestSum = Infinity;
  for (const [filter, predict] of predictors.entries()) {
    const filtered = new Uint8Array(row.length + 1);
    filtered[0] = filter;
    let sum = 0;
    for (let i = 0; i < row.length; i++) {
      const prediction = predict(row[i - stride] ?? 0, above[i] ?? 0, i < stride ? 0 : (above[i - stride] ?? 0));
      const difference = ((row[i] ?? 0) - prediction) & 255;
      filtered[i + 1] = difference;
      sum += Math.min(difference, 256 - difference);
    }
    if (sum < bestSum) [best, bestSum] = [filtered, sum];
  }
  return best;
}

/** Samples as PNG stores them: high byte first. */
function bigEndian(samples: RawImage['samples']): Uint8Array {
  if (samples instanceof Uint8Array) return samples;
  return Uint8Array.from({ length: samples.length * 2 }, (_, i) => ((samples[i >> 1] ?? 0) >> (i & 1 ? 0 : 8)) & 255);
}

/**
 * An image of 8 or 16 bits as a PNG file. The same image gives the same bytes, and each row has the filter that fits
 * it best (the packages at hand do without filters, which doubles the size of depth images).
 *
 * @throws RangeError when the image has another bit depth
 */
export function encodePng({ width, height, channels, bitDepth, samples }: RawImage): Uint8Array {
  if (bitDepth !== 8 && bitDepth !== 16) throw new RangeError(`Cannot write a PNG of ${String(bitDepth)} bits.`);
  const stride = (channels * bitDepth) / 8;
  const pixels = bigEndian(samples);
  const rowLength = width * stride;
  const rows = new Uint8Array(height * (rowLength + 1));
  for (let y = 0; y < height; y++) {
    const above = y === 0 ? new Uint8Array(rowLength) : pixels.subarray((y - 1) * rowLength, y * rowLength);
    rows.set(filterRow(pixels.subarray(y * rowLength, (y + 1) * rowLength), above, stride), y * (rowLength + 1));
  }
  const header = new Uint8Array(13);
  const view = new DataView(header.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  header.set([bitDepth, colorTypes[channels], 0, 0, 0], 8);
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  const parts = [
    signature,
    chunk('IHDR', header),
    chunk('IDAT', zlibSync(rows, { level: 9 })),
    chunk('IEND', new Uint8Array(0)),
  ];
  const file = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    file.set(part, offset);
    offset += part.length;
  }
  return file;
}
