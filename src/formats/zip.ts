import { zipSync } from 'fflate';
import { StudioError } from '../shared/failure';
import { createByteReader, type ByteReader } from './byteReader';
import { crc32 } from './crc32';
import type { FileBytes } from './models/format';

/** What an archive may hold at most. */
export interface ZipLimits {
  readonly entries: number;
  /** Unpacked bytes in total. */
  readonly bytes: number;
  /** Unpacked bytes of one entry a packed byte, above {@link ZipLimits.unboundedBytes}. */
  readonly ratio: number;
  readonly unboundedBytes: number;
}

export const defaultZipLimits: ZipLimits = {
  entries: 10_000,
  bytes: 4 * 2 ** 30,
  ratio: 200,
  unboundedBytes: 64 * 2 ** 20,
};

export interface ZipEntry {
  readonly path: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packedSize: number;
  readonly size: number;
  /** Offset of the local header. */
  readonly offset: number;
  /** Offset of the entry in the table of contents. */
  readonly record: number;
}

const LOCAL_HEADER = 0x04034b50;
const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const END_LENGTH = 22;
const LOCAL_LENGTH = 30;
const LONGEST_COMMENT = 0xffff;
const ENCRYPTED = 1;
const UTF8 = 0x800;

const COPY_AGAIN = 'Copy or download the archive again from its source.';
const UNPACK_FIRST = 'Unpack the archive on your computer and drop the folder.';

function damaged(name: string, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${name} is a damaged zip archive: ${what}.`,
    remedy: COPY_AGAIN,
  });
}

/** Whether bytes begin with a zip entry (or are an empty archive). */
export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

/** Offset of the end record, which a comment may follow. */
function findEnd(bytes: Uint8Array, name: string): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const earliest = Math.max(0, bytes.length - END_LENGTH - LONGEST_COMMENT);
  for (let offset = bytes.length - END_LENGTH; offset >= earliest; offset -= 1) {
    const isEnd = view.getUint32(offset, true) === END_OF_DIRECTORY;
    if (isEnd && offset + END_LENGTH + view.getUint16(offset + 20, true) === bytes.length) return offset;
  }
  return damaged(name, 'its table of contents is missing, so the file is incomplete');
}

interface Directory {
  readonly entries: number;
  readonly offset: number;
}

/** Where the table of contents is; archives above 4 GiB or 65,535 entries have a second record for it. */
function readEnd(reader: ByteReader, end: number, name: string): Directory {
  reader.seek(end + 8);
  const onThisDisk = reader.uint16();
  const entries = reader.uint16();
  reader.skip(4);
  const offset = reader.uint32();
  if (onThisDisk !== entries) return damaged(name, 'it is one part of several');
  if (entries !== 0xffff && offset !== 0xffffffff) return { entries, offset };
  reader.seek(Math.max(0, end - 20));
  if (reader.uint32() !== ZIP64_LOCATOR) return { entries, offset };
  reader.skip(4);
  reader.seek(reader.uint64());
  if (reader.uint32() !== ZIP64_END) damaged(name, 'its zip64 record is missing');
  reader.skip(28);
  const count = reader.uint64();
  reader.skip(8);
  return { entries: count, offset: reader.uint64() };
}

/** Sizes above 4 GiB are in an extra field, in the order size, packed size, offset. */
function widen(extra: Uint8Array, name: string, values: readonly number[]): readonly number[] {
  if (!values.includes(0xffffffff)) return values;
  const reader = createByteReader(extra, name);
  while (reader.left() >= 4) {
    const id = reader.uint16();
    const length = reader.uint16();
    if (id === 1) return values.map((value) => (value === 0xffffffff ? reader.uint64() : value));
    reader.skip(length);
  }
  return values;
}

function readEntry(reader: ByteReader, name: string): ZipEntry {
  const record = reader.position();
  if (reader.uint32() !== CENTRAL_HEADER) damaged(name, 'its table of contents is broken');
  reader.skip(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  reader.skip(4);
  const crc = reader.uint32();
  const [packed, unpacked] = [reader.uint32(), reader.uint32()];
  const [pathLength, extraLength, commentLength] = [reader.uint16(), reader.uint16(), reader.uint16()];
  reader.skip(8);
  const header = reader.uint32();
  const pathBytes = reader.bytes(pathLength);
  const path = new TextDecoder(flags & UTF8 ? 'utf-8' : 'latin1').decode(pathBytes);
  const [size = 0, packedSize = 0, offset = 0] = widen(reader.bytes(extraLength), name, [unpacked, packed, header]);
  reader.skip(commentLength);
  return { path, flags, method, crc, packedSize, size, offset, record };
}

/** @throws StudioError 'unsafe-path' for names that would leave the folder they are unpacked into */
function requireSafePath(path: string, name: string): void {
  const isUnsafe = /^\/|\\|\0|^[a-z]:/i.test(path) || path.split('/').includes('..');
  if (!isUnsafe) return;
  throw new StudioError({
    code: 'unsafe-path',
    message: `${name} contains a file named “${path.replaceAll('\0', '␀').slice(0, 120)}”, which points outside the archive.`,
    remedy: 'Do not trust this archive. Get the model from its original source.',
  });
}

function tooLarge(name: string, what: string): never {
  throw new StudioError({ code: 'too-large', message: `${name} ${what}.`, remedy: UNPACK_FIRST });
}

function requireWithin(entry: ZipEntry, name: string, limits: ZipLimits): void {
  if (entry.flags & ENCRYPTED) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} is protected with a password (${entry.path}).`,
      remedy: UNPACK_FIRST,
    });
  }
  if (entry.method !== 0 && entry.method !== 8) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `${name} packs ${entry.path} in a way that is not supported (method ${entry.method}).`,
      remedy: UNPACK_FIRST,
    });
  }
  if (entry.size > limits.unboundedBytes && entry.size > limits.ratio * entry.packedSize) {
    tooLarge(name, `unpacks ${entry.path} to more than ${limits.ratio} times its size, as a zip bomb does`);
  }
}

