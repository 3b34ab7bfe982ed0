import { StudioError } from '../../../../shared/failure';
import { createByteReader, type ByteReader } from '../../../byteReader';
import type { FileBytes } from '../../format';
import { baseName } from '../../paths';

/** The bytes of an HDF5 file and how much work its structures may still cost. */
export interface Source {
  readonly file: FileBytes;
  /** For messages. */
  readonly name: string;
  /** A cursor of its own. @throws StudioError 'damaged-file' when the offset is not in the file */
  at(offset: number): ByteReader;
  /** Counts structures that were read, so that a file whose parts refer to each other ends. */
  spend(steps: number): void;
  /** Counts bytes of values: those of plain tensors are no more than the file has. */
  claim(bytes: number, kind: 'plain' | 'unpacked'): void;
}

/** Messages, tree entries, links and strings of one file; a network of 2,000 layers takes about 100,000. */
const MOST_STEPS = 500_000;

/** Most bytes of tensors that have to be put together in memory. */
const MOST_UNPACKED = 2 ** 27;

export function createSource(file: FileBytes): Source {
  const name = baseName(file.path);
  let left = MOST_STEPS;
  const room = { plain: file.bytes.length, unpacked: MOST_UNPACKED };
  const source: Source = {
    file,
    name,
    at(offset) {
      const reader = createByteReader(file.bytes, name);
      reader.seek(offset);
      return reader;
    },
    spend(steps) {
      left -= steps;
      // A product of lengths that is no number must not pass either.
      if (!(left >= 0)) damaged(source, 'its structures refer to each other without end');
    },
    claim(bytes, kind) {
      room[kind] -= bytes;
      if (room[kind] >= 0) return;
      if (kind === 'plain') damaged(source, 'its weights are larger than the file');
      unsupported(source, `keeps more than ${MOST_UNPACKED / 2 ** 20} MiB of weights compressed or in pieces`);
    },
  };
  return source;
}

/** @throws StudioError 'damaged-file', always */
export function damaged(source: Source, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${source.name} is damaged: ${what}.`,
    remedy: 'Copy or download the file again from its source.',
  });
}

/** @throws StudioError 'unsupported-format', always */
export function unsupported(source: Source, what: string): never {
  throw new StudioError({
    code: 'unsupported-format',
    message: `${source.name} is an HDF5 file that ${what}, which is not supported.`,
    remedy: 'Load the model in Keras and save it again: model.save("model.keras").',
  });
}

/** An address; null where it is undefined (all bits set). */
export function readAddress(reader: ByteReader): number | null {
  const [low, high] = [reader.uint32(), reader.uint32()];
  return low === 0xffffffff && high === 0xffffffff ? null : high * 2 ** 32 + low;
}

/** @throws StudioError 'damaged-file' unless these four letters come next */
export function requireSignature(source: Source, reader: ByteReader, signature: string): void {
  const found = String.fromCharCode(...reader.bytes(4));
  if (found !== signature) damaged(source, `a part marked ${signature} is missing`);
}

/** An unsigned number of 1, 2, 4 or 8 bytes. */
export function readSized(reader: ByteReader, bytes: number): number {
  if (bytes === 1) return reader.uint8();
  if (bytes === 2) return reader.uint16();
  return bytes === 4 ? reader.uint32() : reader.uint64();
}
