/** A Zstandard stream that contradicts itself or ends too soon. */
export class ZstdFault extends Error {}

/** The number of the highest bit that is set: 3 of 8 to 15. The value is above 0. */
export const highestBit = (value: number): number => 31 - Math.clz32(value);

/** A whole number of `count` bytes, lowest first; up to 2^53 it is exact. */
export function littleEndian(bytes: Uint8Array, offset: number, count: number): number {
  if (offset + count > bytes.length) throw new ZstdFault('ends early');
  let value = 0;
  for (let at = count - 1; at >= 0; at--) value = value * 256 + (bytes[offset + at] ?? 0);
  return value;
}

/**
 * Bits that are read from the end of a stream to its start (RFC 8878, 4.1): the highest bit that is set of the last byte
 * is a mark, and what is read first is highest.
 */
export class BackwardBits {
  /** Bits that are left; below 0 when more were asked for than there were. */
  left: number;

  constructor(private readonly bytes: Uint8Array) {
    const last = bytes[bytes.length - 1] ?? 0;
    if (last === 0) throw new ZstdFault('a stream of bits has no end mark');
    this.left = (bytes.length - 1) * 8 + highestBit(last);
  }

  /** The next `count` bits, 0 to 25, which stay; beyond the start of the stream there are zeros. */
  peek(count: number): number {
    const start = this.left - count;
    if (start < 0) return this.left <= 0 ? 0 : this.at(0, this.left) << -start;
    return this.at(start, count);
  }

  /** Takes the next `count` bits, 0 to 31. */
  take(count: number): number {
    if (count > 24) return this.take(count - 16) * 65_536 + this.take(16);
    const value = this.peek(count);
    this.left -= count;
    return value;
  }

  private at(start: number, count: number): number {
    const { bytes } = this;
    const byte = start >> 3;
    const four =
      (bytes[byte] ?? 0) |
      ((bytes[byte + 1] ?? 0) << 8) |
      ((bytes[byte + 2] ?? 0) << 16) |
      ((bytes[byte + 3] ?? 0) << 24);
    return (four >>> (start & 7)) & ((1 << count) - 1);
  }
}
