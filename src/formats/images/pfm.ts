import { checkSize } from './limits';
import { notesOnRest } from './pnm';
import { createWordReader, printable } from './pnmHeader';
import { damagedImage } from './refusals';
import type { ImageFormat, RawImage } from './format';

const damagedPfm = (name: string, fault: string): Error => damagedImage('PFM image', name, fault);

interface PfmHeader {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly littleEndian: boolean;
  /** The absolute value of the third number: a factor that programs disagree on. */
  readonly factor: number;
  /** Offset of the raster. */
  readonly start: number;
}

function readHeader(bytes: Uint8Array, name: string): PfmHeader {
  const reader = createWordReader(bytes, (fault) => damagedPfm(name, fault), 2, Math.min(bytes.length, 64 * 1024));
  const [width, height] = [reader.whole('its width'), reader.whole('its height')];
  const text = reader.word();
  const scale = Number(text);
  if (text === '' || !Number.isFinite(scale) || scale === 0)
    throw damagedPfm(name, `its byte order is given as ${printable(text)} instead of a number above or below 0`);
  if (width === 0 || height === 0) throw damagedPfm(name, `its header gives a size of ${width}x${height} pixels`);
  const channels = bytes[1] === 0x46 ? 3 : 1;
  return { width, height, channels, littleEndian: scale < 0, factor: Math.abs(scale), start: reader.position() + 1 };
}

/** Samples of the rows from the top, which the file begins at the bottom. */
function readRows(header: PfmHeader, bytes: Uint8Array): Float32Array {
  const { width, height, channels, littleEndian, start } = header;
  const rowLength = width * channels;
  const samples = new Float32Array(rowLength * height);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, samples.byteLength);
  for (let y = 0; y < height; y++) {
    const source = (height - 1 - y) * rowLength;
    for (let x = 0; x < rowLength; x++) samples[y * rowLength + x] = view.getFloat32((source + x) * 4, littleEndian);
  }
  return samples;
}

function decodePfm(bytes: Uint8Array, name: string): RawImage {
  const header = readHeader(bytes, name);
  const { width, height, channels, factor } = header;
  checkSize(width, height, channels * 4, name);
  const end = header.start + width * height * channels * 4;
  if (end > bytes.length) throw damagedPfm(name, `it ends ${end - bytes.length} bytes early`);
  const rest = notesOnRest(bytes.subarray(end));
  const notes = [
    ...(factor === 1 ? [] : [`The file names a factor of ${factor}; the values are as stored, without it.`]),
    ...(rest.notes ?? []),
  ];
  const samples = readRows(header, bytes);
  return { width, height, channels, bitDepth: 32, samples, ...(notes.length > 0 && { notes }) };
}

/**
 * PFM: float32 in grey (Pf) or RGB (PF), either byte order, rows from bottom to top. The sign of the third number is the
 * byte order; its absolute value is told and not applied, as in the disparities of Middlebury.
 * Source: www.pauldebevec.com/Research/HDR/PFM.
 */
export const pfm: ImageFormat = {
  label: 'PFM',
  extensions: ['pfm'],
  matches: (head) => /^P[Ff]\s/.test(String.fromCharCode(...head.subarray(0, 3))),
  decode: (bytes, name) =>
    new Promise((resolve) => {
      resolve(decodePfm(bytes, name));
    }),
};
