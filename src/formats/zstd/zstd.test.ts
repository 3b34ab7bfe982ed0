import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { byteChanges, truncations } from '../../tests/mutations';
import { xxh64Low } from './xxh64';
import { expandZstd } from './zstd';

const folder = join(import.meta.dirname, '..', 'fixtures', 'zstd');
const packedOf = (name: string): Uint8Array => new Uint8Array(readFileSync(join(folder, name)));

interface Expected {
  readonly bytes: number;
  readonly sha256: string;
}

const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Readonly<Record<string, Expected>>;

describe('Zstandard', () => {
  it.each(Object.entries(expected))('gives what the program zstd packed: %s', (name, { bytes, sha256 }) => {
    const target = new Uint8Array(bytes);
    expect(expandZstd(packedOf(name), target)).toBe(bytes);
    expect(createHash('sha256').update(target).digest('hex')).toBe(sha256);
  });

  it('says how much there was when a stream holds less, and stops when it holds more', () => {
    const packed = packedOf('depth-3-size-unknown.zst');
    const whole = new Uint8Array(153_600);
    expandZstd(packed, whole);
    expect(expandZstd(packed, new Uint8Array(153_610))).toBe(153_600);
    const beginning = new Uint8Array(1001);
    expect(expandZstd(packed, beginning)).toBe(1001);
    expect(beginning).toEqual(whole.subarray(0, 1001));
  });

  it('passes over frames that hold something else', () => {
    const skippable = [0x57, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9];
    const target = new Uint8Array(2);
    expect(expandZstd(Uint8Array.from([...skippable, ...packedOf('one-byte.zst'), ...skippable]), target)).toBe(1);
    expect(target[0]).toBe(0x78);
  });

  it('counts as a byte short when anything is wrong', () => {
    const packed = packedOf('few-values.zst');
    const wrongChecksum = packed.with(-1, (packed.at(-1) ?? 0) ^ 1);
    const noFrame = packed.with(0, 1);
    const dictionary = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x21, 7, 1, 9, 0, 0, 9);
    for (const broken of [wrongChecksum, noFrame, packed.subarray(0, -20), dictionary])
      expect(expandZstd(broken, new Uint8Array(3000))).toBe(2999);
  });

  it('never takes changed bytes for whole ones, where there is a checksum', () => {
    const packed = packedOf('text-1.zst');
    const { bytes, sha256 } = expected['text-1.zst']!;
    const target = new Uint8Array(bytes);
    let slowest = 0;
    for (const changed of [...truncations(packed, 40, 20), ...byteChanges(packed, 400, 100)]) {
      const start = performance.now();
      const written = expandZstd(changed, target);
      slowest = Math.max(slowest, performance.now() - start);
      // What does not change the contents (an unused bit of the header) may be read.
      if (written === bytes) expect(createHash('sha256').update(target).digest('hex')).toBe(sha256);
    }
    expect(slowest).toBeLessThan(5000);
  });

  it('does no more work than a block may hold, whatever it claims', () => {
    // 40,000 sequences of the longest match: a block without literals whose tables are one symbol each.
    const count = [0xff, (40_000 - 0x7f00) & 255, (40_000 - 0x7f00) >> 8];
    const block = [0, ...count, 0b01010100, 0, 0, 52, ...new Array<number>(80_000).fill(255), 1];
    const header = (block.length << 3) | 0b101;
    const bytes = Uint8Array.of(
      0x28,
      0xb5,
      0x2f,
      0xfd,
      0,
      0x58,
      header & 255,
      (header >> 8) & 255,
      header >> 16,
      ...block,
    );
    const start = performance.now();
    const target = new Uint8Array(2 ** 26);
    expect(expandZstd(bytes, target)).toBe(target.length - 1);
    expect(performance.now() - start).toBeLessThan(5000);
  });
});

describe('XXH64', () => {
  // The lowest 32 bits of 0xef46db3751d8e999, 0xd24ec4f1a98c6e5b and 0x44bc2cf5ad770999, which xxhsum -H64 prints. Of
  // longer texts the checksums of the files above are compared.
  it.each([
    ['', 0x51d8e999],
    ['a', 0xa98c6e5b],
    ['abc', 0xad770999],
  ])('of %j is known', (text, wanted) => {
    expect(xxh64Low(new TextEncoder().encode(text))).toBe(wanted);
  });
});
