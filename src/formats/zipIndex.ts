import { Inflate } from 'fflate';
import { createByteReader } from './byteReader';
import { damagedZip, readDirectory, tooLargeZip, usableEntries, type ZipEntry, type ZipLimits } from './zipDirectory';
import { packedBytes, packedOffset, unpackEntry, type PackedEntry } from './zipEntry';

/** Image sets have very many files, of which one is unpacked at a time: their sum is no matter. */
export const imageZipLimits: ZipLimits = {
  entries: 1_000_000,
  bytes: 2 ** 50,
  ratio: 200,
  unboundedBytes: 64 * 2 ** 20,
};

/** No image needs more: 256 MB of pixels, and an NPZ may hold other arrays beside them. */
const mostMemberBytes = 2 ** 30;

/**
 * Where a file lies in an archive; plain data that can be posted. It refers to the archive and does not copy it: a blob
 * of its own for each file would cost a browser a quarter of a millisecond, 14 seconds for 50,000.
 */
export interface PackedBlob extends PackedEntry {
  /** The archive. */
  readonly blob: Blob;
  /** Where the local header begins, and where the next entry does: what lies between is this file's alone. */
  readonly start: number;
  readonly end: number;
}

/** A file of an archive. */
export interface ZipMember {
  /** In the archive, with `/`. */
  readonly path: string;
  /** Bytes when unpacked. */
  readonly size: number;
  /** Milliseconds since 1970; the archive states local time without its zone, which is taken for UTC. */
  readonly lastModified: number;
  readonly source: PackedBlob;
}

const bytesOf = async (blob: Blob, start: number, end: number): Promise<Uint8Array> =>
  new Uint8Array(await blob.slice(start, end).arrayBuffer());

async function entriesOf(blob: Blob, name: string, limits: ZipLimits): Promise<readonly ZipEntry[]> {
  const reading = readDirectory(blob.size, name, limits);
  let step = reading.next();
  while (!step.done) step = reading.next(await bytesOf(blob, ...step.value));
  // Old programs of Windows separate folders by backslashes.
  return step.value.map((entry) => ({ ...entry, path: entry.path.replaceAll('\\', '/') }));
}

/** Where each entry must end: where the next one begins, the last one at the table of contents. */
function endsOf(entries: readonly ZipEntry[], name: string): ReadonlyMap<ZipEntry, number> {
  const sorted = entries.toSorted((a, b) => a.offset - b.offset);
  const directory = entries.reduce((least, { record }) => Math.min(least, record), Infinity);
  return new Map(
    sorted.map((entry, position) => {
      const end = sorted[position + 1]?.offset ?? directory;
      if (entry.offset + entry.packedSize > end) damagedZip(name, 'its files overlap, as in a zip bomb');
      return [entry, end];
    }),
  );
}

/**
 * Lists the files of a zip archive, reading its table of contents alone. Folders and what macOS adds are left out; of
 * two files of one name the last is taken, as by programs that unpack.
 *
 * @param name of the archive, for messages
 * @throws StudioError 'damaged-file', 'unsafe-path', 'too-large' or 'unsupported-format' (encrypted, exotic packing)
 */
export async function listZip(
  blob: Blob,
  name: string,
  limits: ZipLimits = imageZipLimits,
): Promise<readonly ZipMember[]> {
  const entries = await entriesOf(blob, name, limits);
  const ends = endsOf(entries, name);
  const members = new Map<string, ZipMember>();
  for (const entry of usableEntries(entries, name, limits)) {
    const { path, method, size, packedSize, crc, lastModified, offset: start } = entry;
    const source = { blob, start, end: ends.get(entry) ?? start, path, method, size, packedSize, crc };
    members.set(path, { path, size, lastModified, source });
  }
  return [...members.values()];
}

/**
 * Reads one file of an archive and checks its length and CRC-32.
 *
 * @param name of the archive, for messages
 * @throws StudioError 'damaged-file' or 'too-large'
 */
export async function readMember(source: PackedBlob, name: string): Promise<Uint8Array> {
  const { blob, start, end, path, size } = source;
  if (size > mostMemberBytes) tooLargeZip(`${path} in ${name}`, 'unpacks to more than 1 GiB');
  const bytes = await bytesOf(blob, start, end);
  const { packed } = packedBytes(createByteReader(bytes, `${path} in ${name}`), 0, source, name);
  return unpackEntry(packed, source, name);
}

/** Packed bytes that hold the first bytes of any file: they may begin with a table of codes, and may not shrink. */
const headReadBytes = 4096;

/** The first bytes of a stream that goes on. */
function inflateHead(packed: Uint8Array, { path }: PackedBlob, name: string): Uint8Array {
  const chunks: Uint8Array[] = [];
  const inflator = new Inflate((chunk) => chunks.push(chunk));
  try {
    inflator.push(packed);
  } catch {
    damagedZip(name, `${path} cannot be unpacked`);
  }
  return chunks[0] ?? new Uint8Array(0);
}

/**
 * The first bytes of one file of an archive, fewer where it is shorter; enough to tell what it is. Nothing is checked but
 * that they can be unpacked.
 *
 * @param count at most 1024
 * @throws StudioError 'damaged-file'
 */
export async function readMemberHead(source: PackedBlob, name: string, count: number): Promise<Uint8Array> {
  const { blob, start, end, method, packedSize } = source;
  const header = createByteReader(await bytesOf(blob, start, Math.min(end, start + headReadBytes)), name);
  const packedStart = start + packedOffset(header, source, name);
  const packed = await bytesOf(blob, packedStart, Math.min(end, packedStart + Math.min(packedSize, headReadBytes)));
  return (method === 0 ? packed : inflateHead(packed, source, name)).slice(0, count);
}
