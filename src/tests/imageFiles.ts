/** Builders of small BMP and WebP files and of EXIF for tests. */

interface BmpParts {
  readonly width: number;
  /** Negative: rows from the top. */
  readonly height: number;
  readonly bits: 8 | 24;
  /** Of 24 bits, from the top left. */
  readonly rgb?: readonly number[];
  /** Of 8 bits, from the top left. */
  readonly indices?: readonly number[];
  /** Blue, green, red and 0 of each colour. */
  readonly palette?: readonly number[];
}

/** All 256 greys. */
export const greyPalette: readonly number[] = Array.from({ length: 256 }, (_, grey) => [grey, grey, grey, 0]).flat();

/** A BMP with the header of Windows 3. */
export function bmpOf({ width, height, bits, rgb = [], indices = [], palette = [] }: BmpParts): Uint8Array {
  const rows = Math.abs(height);
  const rowBytes = Math.ceil((width * bits) / 32) * 4;
  const start = 54 + palette.length;
  const bytes = new Uint8Array(start + rowBytes * rows);
  const view = new DataView(bytes.buffer);
  bytes.set([0x42, 0x4d]);
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, start, true);
  view.setUint32(14, 40, true);
  view.setInt32(18, width, true);
  view.setInt32(22, height, true);
  view.setUint16(26, 1, true);
  view.setUint16(28, bits, true);
  bytes.set(palette, 54);
  for (let y = 0; y < rows; y++) {
    const row = start + (height < 0 ? y : rows - 1 - y) * rowBytes;
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      if (bits === 8) bytes[row + x] = indices[pixel] ?? 0;
      else bytes.set(rgb.slice(pixel * 3, pixel * 3 + 3).toReversed(), row + x * 3);
    }
  }
  return bytes;
}

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const uint32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24];

/** A chunk of a WebP file, padded to an even length. */
export const riffChunk = (type: string, data: readonly number[]): number[] => [
  ...ascii(type),
  ...uint32(data.length),
  ...data,
  ...(data.length % 2 === 1 ? [0] : []),
];

export const riff = {
  fileOf(chunks: readonly (readonly number[])[]): Uint8Array {
    const content = [...ascii('WEBP'), ...chunks.flat()];
    return Uint8Array.from([...ascii('RIFF'), ...uint32(content.length), ...content]);
  },
  chunksOf(bytes: Uint8Array): readonly { readonly type: string; readonly data: Uint8Array }[] {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const chunks = [];
    for (let at = 12; at + 8 <= bytes.length;) {
      const length = view.getUint32(at + 4, true);
      const type = String.fromCharCode(...bytes.subarray(at, at + 4));
      chunks.push({ type, data: bytes.subarray(at + 8, at + 8 + length) });
      at += 8 + length + (length % 2);
    }
    return chunks;
  },
};

/** The TIFF structure of EXIF with one entry: the orientation. */
export function exifBlock(orientation: number, { bigEndian = false } = {}): number[] {
  return bigEndian
    ? [...ascii('MM'), 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0, 0, 0, 0, 0]
    : [...ascii('II'), 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0];
}

/** A segment of JPEG metadata with an EXIF block. */
export function exifSegment(block: readonly number[]): number[] {
  return [0xff, 0xe1, 0, block.length + 8, ...ascii('Exif\0\0'), ...block];
}
