import { checkSize } from './limits';
import { createWordReader, damagedPnm, readPnmHeader } from './pnmHeader';
import type { ImageFormat, RawImage } from './format';
import type { PnmHeader } from './pnmHeader';

type PnmSamples = Uint8Array<ArrayBuffer> | Uint16Array<ArrayBuffer>;

const bitsOf = (maxval: number): number => 32 - Math.clz32(maxval);

/** Bytes of the raster; of a text raster the fewest that can hold it. */
function rasterBytes({ width, height, channels, maxval, raster, oneIsBlack }: PnmHeader): number {
  const count = width * height * channels;
  if (raster === 'bits') return height * Math.ceil(width / 8);
  if (raster === 'bytes') return count * (maxval > 255 ? 2 : 1);
  // Digits of PBM may stand without spaces.
  return oneIsBlack ? count : count * 2 - 1;
}

function readBits({ width, height, start }: PnmHeader, bytes: Uint8Array, samples: PnmSamples): void {
  const rowBytes = Math.ceil(width / 8);
  for (let y = 0, target = 0; y < height; y++) {
    const row = start + y * rowBytes;
    for (let x = 0; x < width; x++, target++) samples[target] = ((bytes[row + (x >> 3)] ?? 0) >> (7 - (x & 7))) & 1;
  }
}

function readBytes({ start, maxval }: PnmHeader, bytes: Uint8Array, samples: PnmSamples): void {
  if (maxval <= 255) {
    samples.set(bytes.subarray(start, start + samples.length));
    return;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, samples.length * 2);
  for (let i = 0; i < samples.length; i++) samples[i] = view.getUint16(i * 2);
}

/** Ones and zeros of a text PBM, with or without spaces between them. */
function readTextBits({ start }: PnmHeader, bytes: Uint8Array, samples: PnmSamples, name: string): number {
  const reader = createWordReader(bytes, (fault) => damagedPnm(name, fault), start);
  for (let filled = 0; filled < samples.length;) {
    const word = reader.word();
    if (word === '') throw damagedPnm(name, `it ends ${samples.length - filled} pixels early`);
    if (!/^[01]+$/.test(word) || filled + word.length > samples.length)
      throw damagedPnm(name, `pixel ${filled} is neither 0 nor 1, or too many digits follow it`);
    for (const digit of word) samples[filled++] = Number(digit);
  }
  return reader.position();
}

/** @returns the offset behind the raster */
function readText(header: PnmHeader, bytes: Uint8Array, samples: PnmSamples, name: string): number {
  if (header.oneIsBlack) return readTextBits(header, bytes, samples, name);
  const reader = createWordReader(bytes, (fault) => damagedPnm(name, fault), header.start);
  for (let i = 0; i < samples.length; i++) {
    const value = reader.whole(`sample ${i}`);
    if (value > header.maxval) throw aboveMaxval(i, value, header, name);
    samples[i] = value;
  }
  return reader.position();
}

const aboveMaxval = (index: number, value: number, { maxval }: PnmHeader, name: string): Error =>
  damagedPnm(name, `sample ${index} is ${value}, above its largest value ${maxval}`);

/** @returns the offset behind the raster */
function fill(header: PnmHeader, bytes: Uint8Array, samples: PnmSamples, name: string): number {
  if (header.raster === 'text') return readText(header, bytes, samples, name);
  if (header.raster === 'bits') readBits(header, bytes, samples);
  else readBytes(header, bytes, samples);
  const index = samples.findIndex((value: number) => value > header.maxval);
  if (index >= 0) throw aboveMaxval(index, samples[index] ?? 0, header, name);
  return header.start + rasterBytes(header);
}

/** Remarks on what follows the picture, white space aside. */
export function notesOnRest(rest: Uint8Array): Pick<RawImage, 'notes'> {
  if (rest.every((byte) => byte === 0x20 || (byte >= 0x09 && byte <= 0x0d))) return {};
  const what =
    rest[0] === 0x50 ? 'Only the first of several pictures was read' : 'What follows the picture was not read';
  return { notes: [`${what} (${rest.length} more bytes).`] };
}

function decodePnm(bytes: Uint8Array, name: string): RawImage {
  const header = readPnmHeader(bytes, name);
  const { width, height, channels, maxval, oneIsBlack } = header;
  if (width === 0 || height === 0) throw damagedPnm(name, `its header gives a size of ${width}x${height} pixels`);
  checkSize(width, height, channels * (maxval > 255 ? 2 : 1), name);
  const missing = header.start + rasterBytes(header) - bytes.length;
  if (missing > 0) throw damagedPnm(name, `it ends at least ${missing} bytes early`);
  const count = width * height * channels;
  const samples = maxval > 255 ? new Uint16Array(count) : new Uint8Array(count);
  const end = fill(header, bytes, samples, name);
  if (oneIsBlack) for (let i = 0; i < count; i++) samples[i] = 1 - (samples[i] ?? 0);
  return { width, height, channels, bitDepth: bitsOf(maxval), samples, ...notesOnRest(bytes.subarray(end)) };
}

/**
 * Netpbm: PBM, PGM and PPM as text (P1 to P3) or bytes (P4 to P6), PAM (P7) with 1 to 4 channels; 1 to 16 bits. Samples
 * are not scaled to their largest value, whose bits are the bit depth. In PBM alone 1 is black: it is turned, so that
 * more is brighter. Of several pictures the first is read.
 * Source: netpbm.sourceforge.net/doc/{pbm,pgm,ppm,pam}.html.
 */
export const pnm: ImageFormat = {
  label: 'PNM',
  extensions: ['pgm', 'ppm', 'pbm', 'pnm', 'pam'],
  matches: (head) => /^P[1-7][\s#]/.test(String.fromCharCode(...head.subarray(0, 3))),
  decode: (bytes, name) =>
    new Promise((resolve) => {
      resolve(decodePnm(bytes, name));
    }),
};
