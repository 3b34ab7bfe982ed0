import { StudioError } from '../../shared/failure';
import { damagedImage, unsupportedImage } from './refusals';

/** A TIFF whose bytes contradict each other or end too soon. */
export const damagedTiff = (name: string, fault: string): StudioError => damagedImage('TIFF image', name, fault);

/** A TIFF that may be whole, but uses what cannot be read here. */
export const unsupportedTiff = (name: string, what: string): StudioError =>
  unsupportedImage(
    'TIFF image',
    name,
    what,
    'Save it as grey or RGB TIFF without compression or with deflate, or leave it out.',
  );

/** Fields of a directory that are looked at (TIFF 6.0; 42112 and 42113 are GDAL's, 50674 libtiff's). */
export const tags = {
  subfileType: 254,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  stripOffsets: 273,
  orientation: 274,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colorMap: 320,
  tileWidth: 322,
  tileLength: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  metadata: 42112,
  noData: 42113,
  lercParameters: 50674,
} as const;

type Tag = keyof typeof tags;

/** One page of a file: its fields, read when asked for. */
export interface TiffDirectory {
  has(tag: Tag): boolean;
  /** How many values a field has; 0 without the field. */
  count(tag: Tag): number;
  /** The first `limit` whole numbers of a field; empty without the field. */
  numbers(tag: Tag, limit: number): number[];
  /** The first whole number of a field. */
  number(tag: Tag, otherwise: number): number;
  /** ASCII up to the first NUL, at most `limit` bytes; null without the field. */
  text(tag: Tag, limit: number): string | null;
}

/** A file and its pages. */
export interface TiffFile {
  readonly littleEndian: boolean;
  readonly pages: readonly TiffDirectory[];
  /** Whether a further page is named that lies nowhere in the file. */
  readonly lostPages: boolean;
}

interface Field {
  readonly type: number;
  readonly count: number;
  /** Where the values begin. */
  readonly offset: number;
}

/** Where numbers lie and how long they are: 32 bits in TIFF, 64 in BigTIFF. */
interface Container {
  readonly name: string;
  readonly view: DataView;
  readonly littleEndian: boolean;
  readonly big: boolean;
}

/** Bytes of a whole number by its field type: BYTE, SHORT, LONG, IFD, LONG8, IFD8. */
const wholeTypes: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [3, 2],
  [4, 4],
  [13, 4],
  [16, 8],
  [18, 8],
]);
/** Bytes of a value by field type, the others too. */
const typeBytes: ReadonlyMap<number, number> = new Map([
  ...wholeTypes,
  [2, 1],
  [5, 8],
  [6, 1],
  [7, 1],
  [8, 2],
  [9, 4],
  [10, 8],
  [11, 4],
  [12, 8],
  [17, 8],
]);
const maxPages = 10_000;

function readWhole({ view, littleEndian, name }: Container, offset: number, bytes: number): number {
  if (offset + bytes > view.byteLength) throw damagedTiff(name, 'it ends before its header does');
  if (bytes === 1) return view.getUint8(offset);
  if (bytes === 2) return view.getUint16(offset, littleEndian);
  if (bytes === 4) return view.getUint32(offset, littleEndian);
  const value = Number(view.getBigUint64(offset, littleEndian));
  // Every offset and count is compared with the length of the file: what is larger than that may round.
  return value;
}

/** The values of a field, which must lie in the file. */
function locate(file: Container, field: Field, tag: Tag): number {
  const bytes = typeBytes.get(field.type);
  if (bytes === undefined) throw damagedTiff(file.name, `its field ${tag} has a type that does not exist`);
  if (field.offset + field.count * bytes > file.view.byteLength)
    throw damagedTiff(file.name, `its field ${tag} lies beyond its end`);
  return bytes;
}

