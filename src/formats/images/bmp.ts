import { decodeInBrowser } from './browserDecoder';
import { checkSize } from './limits';
import { damagedImage, unsupportedImage } from './refusals';
import { spells } from './spelling';
import type { ImageFormat } from './format';

const kind = 'BMP image';
const fileHeader = 14;
const oldHeader = 12;
/** Lengths of the headers that Windows and OS/2 write. */
const headerLengths = new Set([oldHeader, 40, 52, 56, 64, 108, 124]);

interface BmpHeader {
  readonly width: number;
  readonly height: number;
  readonly bits: number;
  /** Packing of the pixels: 0 none, 3 and 6 none with masks for the colours. */
  readonly compression: number;
  readonly pixelsStart: number;
  readonly paletteStart: number;
  readonly paletteEntryBytes: 3 | 4;
}

function readHeader(bytes: Uint8Array, name: string): BmpHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < fileHeader + oldHeader) throw damagedImage(kind, name, 'it ends in the middle of its header');
  const length = view.getUint32(fileHeader, true);
  if (!headerLengths.has(length)) throw damagedImage(kind, name, `its header is given a length of ${length} bytes`);
  if (bytes.length < fileHeader + length) throw damagedImage(kind, name, 'it ends in the middle of its header');
  const common = { pixelsStart: view.getUint32(10, true), paletteStart: fileHeader + length };
  if (length === oldHeader) {
    const [width, height] = [view.getUint16(18, true), view.getUint16(20, true)];
    return { ...common, width, height, bits: view.getUint16(24, true), compression: 0, paletteEntryBytes: 3 };
  }
  return {
    ...common,
    width: view.getInt32(18, true),
    // A negative height says that the rows run from the top.
    height: Math.abs(view.getInt32(22, true)),
    bits: view.getUint16(28, true),
    compression: view.getUint32(30, true),
    paletteEntryBytes: 4,
  };
}

/** @throws StudioError unless the header is possible and all pixels are there */
function checkHeader({ width, height, bits, compression, pixelsStart }: BmpHeader, length: number, name: string): void {
  if (width <= 0 || height === 0)
    throw damagedImage(kind, name, `its header gives a size of ${width}x${height} pixels`);
  if (![1, 4, 8, 16, 24, 32].includes(bits)) throw damagedImage(kind, name, `its header names ${bits} bits a pixel`);
  if (compression !== 0 && compression !== 3 && compression !== 6)
    throw unsupportedImage(kind, name, 'packed pixels', 'Save it as PNG, or as BMP without compression.');
  checkSize(width, height, 4, name);
  const missing = pixelsStart + Math.ceil((width * bits) / 32) * 4 * height - length;
  if (missing > 0) throw damagedImage(kind, name, `it ends ${missing} bytes early`);
}

/** Whether all colours of the palette are grey; false without one. */
function hasGreyPalette({ bits, pixelsStart, paletteStart, paletteEntryBytes }: BmpHeader, bytes: Uint8Array): boolean {
  if (bits > 8) return false;
  const end = Math.min(pixelsStart, paletteStart + paletteEntryBytes * 2 ** bits);
  for (let at = paletteStart; at + 2 < end; at += paletteEntryBytes) {
    if (bytes[at] !== bytes[at + 1] || bytes[at] !== bytes[at + 2]) return false;
  }
  return true;
}

/**
 * BMP without compression, decoded by the browser: RGB, or one channel where all colours of its palette are grey, which
 * is how BMP holds grey pictures.
 * Source: learn.microsoft.com/windows/win32/gdi/bitmap-storage.
 */
export const bmp: ImageFormat = {
  label: 'BMP',
  extensions: ['bmp', 'dib'],
  needsBrowser: true,
  matches: (head) => spells(head, 'BM') && spells(head, '\0\0\0\0', 6),
  async decode(bytes, name) {
    const header = readHeader(bytes, name);
    checkHeader(header, bytes.length, name);
    const { width, height } = header;
    const channels = hasGreyPalette(header, bytes) ? 1 : 3;
    const content = new Uint8Array(bytes);
    return decodeInBrowser({ content, type: 'image/bmp', width, height, channels }, kind, name);
  },
};
