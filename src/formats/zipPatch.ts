import { StudioError } from '../shared/failure';
import { createByteReader } from './byteReader';
import { crc32 } from './crc32';
import { defaultZipLimits, listEntries } from './zip';
import { packedBytes } from './zipEntry';
import type { ZipEntry } from './zipDirectory';

const LENGTH_LATER = 8;
const LONGEST_PLAIN = 0xffffffff;

/** A file of the archive in its new place: the bytes from its local header to the next entry. */
interface Segment {
  readonly entry: ZipEntry;
  readonly bytes: Uint8Array;
  readonly crc: number;
}

/** A stored file's segment with new contents of the same length: header, contents and checksums stay where they are. */
function patched(entry: ZipEntry, segment: Uint8Array, contents: Uint8Array, start: number): Segment {
  const bytes = new Uint8Array(segment);
  const view = new DataView(bytes.buffer);
  const crc = crc32(contents);
  bytes.set(contents, start);
  if (!(entry.flags & LENGTH_LATER)) view.setUint32(14, crc, true);
  else {
    const after = start + contents.length;
    const hasSignature = bytes.length >= after + 4 && view.getUint32(after, true) === 0x08074b50;
    view.setUint32(after + (hasSignature ? 4 : 0), crc, true);
  }
  return { entry, bytes, crc };
}

/** A packed file's segment with new contents, stored. */
function stored(entry: ZipEntry, segment: Uint8Array, contents: Uint8Array, start: number): Segment {
  const crc = crc32(contents);
  const bytes = new Uint8Array(start + contents.length);
  bytes.set(segment.subarray(0, start));
  bytes.set(contents, start);
  const view = new DataView(bytes.buffer);
  view.setUint16(6, entry.flags & ~LENGTH_LATER, true);
  view.setUint16(8, 0, true);
  view.setUint32(14, crc, true);
  view.setUint32(18, contents.length, true);
  view.setUint32(22, contents.length, true);
  return { entry, bytes, crc };
}

function requirePlain(entry: ZipEntry, archive: Uint8Array, name: string): void {
  const most = Math.max(archive.length, entry.size, entry.offset);
  if (most < LONGEST_PLAIN) return;
  throw new StudioError({
    code: 'too-large',
    message: `${name} is too large to be written again: its files are packed and above 4 GiB.`,
    remedy: 'Unpack the archive and open the folder, or download the model in another form.',
  });
}

/** Says in the table of contents what became of an entry. */
function amend(directory: DataView, at: number, segment: Segment, offset: number, length: number | null): void {
  directory.setUint32(at + 16, segment.crc, true);
  if (length !== null) {
    directory.setUint16(at + 8, segment.entry.flags & ~LENGTH_LATER, true);
    directory.setUint16(at + 10, 0, true);
    directory.setUint32(at + 20, length, true);
    directory.setUint32(at + 24, length, true);
  }
  if (offset !== segment.entry.offset) directory.setUint32(at + 42, offset, true);
}

/**
 * An archive with other contents for some of its files. Everything else stays byte for byte: stored files whose length
 * is kept are changed in place; packed ones are stored, and what follows moves.
 *
 * @param name of the archive, for messages
 * @param contents by path in the archive
 * @throws StudioError as `unzip` does; 'too-large' when files would have to move in an archive above 4 GiB
 */
export function replaceInZip(archive: Uint8Array, name: string, contents: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const entries = listEntries(archive, name, defaultZipLimits);
  const first = entries.reduce((least, { record }) => Math.min(least, record), archive.length);
  // A copy of its own: the slices of Node's Buffer share memory.
  const directory = new Uint8Array(archive.subarray(first));
  const view = new DataView(directory.buffer);
  const reader = createByteReader(archive, name);
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  const parts: Uint8Array[] = [archive.subarray(0, sorted[0]?.offset ?? first)];
  let position = parts[0]?.length ?? 0;
  for (const [at, entry] of sorted.entries()) {
    const segment = archive.subarray(entry.offset, sorted[at + 1]?.offset ?? first);
    const wanted = contents.get(entry.path);
    const start = packedBytes(reader, entry.offset, entry, name).end - entry.packedSize - entry.offset;
    const inPlace = entry.method === 0 && wanted?.length === entry.packedSize;
    if (wanted && !inPlace) requirePlain(entry, archive, name);
    const written = !wanted
      ? { entry, bytes: segment, crc: entry.crc }
      : (inPlace ? patched : stored)(entry, segment, wanted, start);
    if (position !== entry.offset) requirePlain(entry, archive, name);
    amend(view, entry.record - first, written, position, wanted && !inPlace ? wanted.length : null);
    parts.push(written.bytes);
    position += written.bytes.length;
  }
  if (position !== first) view.setUint32(endOffset(directory) + 16, position, true);
  return joined([...parts, directory]);
}

/** Where the end record lies: the last one whose comment reaches exactly to the end. */
function endOffset(directory: Uint8Array): number {
  const view = new DataView(directory.buffer);
  for (let at = directory.length - 22; at >= 0; at -= 1) {
    if (view.getUint32(at, true) === 0x06054b50 && at + 22 + view.getUint16(at + 20, true) === directory.length)
      return at;
  }
  throw new Error('The archive was read and has no end record.');
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((offset, part) => {
    bytes.set(part, offset);
    return offset + part.length;
  }, 0);
  return bytes;
}
