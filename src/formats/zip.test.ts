import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { crc32 } from './crc32';
import { toFailure } from '../shared/failure';
import { defaultZipLimits, isZip, unzip, zip } from './zip';
import type { ZipLimits } from './zipDirectory';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

async function failureOf(bytes: Uint8Array, limits: ZipLimits = defaultZipLimits) {
  return toFailure(await unzip(bytes, 'a.zip', limits).catch((error: unknown) => error));
}

/** Offset of the table of contents. */
function directoryOf(bytes: Uint8Array): number {
  return new DataView(bytes.buffer).getUint32(bytes.length - 6, true);
}

/** A copy with a little-endian number changed. */
function patched(bytes: Uint8Array, offset: number, value: number, width: 2 | 4): Uint8Array {
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  if (width === 2) view.setUint16(offset, value, true);
  else view.setUint32(offset, value, true);
  return copy;
}

describe('crc32', () => {
  it('has the check value of the standard', () => {
    expect(crc32(text('123456789'))).toBe(0xcbf43926);
  });
});

describe('zip', () => {
  it('gives back what was packed', async () => {
    const files = [
      { path: 'model/model.json', bytes: text('{}') },
      { path: 'model/ä weights.bin', bytes: Uint8Array.from({ length: 1000 }, (_, index) => index % 251) },
    ];
    const packed = zip(files);
    expect(isZip(packed)).toBe(true);
    expect(await unzip(packed, 'a.zip')).toEqual(files);
  });

  it('gives the same bytes for the same files', () => {
    const files = [{ path: 'a', bytes: text('a') }];
    expect(zip(files)).toEqual(zip(files));
  });
});

describe('unzip', () => {
  it('inflates, and leaves out folders and what macOS adds', async () => {
    const packed = zipSync({
      'm/': new Uint8Array(),
      'm/a.txt': text('a'.repeat(5000)),
      '__MACOSX/m/._a.txt': text('junk'),
      'm/._b': text('junk'),
    });
    expect(await unzip(packed, 'a.zip')).toEqual([{ path: 'm/a.txt', bytes: text('a'.repeat(5000)) }]);
  });

  it('keeps a file that is called like an object key', async () => {
    const bytes = zip([{ path: '__prot___', bytes: text('x') }]).map((byte, index, all) =>
      String.fromCharCode(...all.slice(index - 6, index)) === '__prot' ? 0x6f : byte,
    );
    expect(await unzip(bytes, 'a.zip')).toEqual([{ path: '__proto__', bytes: text('x') }]);
  });

  it('reads an archive with a comment behind it', async () => {
    const packed = zipSync({ a: text('a') });
    const comment = text('made by hand');
    const bytes = patched(Uint8Array.from([...packed, ...comment]), packed.length - 2, comment.length, 2);
    expect(await unzip(bytes, 'a.zip')).toEqual([{ path: 'a', bytes: text('a') }]);
  });

  const stored = zip([{ path: 'a.txt', bytes: text('hello world') }]);
  const deflated = zipSync({ 'a.txt': text('hello '.repeat(100)) });
  const inDirectory = (bytes: Uint8Array, offset: number): number => directoryOf(bytes) + offset;

  it.each<[string, Uint8Array, string, string]>([
    ['a flipped bit in a stored file', patched(stored, 36, 0, 2), 'damaged-file', 'the checksum of a.txt is wrong'],
    ['a cut-off archive', stored.slice(0, -10), 'damaged-file', 'its table of contents is missing'],
    ['an entry that lies about its size', patched(deflated, inDirectory(deflated, 24), 10, 4), 'damaged-file', 'longer than the 10 bytes it claims'],
    ['an entry shorter than it claims', patched(deflated, inDirectory(deflated, 24), 9999, 4), 'damaged-file', 'has 600 bytes instead of 9999'],
    ['an encrypted entry', patched(stored, inDirectory(stored, 8), 1, 2), 'unsupported-format', 'protected with a password'],
    ['an unknown packing', patched(stored, inDirectory(stored, 10), 12, 2), 'unsupported-format', 'method 12'],
    ['an entry outside of the file', patched(stored, inDirectory(stored, 42), 5000, 4), 'damaged-file', 'ends before its contents do'],
    ['a parent folder in a name', zip([{ path: '../evil', bytes: text('x') }]), 'unsafe-path', '“../evil”'],
    ['an absolute name', zip([{ path: '/etc/passwd', bytes: text('x') }]), 'unsafe-path', '“/etc/passwd”'],
    ['a backslash in a name', zip([{ path: 'a\\b', bytes: text('x') }]), 'unsafe-path', 'points outside'],
    ['a NUL in a name', zip([{ path: 'a\0b', bytes: text('x') }]), 'unsafe-path', 'a␀b'],
  ])('refuses %s', async (_, bytes, code, message) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.remedy).not.toBe('');
  }); // prettier-ignore

  it('refuses entries that share bytes', async () => {
    const two = zip([
      { path: 'a.txt', bytes: text('same') },
      { path: 'b.txt', bytes: text('same') },
    ]);
    const secondEntry = directoryOf(two) + 46 + 5;
    expect((await failureOf(patched(two, secondEntry + 42, 0, 4))).message).toContain('overlap');
  });

  it('refuses a bomb by its ratio before unpacking it', async () => {
    const bomb = zipSync({ zeros: new Uint8Array(300_000) });
    const failure = await failureOf(bomb, { ...defaultZipLimits, unboundedBytes: 200_000 });
    expect(failure).toMatchObject({ code: 'too-large', message: expect.stringContaining('zip bomb') as string });
    expect(await unzip(bomb, 'a.zip')).toHaveLength(1);
  });

  it('refuses more files and more bytes than allowed', async () => {
    const packed = zip([
      { path: 'a', bytes: text('12345') },
      { path: 'b', bytes: text('12345') },
    ]);
    expect((await failureOf(packed, { ...defaultZipLimits, entries: 1 })).message).toContain('more than 1 files');
    expect(await failureOf(packed, { ...defaultZipLimits, bytes: 9 })).toMatchObject({ code: 'too-large' });
  });
});
