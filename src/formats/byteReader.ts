import { StudioError } from '../shared/failure';

/** A cursor over bytes that cannot read past their end. */
export interface ByteReader {
  /** Position of the next byte. */
  position(): number;
  /** Bytes between the cursor and the end. */
  left(): number;
  /** Moves to a byte offset. */
  seek(offset: number): void;
  skip(count: number): void;
  /** The next bytes as a view (no copy). */
  bytes(count: number): Uint8Array;
  uint8(): number;
  uint16(): number;
  uint32(): number;
  /** @throws StudioError 'too-large' above 2^53 - 1 */
  uint64(): number;
}

/**
 * A little-endian cursor.
 *
 * @param name what is being read, for messages, for example the path of a file
 * @throws StudioError 'damaged-file' from every method that would leave the bytes
 */
export function createByteReader(bytes: Uint8Array, name: string): ByteReader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let cursor = 0;

  /** Moves the cursor over `count` bytes and returns where it stood. */
  const take = (count: number): number => {
    const start = cursor;
    if (!Number.isSafeInteger(count) || count < 0 || start + count > bytes.length) {
      throw new StudioError({
        code: 'damaged-file',
        message: `${name} is damaged: it ends before its contents do.`,
        remedy: 'Copy or download the file again from its source.',
        detail: `${count} bytes wanted at ${start} of ${bytes.length}`,
      });
    }
    cursor += count;
    return start;
  };

  const uint32 = (): number => view.getUint32(take(4), true);
  return {
    position: () => cursor,
    left: () => bytes.length - cursor,
    seek(offset) {
      cursor = 0;
      take(offset);
    },
    skip(count) {
      take(count);
    },
    bytes: (count) => {
      const start = take(count);
      return bytes.subarray(start, start + count);
    },
    uint8: () => view.getUint8(take(1)),
    uint16: () => view.getUint16(take(2), true),
    uint32,
    uint64() {
      const low = uint32();
      const value = uint32() * 2 ** 32 + low;
      if (Number.isSafeInteger(value)) return value;
      throw new StudioError({
        code: 'too-large',
        message: `${name} claims a size that no computer can hold.`,
        remedy: 'Copy or download the file again from its source.',
      });
    },
  };
}
