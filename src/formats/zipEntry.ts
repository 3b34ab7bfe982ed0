import { crc32 } from './crc32';
import { damagedZip, type ZipEntry } from './zipDirectory';
import type { ByteReader } from './byteReader';

const LOCAL_HEADER = 0x04034b50;
const LOCAL_LENGTH = 30;

/** What is needed of an entry to unpack it. */
export type PackedEntry = Pick<ZipEntry, 'path' | 'method' | 'crc' | 'packedSize' | 'size'>;

/** Where the packed bytes begin behind the local header that a reader stands at. */
export function packedOffset(reader: ByteReader, { path }: PackedEntry, name: string): number {
  if (reader.uint32() !== LOCAL_HEADER) damagedZip(name, `${path} is not where the table of contents says`);
  reader.skip(LOCAL_LENGTH - 8);
  const [pathLength, extraLength] = [reader.uint16(), reader.uint16()];
  return reader.position() + pathLength + extraLength;
}

/** The packed bytes of the entry whose local header is at `offset`, and where they end. */
export function packedBytes(
  reader: ByteReader,
  offset: number,
  entry: PackedEntry,
  name: string,
): { packed: Uint8Array; end: number } {
  reader.seek(offset);
  reader.seek(packedOffset(reader, entry, name));
  const packed = reader.bytes(entry.packedSize);
  return { packed, end: reader.position() };
}

/** Inflates into exactly `entry.size` bytes and stops as soon as there are more. */
async function inflate(packed: Uint8Array, entry: PackedEntry, name: string): Promise<Uint8Array> {
  const source = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  const reader = source.getReader();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => damagedZip(name, `${entry.path} cannot be unpacked`));
    if (done) break;
    length += value.length;
    if (length > entry.size) {
      await reader.cancel();
      damagedZip(name, `${entry.path} is longer than the ${entry.size} bytes it claims`);
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

/**
 * The contents of an entry, their length and CRC-32 checked.
 *
 * @param name of the archive, for messages
 * @throws StudioError 'damaged-file'
 */
export async function unpackEntry(packed: Uint8Array, entry: PackedEntry, name: string): Promise<Uint8Array> {
  const bytes = entry.method === 0 ? packed.slice() : await inflate(packed, entry, name);
  if (bytes.length !== entry.size) damagedZip(name, `${entry.path} has ${bytes.length} bytes instead of ${entry.size}`);
  if (crc32(bytes) !== entry.crc) damagedZip(name, `the checksum of ${entry.path} is wrong`);
  return bytes;
}
