import { StudioError } from '../shared/failure';
import { createByteReader, type ByteReader } from './byteReader';
import { zipName } from './zipName';

/** What an archive may hold at most. */
export interface ZipLimits {
  readonly entries: number;
  /** Unpacked bytes in total. */
  readonly bytes: number;
  /** Unpacked bytes of one entry a packed byte, above {@link ZipLimits.unboundedBytes}. */
  readonly ratio: number;
  readonly unboundedBytes: number;
}

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
  /** Milliseconds since 1970; the archive states local time without its zone, which is taken for UTC. */
  readonly lastModified: number;
}

const CENTRAL_HEADER = 0x02014b50;
const END_OF_DIRECTORY = 0x06054b50;
const ZIP64_LOCATOR = 0x07064b50;
const ZIP64_END = 0x06064b50;
const END_LENGTH = 22;
const ZIP64_LOCATOR_LENGTH = 20;
const ZIP64_END_LENGTH = 56;
const LONGEST_COMMENT = 0xffff;
const LONGEST_DIRECTORY = 256 * 2 ** 20;
const ENCRYPTED = 1;

const COPY_AGAIN = 'Copy or download the archive again from its source.';
const UNPACK_FIRST = 'Unpack the archive on your computer and drop the folder.';

/** @throws StudioError 'damaged-file' */
export function damagedZip(name: string, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${name} is a damaged zip archive: ${what}.`,
    remedy: COPY_AGAIN,
  });
}

/** @throws StudioError 'too-large' */
export function tooLargeZip(name: string, what: string): never {
  throw new StudioError({ code: 'too-large', message: `${name} ${what}.`, remedy: UNPACK_FIRST });
}

const tooManyFiles = (name: string, { entries }: ZipLimits): never =>
  tooLargeZip(name, `holds more than ${entries} files`);

/** Offset of the end record, which a comment may follow, among the last bytes of an archive. */
function findEnd(tail: Uint8Array, name: string): number {
  const view = new DataView(tail.buffer, tail.byteOffset, tail.byteLength);
  for (let offset = tail.length - END_LENGTH; offset >= 0; offset -= 1) {
    const isEnd = view.getUint32(offset, true) === END_OF_DIRECTORY;
    if (isEnd && offset + END_LENGTH + view.getUint16(offset + 20, true) === tail.length) return offset;
  }
  return damagedZip(name, 'its table of contents is missing, so the file is incomplete');
}

interface Directory {
  readonly entries: number;
  /** What `entries` is counted modulo: many programs write the low 16 bits of a larger number, without a zip64 record. */
  readonly modulo: number;
  readonly offset: number;
}

const endCount = 65_536;

/** What the end record says; null where a second record, for archives above 4 GiB or 65,535 entries, says it. */
function readEnd(reader: ByteReader, end: number, name: string): Directory | { readonly zip64: number } {
  reader.seek(end + 8);
  const onThisDisk = reader.uint16();
  const entries = reader.uint16();
  reader.skip(4);
  const offset = reader.uint32();
  if (onThisDisk !== entries) damagedZip(name, 'it is one part of several');
  if (entries !== 0xffff && offset !== 0xffffffff) return { entries, modulo: endCount, offset };
  reader.seek(Math.max(0, end - ZIP64_LOCATOR_LENGTH));
  if (reader.uint32() !== ZIP64_LOCATOR) return { entries, modulo: endCount, offset };
  reader.skip(4);
  return { zip64: reader.uint64() };
}

function readZip64End(bytes: Uint8Array, name: string): Directory {
  const reader = createByteReader(bytes, name);
  if (reader.uint32() !== ZIP64_END) damagedZip(name, 'its zip64 record is missing');
  reader.skip(28);
  const entries = reader.uint64();
  reader.skip(8);
  return { entries, modulo: Infinity, offset: reader.uint64() };
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

/** Date and time of MS-DOS: years since 1980, and two seconds to a step. */
function readTime(reader: ByteReader): number {
  const time = reader.uint16();
  const date = reader.uint16();
  const [year, month, day] = [1980 + (date >> 9), ((date >> 5) & 15) - 1, date & 31];
  return Date.UTC(year, month, day, time >> 11, (time >> 5) & 63, (time & 31) * 2);
}

function readEntry(reader: ByteReader, start: number, name: string): ZipEntry {
  const record = start + reader.position();
  if (reader.uint32() !== CENTRAL_HEADER) damagedZip(name, 'its table of contents is broken');
  reader.skip(4);
  const flags = reader.uint16();
  const method = reader.uint16();
  const lastModified = readTime(reader);
  const crc = reader.uint32();
  const [packed, unpacked] = [reader.uint32(), reader.uint32()];
  const [pathLength, extraLength, commentLength] = [reader.uint16(), reader.uint16(), reader.uint16()];
  reader.skip(8);
  const header = reader.uint32();
  const pathBytes = reader.bytes(pathLength);
  const extra = reader.bytes(extraLength);
  const [size = 0, packedSize = 0, offset = 0] = widen(extra, name, [unpacked, packed, header]);
  reader.skip(commentLength);
  return { path: zipName(pathBytes, extra), flags, method, crc, packedSize, size, offset, record, lastModified };
}

/** Whether the zip64 record stands next, which some programs also write where the end record says everything. */
function atZip64End(reader: ByteReader): boolean {
  const signature = reader.uint32();
  reader.seek(reader.position() - 4);
  return signature === ZIP64_END;
}

/** The headers up to the end of the table of contents, whatever their number is said to be; then the two are compared. */
function readEntries(
  reader: ByteReader,
  { entries, modulo, offset }: Directory,
  name: string,
  limits: ZipLimits,
): readonly ZipEntry[] {
  const found: ZipEntry[] = [];
  while (reader.left() > 0 && !atZip64End(reader)) {
    if (found.length >= limits.entries) tooManyFiles(name, limits);
    found.push(readEntry(reader, offset, name));
  }
  if (found.length % modulo !== entries)
    damagedZip(name, `its table of contents lists ${found.length} files, and its end says ${entries}`);
  return found;
}

/** A part of the archive that is wanted: the bytes from `start` up to `end`, which lie in it. */
export type ByteRange = readonly [start: number, end: number];

/**
 * Reads the table of contents, folders included, in its own order, without saying where the archive comes from: it asks
 * for parts of it and is given their bytes.
 *
 * @param length of the archive
 * @throws StudioError 'damaged-file' or 'too-large'
 */
export function* readDirectory(
  length: number,
  name: string,
  limits: ZipLimits,
): Generator<ByteRange, readonly ZipEntry[], Uint8Array> {
  const tailStart = Math.max(0, length - END_LENGTH - LONGEST_COMMENT - ZIP64_LOCATOR_LENGTH);
  const tail = yield [tailStart, length];
  const end = findEnd(tail, name);
  let directory = readEnd(createByteReader(tail, name), end, name);
  let directoryEnd = tailStart + end;
  if ('zip64' in directory) {
    directoryEnd = directory.zip64;
    if (directoryEnd + ZIP64_END_LENGTH > length) damagedZip(name, 'its zip64 record is missing');
    directory = readZip64End(yield [directoryEnd, directoryEnd + ZIP64_END_LENGTH], name);
  }
  const { entries, offset } = directory;
  if (entries > limits.entries) tooManyFiles(name, limits);
  if (offset > directoryEnd) damagedZip(name, 'its table of contents is not where its end says');
  if (directoryEnd - offset > LONGEST_DIRECTORY) tooLargeZip(name, 'has a table of contents of more than 256 MiB');
  const reader = createByteReader(yield [offset, directoryEnd], name);
  return readEntries(reader, directory, name, limits);
}

/** @throws StudioError 'unsafe-path' for names that would leave the folder they are unpacked into */
function requireSafePath(path: string, name: string): void {
  const isUnsafe = /^\/|\\|\0|^[a-z]:/i.test(path) || path.split('/').includes('..');
  if (!isUnsafe) return;
  throw new StudioError({
    code: 'unsafe-path',
    message: `${name} contains a file named “${path.replaceAll('\0', '␀').slice(0, 120)}”, which points outside the archive.`,
    remedy: 'Do not trust this archive. Get what is in it from its original source.',
  });
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
    tooLargeZip(name, `unpacks ${entry.path} to more than ${limits.ratio} times its size, as a zip bomb does`);
  }
}

/** Whether macOS added it beside the file that was meant. */
const isClutter = (path: string): boolean =>
  path.startsWith('__MACOSX/') || path.slice(path.lastIndexOf('/') + 1).startsWith('._');

/**
 * The entries that are files of the person's, in their order: neither folders nor what macOS adds.
 *
 * @throws StudioError 'unsafe-path', 'too-large' or 'unsupported-format' (encrypted, exotic packing)
 */
export function usableEntries(entries: readonly ZipEntry[], name: string, limits: ZipLimits): readonly ZipEntry[] {
  entries.forEach(({ path }) => {
    requireSafePath(path, name);
  });
  const files = entries.filter(({ path }) => !path.endsWith('/'));
  files.forEach((entry) => {
    requireWithin(entry, name, limits);
  });
  const total = files.reduce((sum, { size }) => sum + size, 0);
  if (total > limits.bytes)
    tooLargeZip(
      name,
      `unpacks to ${(total / 2 ** 30).toFixed(1)} GiB, more than ${(limits.bytes / 2 ** 30).toFixed(1)} GiB`,
    );
  return files.filter(({ path }) => !isClutter(path));
}
