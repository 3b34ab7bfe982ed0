import { describe, expect, it } from 'vitest';
import { createByteReader } from './byteReader';

describe('createByteReader', () => {
  it('reads little-endian numbers one after the other', () => {
    const reader = createByteReader(Uint8Array.of(7, 0x34, 0x12, 0x78, 0x56, 0x34, 0x12, 1, 0, 0, 0, 2, 0, 0, 0), 'a');
    expect([reader.uint8(), reader.uint16(), reader.uint32(), reader.uint64()]).toEqual([
      7,
      0x1234,
      0x12345678,
      2 ** 33 + 1,
    ]);
    expect(reader.left()).toBe(0);
  });

  it('honours the offset of a view into a larger buffer', () => {
    const view = Uint8Array.of(9, 9, 1, 2, 3).subarray(2);
    const reader = createByteReader(view, 'a');
    reader.skip(1);
    expect([...reader.bytes(2)]).toEqual([2, 3]);
  });

  it.each([
    ['past the end', (reader: ReturnType<typeof createByteReader>) => reader.uint32()],
    ['a negative count', (reader: ReturnType<typeof createByteReader>) => reader.bytes(-1)],
    ['an offset behind the end', (reader: ReturnType<typeof createByteReader>) => reader.seek(4)],
  ])('refuses to read %s', (_, read) => {
    expect(() => read(createByteReader(Uint8Array.of(1, 2, 3), 'a.bin'))).toThrow(
      'a.bin is damaged: it ends before its contents do.',
    );
  });

  it('refuses sizes above 2^53', () => {
    const bytes = new Uint8Array(8).fill(255);
    expect(() => createByteReader(bytes, 'a.bin').uint64()).toThrow('no computer can hold');
  });
});
