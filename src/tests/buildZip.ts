import { crc32 } from '../formats/crc32';

/** A file to be stored as it is. */
export interface StoredFile {
  /** Bytes of its name, in whatever code page. */
  readonly path: Uint8Array;
  readonly data: Uint8Array;
  readonly flags?: number;
  /** Extra fields in the table of contents. */
  readonly extra?: Uint8Array;
}

const words = (...values: readonly (readonly [value: number, bytes: 2 | 4 | 8])[]): Uint8Array => {
  const bytes = new Uint8Array(values.reduce((sum, [, size]) => sum + size, 0));
  let at = 0;
  for (const [value, size] of values)
    for (let byte = 0; byte < size; byte++) bytes[at++] = Math.floor(value / 256 ** byte) % 256;
  return bytes;
};

/** The fields that both headers of a file have, from its version on. */
const facts = ({ path, data, flags = 0 }: StoredFile, extraLength: number): Uint8Array => {
  const [crc, size] = [crc32(data), data.length];
  return words([20, 2], [flags, 2], [0, 2], [0, 4], [crc, 4], [size, 4], [size, 4], [path.length, 2], [extraLength, 2]);
};

/**
 * Writes a zip archive for tests: names of any bytes, nothing packed.
 * @param zip64 whether the number of files and the place of the table of contents are in the record of large archives;
 * `both` repeats them in the end record, as PyTorch does
 * @param count what the end record says, by default the low 16 bits of the number of files
 */
export function buildZip(
  files: readonly StoredFile[],
  { zip64 = false, count = files.length % 65_536 }: { readonly zip64?: boolean | 'both'; readonly count?: number } = {},
): Uint8Array<ArrayBuffer> {
  const overhead = files.reduce((sum, { path, extra }) => sum + 2 * path.length + (extra?.length ?? 0) + 76, 98);
  const bytes = new Uint8Array(files.reduce((sum, { data }) => sum + data.length, overhead));
  let offset = 0;
  const add = (part: Uint8Array): void => {
    bytes.set(part, offset);
    offset += part.length;
  };
  const offsets = files.map((file) => {
    const start = offset;
    [words([0x04034b50, 4]), facts(file, 0), file.path, file.data].forEach(add);
    return start;
  });
  const start = offset;
  files.forEach((file, at) => {
    const { path, extra = new Uint8Array() } = file;
    [words([0x02014b50, 4], [20, 2]), facts(file, extra.length)].forEach(add);
    [words([0, 8], [0, 2], [offsets[at] ?? 0, 4]), path, extra].forEach(add);
  });
  const [length, record] = [offset - start, offset];
  if (zip64) {
    add(words([0x06064b50, 4], [44, 8], [45, 2], [45, 2], [0, 8], [files.length, 8], [files.length, 8], [length, 8]));
    add(words([start, 8], [0x07064b50, 4], [0, 4], [record, 8], [1, 4]));
  }
  const [said, place] = zip64 === true ? [0xffff, 0xffffffff] : [count, start];
  add(words([0x06054b50, 4], [0, 4], [said, 2], [said, 2], [length, 4], [place, 4], [0, 2]));
  return bytes.slice(0, offset);
}
