import { decodeInBrowser } from './browserDecoder';
import { exifOrientation, orientationField } from './exif';
import { checkSize } from './limits';
import { damagedImage, unsupportedImage } from './refusals';
import { spells } from './spelling';
import type { ImageFormat } from './format';

const kind = 'WebP image';
const firstChunk = 12;
const mostChunks = 10_000;

interface Chunk {
  readonly type: string;
  /** Offset of its eight bytes of type and length. */
  readonly start: number;
  readonly data: Uint8Array;
}

/** Walks the chunks of the RIFF container, which must all be there. */
function chunksOf(bytes: Uint8Array, name: string): readonly Chunk[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < firstChunk) throw damagedImage(kind, name, 'it ends before its first chunk');
  const end = 8 + view.getUint32(4, true);
  if (end > bytes.length) throw damagedImage(kind, name, `it ends ${end - bytes.length} bytes early`);
  const chunks: Chunk[] = [];
  for (let start = firstChunk; start + 8 <= end;) {
    const length = view.getUint32(start + 4, true);
    const type = String.fromCharCode(...bytes.subarray(start, start + 4));
    if (start + 8 + length > end) throw damagedImage(kind, name, `its chunk at byte ${start} is longer than the file`);
    if (chunks.length === mostChunks) throw damagedImage(kind, name, `it has more than ${mostChunks} chunks`);
    chunks.push({ type, start, data: bytes.subarray(start + 8, start + 8 + length) });
    start += 8 + length + (length % 2);
  }
  return chunks;
}

interface Size {
  readonly width: number;
  readonly height: number;
}

const uint24 = (data: Uint8Array, at: number): number =>
  (data[at] ?? 0) | ((data[at + 1] ?? 0) << 8) | ((data[at + 2] ?? 0) << 16);

/** Size as each kind of pixel chunk states it; null where its mark is missing. */
const sizeReaders: Readonly<Record<string, (data: Uint8Array) => Size | null>> = {
  'VP8 ': (data) =>
    spells(data, '\x9d\x01\x2a', 3) && data.length >= 10
      ? { width: uint24(data, 6) & 0x3fff, height: uint24(data, 8) & 0x3fff }
      : null,
  VP8L: (data) =>
    data[0] === 0x2f && data.length >= 5
      ? { width: (uint24(data, 1) & 0x3fff) + 1, height: ((uint24(data, 2) >> 6) & 0x3fff) + 1 }
      : null,
};

const animationFlag = 2;
const exifFlag = 8;

/** The size of the picture, checked. */
function sizeOf(chunks: readonly Chunk[], name: string): Size {
  const extended = chunks.find(({ type }) => type === 'VP8X')?.data;
  const isAnimated = chunks.some(({ type }) => type === 'ANIM' || type === 'ANMF');
  if (isAnimated || ((extended?.[0] ?? 0) & animationFlag) !== 0)
    throw unsupportedImage(kind, name, 'several moving pictures', 'Save one of them as PNG, or leave it out.');
  const pixels = chunks.find(({ type }) => type in sizeReaders);
  if (!pixels) throw damagedImage(kind, name, 'its pixel data are missing');
  const size = sizeReaders[pixels.type]?.(pixels.data);
  if (!size || size.width === 0 || size.height === 0)
    throw damagedImage(kind, name, 'its pixel data do not begin with a size');
  checkSize(size.width, size.height, 4, name);
  return size;
}

/** A copy whose EXIF no viewer sees, so that no orientation is applied. */
function withoutExif(bytes: Uint8Array, chunks: readonly Chunk[]): Uint8Array<ArrayBuffer> {
  const copy = new Uint8Array(bytes);
  for (const { type, start, data } of chunks) {
    if (type === 'EXIF') copy.set(new TextEncoder().encode('none'), start);
    if (type === 'VP8X') copy[start + 8] = (data[0] ?? 0) & ~exifFlag;
  }
  return copy;
}

/**
 * WebP of one opaque picture, decoded by the browser to RGB without colour management; its orientation is told, not
 * applied.
 * Source of the container: developers.google.com/speed/webp/docs/riff_container.
 */
export const webp: ImageFormat = {
  label: 'WebP',
  extensions: ['webp'],
  needsBrowser: true,
  matches: (head) => spells(head, 'RIFF') && spells(head, 'WEBP', 8),
  async decode(bytes, name) {
    const chunks = chunksOf(bytes, name);
    const size = sizeOf(chunks, name);
    const content = withoutExif(bytes, chunks);
    const image = await decodeInBrowser({ content, type: 'image/webp', ...size, channels: 3 }, kind, name);
    const exif = chunks.find(({ type }) => type === 'EXIF');
    return { ...image, ...orientationField(exif ? exifOrientation(exif.data) : null) };
  },
};
