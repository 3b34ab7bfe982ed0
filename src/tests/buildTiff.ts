import { tags } from '../formats/images/tiffDirectory';

/** A field of a page: numbers of 8, 16, 32 or 64 bits, or text. */
export type TiffFields = Partial<Record<keyof typeof tags, number | readonly number[] | string>>;

export interface TiffPage {
  readonly fields: TiffFields;
  /** Bytes of the strips or tiles as they are stored; none writes no place fields. */
  readonly pieces: readonly Uint8Array[];
  readonly tiled?: boolean;
}

export interface TiffFormat {
  readonly bigEndian?: boolean;
  readonly bigTiff?: boolean;
}

const shortType = 3;
const longType = 4;
const asciiType = 2;

/** Writes a TIFF for tests: pieces first, then each page's long fields and its directory. */
export function buildTiff(
  pages: readonly TiffPage[],
  { bigEndian = false, bigTiff = false }: TiffFormat = {},
): Uint8Array {
  const bytes: number[] = [];
  const numberBytes = (value: number, count: number): number[] => {
    const little = Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);
    return bigEndian ? little.reverse() : little;
  };
  const word = bigTiff ? 8 : 4;
  bytes.push(...(bigEndian ? [0x4d, 0x4d] : [0x49, 0x49]), ...numberBytes(bigTiff ? 43 : 42, 2));
  if (bigTiff) bytes.push(...numberBytes(8, 2), 0, 0);
  let link = bytes.length; // where the offset of the next directory goes
  bytes.push(...numberBytes(0, word));
  for (const { fields, pieces, tiled = false } of pages) {
    const offsets = pieces.map((piece) => {
      const offset = bytes.length;
      for (const byte of piece) bytes.push(byte);
      return offset;
    });
    const all: TiffFields = {
      ...(pieces.length > 0 && {
        [tiled ? 'tileOffsets' : 'stripOffsets']: offsets,
        [tiled ? 'tileByteCounts' : 'stripByteCounts']: pieces.map((piece) => piece.length),
      }),
      ...fields,
    };
    const entries = Object.entries(all)
      .map(([name, value]) => ({ tag: tags[name as keyof typeof tags], value }))
      .sort((a, b) => a.tag - b.tag)
      .map(({ tag, value }) => {
        const isText = typeof value === 'string';
        const values = isText ? [...new TextEncoder().encode(`${value}\0`)] : [value].flat();
        const type = isText ? asciiType : values.some((number) => number > 65_535) ? longType : shortType;
        const size = isText ? 1 : type === longType ? 4 : 2;
        const data = values.flatMap((number) => numberBytes(number, size));
        const offset = bytes.length;
        if (data.length > word) bytes.push(...data);
        const inline =
          data.length > word ? numberBytes(offset, word) : [...data, ...new Array<number>(word - data.length).fill(0)];
        return [...numberBytes(tag, 2), ...numberBytes(type, 2), ...numberBytes(values.length, word), ...inline];
      });
    bytes.splice(link, word, ...numberBytes(bytes.length, word));
    bytes.push(...numberBytes(entries.length, bigTiff ? 8 : 2), ...entries.flat());
    link = bytes.length;
    bytes.push(...numberBytes(0, word));
  }
  return Uint8Array.from(bytes);
}

/** LZW as it is at its simplest: each byte a code of 9 bits, cleared before the codes grow. */
export function plainLzw(bytes: Uint8Array): Uint8Array {
  const codes = [256, ...[...bytes].flatMap((byte, index) => (index % 200 === 199 ? [byte, 256] : [byte])), 257];
  const bits = codes.map((code) => code.toString(2).padStart(9, '0')).join('');
  return Uint8Array.from(bits.match(/.{1,8}/g) ?? [], (byte) => parseInt(byte.padEnd(8, '0'), 2));
}

/** Fields of a grey picture. */
export const greyTiff = (width: number, height: number, bits: number): TiffFields => ({
  width,
  height,
  bitsPerSample: bits,
  photometric: 1,
});

export const onePageTiff = (fields: TiffFields, pieces: readonly Uint8Array[], format?: TiffFormat): Uint8Array =>
  buildTiff([{ fields, pieces }], format);