function createDirectory(file: Container, fields: ReadonlyMap<number, Field>): TiffDirectory {
  const numbers = (tag: Tag, limit: number): number[] => {
    const field = fields.get(tags[tag]);
    if (!field) return [];
    const bytes = locate(file, field, tag);
    if (!wholeTypes.has(field.type)) throw damagedTiff(file.name, `its field ${tag} holds no whole numbers`);
    return Array.from({ length: Math.min(limit, field.count) }, (_, index) =>
      readWhole(file, field.offset + index * bytes, bytes),
    );
  };
  return {
    has: (tag) => fields.has(tags[tag]),
    count: (tag) => fields.get(tags[tag])?.count ?? 0,
    numbers,
    number: (tag, otherwise) => numbers(tag, 1)[0] ?? otherwise,
    text(tag, limit) {
      const field = fields.get(tags[tag]);
      if (!field) return null;
      const length = Math.min(field.count * locate(file, field, tag), limit);
      const bytes = new Uint8Array(file.view.buffer, file.view.byteOffset + field.offset, length);
      return new TextDecoder('latin1').decode(bytes).split('\0')[0] ?? '';
    },
  };
}

/** Reads the directory at `offset`. @returns it and the offset of the next one, 0 at the end */
function readDirectory(file: Container, offset: number): { page: TiffDirectory; next: number } {
  const { big, view, name } = file;
  const [countBytes, entryBytes, valueBytes] = big ? [8, 20, 8] : [2, 12, 4];
  const entries = readWhole(file, offset, countBytes);
  const start = offset + countBytes;
  if (start + entries * entryBytes + valueBytes > view.byteLength)
    throw damagedTiff(name, 'its directory of fields ends early');
  const fields = new Map<number, Field>();
  for (let entry = start; entry < start + entries * entryBytes; entry += entryBytes) {
    const type = readWhole(file, entry + 2, 2);
    const count = readWhole(file, entry + 4, valueBytes);
    const value = entry + 4 + valueBytes;
    const inside = count * (typeBytes.get(type) ?? 1) <= valueBytes;
    fields.set(readWhole(file, entry, 2), { type, count, offset: inside ? value : readWhole(file, value, valueBytes) });
  }
  return { page: createDirectory(file, fields), next: readWhole(file, start + entries * entryBytes, valueBytes) };
}

function openContainer(bytes: Uint8Array, name: string): { file: Container; first: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 8) throw damagedTiff(name, 'it ends before its header does');
  const littleEndian = bytes[0] === 0x49;
  const big = view.getUint16(2, littleEndian) === 43;
  const file: Container = { name, view, littleEndian, big };
  if (!big) return { file, first: view.getUint32(4, littleEndian) };
  if (view.getUint16(4, littleEndian) !== 8) throw damagedTiff(name, 'its header gives offsets of a strange length');
  return { file, first: readWhole(file, 8, 8) };
}

/**
 * Reads header and directories of a TIFF or BigTIFF in either byte order. Sub-images (SubIFDs) are not looked for. A
 * later page that cannot be read ends the list, since it changes nothing in those before.
 * @throws StudioError `damaged-file` when the first page cannot be found
 */
export function readTiffFile(bytes: Uint8Array, name: string): TiffFile {
  const { file, first } = openContainer(bytes, name);
  const { littleEndian } = file;
  if (first === 0) throw damagedTiff(name, 'it has no page');
  const pages: TiffDirectory[] = [];
  const seen = new Set<number>();
  for (let offset = first; offset !== 0;) {
    if (pages.length > 0 && (seen.has(offset) || pages.length >= maxPages || offset + 2 > bytes.length))
      return { littleEndian, pages, lostPages: true };
    seen.add(offset);
    try {
      const { page, next } = readDirectory(file, offset);
      pages.push(page);
      offset = next;
    } catch (error) {
      if (pages.length === 0 || !(error instanceof StudioError)) throw error;
      return { littleEndian, pages, lostPages: true };
    }
  }
  return { littleEndian, pages, lostPages: false };
}