/** The packed bytes of an entry and where they end in the archive. */
export function packedBytes(reader: ByteReader, entry: ZipEntry, name: string): { packed: Uint8Array; end: number } {
  reader.seek(entry.offset);
  if (reader.uint32() !== LOCAL_HEADER) damaged(name, `${entry.path} is not where the table of contents says`);
  reader.skip(LOCAL_LENGTH - 8);
  const [pathLength, extraLength] = [reader.uint16(), reader.uint16()];
  reader.skip(pathLength + extraLength);
  const packed = reader.bytes(entry.packedSize);
  return { packed, end: reader.position() };
}

/** Inflates into exactly `entry.size` bytes and stops as soon as there are more. */
async function inflate(packed: Uint8Array, entry: ZipEntry, name: string): Promise<Uint8Array> {
  const source = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = source.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => damaged(name, `${entry.path} cannot be unpacked`));
    if (done) break;
    length += value.length;
    if (length > entry.size) {
      await reader.cancel();
      damaged(name, `${entry.path} is longer than the ${entry.size} bytes it claims`);
    }
    chunks.push(value);
  }
  const bytes = new Uint8Array(length);
  chunks.reduce((offset, chunk) => {
    bytes.set(chunk, offset);
    return offset + chunk.length;
  }, 0);
  return bytes;
}

async function unpackEntry(packed: Uint8Array, entry: ZipEntry, name: string): Promise<FileBytes> {
  const bytes = entry.method === 0 ? packed.slice() : await inflate(packed, entry, name);
  if (bytes.length !== entry.size) damaged(name, `${entry.path} has ${bytes.length} bytes instead of ${entry.size}`);
  if (crc32(bytes) !== entry.crc) damaged(name, `the checksum of ${entry.path} is wrong`);
  return { path: entry.path, bytes };
}

/** @throws StudioError 'damaged-file' when two entries share bytes */
function requireApart(spans: readonly (readonly [number, number])[], name: string): void {
  const sorted = spans.toSorted(([a], [b]) => a - b);
  sorted.forEach(([start], position) => {
    const previous = sorted[position - 1];
    if (previous && start < previous[1]) damaged(name, 'its files overlap, as in a zip bomb');
  });
}

/**
 * The table of contents, folders included, in its own order.
 *
 * @throws StudioError 'damaged-file' or 'too-large'
 */
export function listEntries(bytes: Uint8Array, name: string, limits: ZipLimits): readonly ZipEntry[] {
  const reader = createByteReader(bytes, name);
  const directory = readEnd(reader, findEnd(bytes, name), name);
  if (directory.entries > limits.entries) tooLarge(name, `holds more than ${limits.entries} files`);
  reader.seek(directory.offset);
  return Array.from({ length: directory.entries }, () => readEntry(reader, name));
}

function readDirectory(bytes: Uint8Array, name: string, limits: ZipLimits): readonly ZipEntry[] {
  const entries = listEntries(bytes, name, limits);
  entries.forEach(({ path }) => {
    requireSafePath(path, name);
  });
  const files = entries.filter(({ path }) => !path.endsWith('/'));
  files.forEach((entry) => {
    requireWithin(entry, name, limits);
  });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.bytes)
    tooLarge(
      name,
      `unpacks to ${(total / 2 ** 30).toFixed(1)} GiB, more than ${(limits.bytes / 2 ** 30).toFixed(1)} GiB`,
    );
  return files;
}

function isClutter(path: string): boolean {
  return path.startsWith('__MACOSX/') || path.slice(path.lastIndexOf('/') + 1).startsWith('._');
}

/**
 * Unpacks a zip archive by its table of contents, checking real lengths and CRC-32 of every file. Folders and the
 * files that macOS adds are left out.
 *
 * @param name path of the archive, for messages
 * @throws StudioError 'damaged-file', 'unsafe-path', 'too-large' or 'unsupported-format' (encrypted, exotic packing)
 */
export async function unzip(
  bytes: Uint8Array,
  name: string,
  limits: ZipLimits = defaultZipLimits,
): Promise<readonly FileBytes[]> {
  const entries = readDirectory(bytes, name, limits).filter(({ path }) => !isClutter(path));
  const reader = createByteReader(bytes, name);
  const located = entries.map((entry) => ({ entry, ...packedBytes(reader, entry, name) }));
  requireApart(
    located.map(({ entry, end }) => [entry.offset, end]),
    name,
  );
  const files: FileBytes[] = [];
  for (const { packed, entry } of located) files.push(await unpackEntry(packed, entry, name));
  return files;
}

/** Packs files into an archive without compressing them: weights do not shrink. Same files, same bytes. */
export function zip(files: readonly FileBytes[]): Uint8Array {
  const entries = Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
  return zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1) });
}
