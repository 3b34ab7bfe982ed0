import { zipSync } from 'fflate';
import { createByteReader } from './byteReader';
import { damagedZip, readDirectory, usableEntries, type ZipEntry, type ZipLimits } from './zipDirectory';
import { packedBytes, unpackEntry } from './zipEntry';
import type { FileBytes } from './models/format';

export const defaultZipLimits: ZipLimits = {
  entries: 10_000,
  bytes: 4 * 2 ** 30,
  ratio: 200,
  unboundedBytes: 64 * 2 ** 20,
};

/** Whether bytes begin with a zip entry (or are an empty archive). */
export function isZip(bytes: Uint8Array): boolean {
  return (
    bytes[0] === 0x50 && bytes[1] === 0x4b && ((bytes[2] === 3 && bytes[3] === 4) || (bytes[2] === 5 && bytes[3] === 6))
  );
}

/** @throws StudioError 'damaged-file' when two entries share bytes */
function requireApart(spans: readonly (readonly [number, number])[], name: string): void {
  const sorted = spans.toSorted(([a], [b]) => a - b);
  sorted.forEach(([start], position) => {
    const previous = sorted[position - 1];
    if (previous && start < previous[1]) damagedZip(name, 'its files overlap, as in a zip bomb');
  });
}

/**
 * The table of contents, folders included, in its own order.
 *
 * @throws StudioError 'damaged-file' or 'too-large'
 */
export function listEntries(bytes: Uint8Array, name: string, limits: ZipLimits): readonly ZipEntry[] {
  const reading = readDirectory(bytes.length, name, limits);
  let step = reading.next();
  while (!step.done) step = reading.next(bytes.subarray(...step.value));
  return step.value;
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
  const entries = usableEntries(listEntries(bytes, name, limits), name, limits);
  const reader = createByteReader(bytes, name);
  const located = entries.map((entry) => ({ entry, ...packedBytes(reader, entry.offset, entry, name) }));
  requireApart(
    located.map(({ entry, end }) => [entry.offset, end]),
    name,
  );
  const files: FileBytes[] = [];
  for (const { packed, entry } of located)
    files.push({ path: entry.path, bytes: await unpackEntry(packed, entry, name) });
  return files;
}

/** Packs files into an archive without compressing them: weights do not shrink. Same files, same bytes. */
export function zip(files: readonly FileBytes[]): Uint8Array {
  const entries = Object.fromEntries(files.map(({ path, bytes }) => [path, bytes]));
  return zipSync(entries, { level: 0, mtime: new Date(1980, 0, 1) });
}
