import { crc32 } from '../crc32';
import { exifOrientation } from './exif';
import { checkSize } from './limits';
import { damagedImage, unsupportedImage } from './refusals';
import { spells } from './spelling';
import type { StudioError } from '../../shared/failure';

/** What the first chunk of a PNG says about its pixels. */
export interface PngHeader {
  readonly width: number;
  readonly height: number;
  /** Bits of a stored sample: 1, 2, 4, 8 or 16. */
  readonly bitDepth: number;
  /** Samples of a stored pixel: a palette image has one, its index. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly palette: boolean;
  readonly interlaced: boolean;
}

export interface PngChunks {
  readonly header: PngHeader;
  /** RGB triples, or null without a palette. */
  readonly paletteColours: Uint8Array | null;
  /** Opacity of the first palette entries; null when all are opaque or there is no palette. */
  readonly paletteAlpha: Uint8Array | null;
  /** 1 to 8, as EXIF states it; null where it does not. */
  readonly orientation: number | null;
  /** The pieces of the compressed pixel stream, in order. */
  readonly pixelData: readonly Uint8Array[];
}

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;

/** Samples a pixel and permitted bit depths of each colour type (PNG specification, table 11.1). */
const colourTypes = new Map<number, { channels: PngHeader['channels']; depths: readonly number[] }>([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [3, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
]);

const paletteType = 3;

/** Whether the bytes are a PNG, or were one before something altered the first of them. */
export function looksLikePng(head: Uint8Array): boolean {
  return spells(head, 'PNG', 1) || spells(head, 'IHDR', 12);
}

export const damagedPng = (name: string, fault: string): StudioError => damagedImage('PNG image', name, fault);

function parseHeader(data: Uint8Array, name: string): PngHeader {
  if (data.length !== 13) throw damagedPng(name, `its header has ${String(data.length)} bytes instead of 13`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const [width, height] = [view.getUint32(0), view.getUint32(4)];
  const [bitDepth, colourType, compression, filter, interlace] = [8, 9, 10, 11, 12].map((at) => view.getUint8(at));
  const type = colourTypes.get(colourType ?? -1);
  if (!type) throw damagedPng(name, `its header names colour type ${String(colourType)}, which does not exist`);
  if (bitDepth === undefined || !type.depths.includes(bitDepth)) {
    throw damagedPng(name, `its header names ${String(bitDepth)} bits a sample, which its colour type does not have`);
  }
  if (width === 0 || height === 0)
    throw damagedPng(name, `its header gives a size of ${String(width)}x${String(height)} pixels`);
  if (compression !== 0 || filter !== 0 || (interlace !== 0 && interlace !== 1)) {
    throw damagedPng(name, 'its header names a compression, filter or interlace method that does not exist');
  }
  checkSize(width, height, (type.channels * Math.max(8, bitDepth)) / 8, name);
  return {
    width,
    height,
    bitDepth,
    channels: type.channels,
    palette: colourType === paletteType,
    interlaced: interlace === 1,
  };
}

interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
}

/** Walks the chunks up to the end mark, checking lengths and checksums. */
function* walkChunks(bytes: Uint8Array, name: string): Generator<Chunk> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset: number = signature.length;
  while (offset < bytes.length) {
    if (offset + 12 > bytes.length) throw damagedPng(name, 'it ends in the middle of a chunk');
    const length = view.getUint32(offset);
    const type = String.fromCharCode(...bytes.subarray(offset + 4, offset + 8));
    if (!/^[A-Za-z]{4}$/.test(type))
      throw damagedPng(name, `there is no chunk where one should start, at byte ${String(offset)}`);
    const missing = offset + 12 + length - bytes.length;
    if (missing > 0) throw damagedPng(name, `it ends ${String(missing)} bytes early, in chunk ${type}`);
    const stored = view.getUint32(offset + 8 + length);
    if (stored !== crc32(bytes.subarray(offset + 4, offset + 8 + length))) {
      throw damagedPng(name, `the checksum of chunk ${type} at byte ${String(offset)} is wrong`);
    }
    yield { type, data: bytes.subarray(offset + 8, offset + 8 + length) };
    if (type === 'IEND') return;
    offset += 12 + length;
  }
  throw damagedPng(name, 'it ends before its end mark (IEND)');
}

function checkPalette(colours: Uint8Array | null, header: PngHeader, name: string): void {
  if (!header.palette) return;
  if (!colours) throw damagedPng(name, 'its palette (PLTE) is missing');
  if (colours.length === 0 || colours.length % 3 !== 0 || colours.length > 768) {
    throw damagedPng(name, `its palette has ${String(colours.length)} bytes, which is not 1 to 256 colours`);
  }
}

/** APNG states its number of pictures in the first four bytes of acTL. */
function refuseAnimation(data: Uint8Array, name: string): void {
  const pictures = data.length < 4 ? 0 : new DataView(data.buffer, data.byteOffset, 4).getUint32(0);
  if (pictures <= 1) return;
  const remedy = 'Save one of them as a PNG of its own, or leave it out.';
  throw unsupportedImage('PNG image', name, `${pictures} moving pictures`, remedy);
}

/**
 * Splits a PNG file into the parts that matter for its pixels. Every checksum on the way is verified; text, colour
 * profiles and the transparent-colour key of unpaletted images are passed over: they do not change what was measured.
 * @throws StudioError `damaged-file`, `unsupported-format` (animated) or `too-large`, naming the fault
 */
export function readPngChunks(bytes: Uint8Array, name: string): PngChunks {
  if (signature.some((byte, index) => bytes[index] !== byte)) {
    throw damagedPng(name, 'its first 8 bytes are altered, as by a transfer in text mode');
  }
  let header: PngHeader | null = null;
  let paletteColours: Uint8Array | null = null;
  let paletteAlpha: Uint8Array | null = null;
  let orientation: number | null = null;
  const pixelData: Uint8Array[] = [];
  for (const { type, data } of walkChunks(bytes, name)) {
    if (!header && type !== 'IHDR') throw damagedPng(name, `it starts with chunk ${type} instead of its header (IHDR)`);
    if (type === 'IHDR') {
      if (header) throw damagedPng(name, 'it has two headers (IHDR)');
      header = parseHeader(data, name);
    } else if (type === 'PLTE') paletteColours = data;
    else if (type === 'tRNS' && header?.palette) paletteAlpha = data;
    else if (type === 'IDAT') pixelData.push(data);
    else if (type === 'eXIf') orientation ??= exifOrientation(data);
    else if (type === 'acTL') refuseAnimation(data, name);
  }
  if (!header) throw damagedPng(name, 'its header (IHDR) is missing');
  if (pixelData.length === 0) throw damagedPng(name, 'its pixel data (IDAT) are missing');
  checkPalette(paletteColours, header, name);
  return { header, paletteColours, paletteAlpha, orientation, pixelData };
}
