import { zipSync } from 'fflate';
import { describe, expect, it, vi } from 'vitest';
import { toFailure } from '../shared/failure';
import { byteChanges, handle, truncations } from '../tests/mutations';
import { buildZip } from '../tests/buildZip';
import { unzip } from './zip';
import { imageZipLimits, listZip, readMember, readMemberHead, type ZipMember } from './zipIndex';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const blobOf = (bytes: Uint8Array): Blob => new Blob([new Uint8Array(bytes)]);

async function readAll(bytes: Uint8Array): Promise<{ path: string; bytes: Uint8Array }[]> {
  const files: { path: string; bytes: Uint8Array }[] = [];
  for (const { path, source } of await listZip(blobOf(bytes), 'a.zip'))
    files.push({ path, bytes: await readMember(source, 'a.zip') });
  return files;
}

async function failureOf(bytes: Uint8Array, limits = imageZipLimits) {
  const read = async (): Promise<unknown> =>
    Promise.all((await listZip(blobOf(bytes), 'a.zip', limits)).map(({ source }) => readMember(source, 'a.zip')));
  return toFailure(await read().catch((error: unknown) => error));
}

describe('an archive that is read where it lies', () => {
  const packed = zipSync(
    {
      'm/': new Uint8Array(),
      'm/a.txt': text('a'.repeat(5000)),
      'm/stored.bin': [Uint8Array.of(1, 2, 3), { level: 0 }],
      '__MACOSX/m/._a.txt': text('junk'),
      'm/._b': text('junk'),
    },
    { mtime: new Date(2024, 1, 29, 13, 45, 58) },
  );

  it('has the files that unpacking gives', async () => {
    expect(await readAll(packed)).toEqual(await unzip(packed, 'a.zip'));
  });

  it('tells sizes and times, and can be posted', async () => {
    const members = structuredClone(await listZip(blobOf(packed), 'a.zip'));
    expect(members.map(({ path, size }) => [path, size])).toEqual([
      ['m/a.txt', 5000],
      ['m/stored.bin', 3],
    ]);
    expect(members.map(({ lastModified }) => lastModified)).toEqual([
      Date.UTC(2024, 1, 29, 13, 45, 58),
      Date.UTC(2024, 1, 29, 13, 45, 58),
    ]);
    expect([...(await readMember(members[1]!.source, 'a.zip'))]).toEqual([1, 2, 3]);
  });

  it('of 70,000 files is listed at once from its table of contents alone', async () => {
    const paths = Array.from({ length: 70_000 }, (_, i) => `class_${i % 20}/session/${String(i).padStart(6, '0')}.png`);
    const bytes = buildZip(
      paths.map((path, i) => ({ path: text(path), data: Uint8Array.of(i, i >> 8, i >> 16) })),
      { zip64: true },
    );
    const blob = blobOf(bytes);
    const slices = vi.spyOn(blob, 'slice');
    const start = performance.now();
    const members = await listZip(blob, 'a.zip');
    expect(performance.now() - start).toBeLessThan(10_000);
    expect(members).toHaveLength(paths.length);
    expect(members.every(({ path }, i) => path === paths[i])).toBe(true);
    const read = slices.mock.calls.reduce((sum, [from = 0, to = 0]) => sum + to - from, 0);
    const directory = paths.reduce((sum, path) => sum + 46 + path.length, 0);
    expect(read).toBeLessThanOrEqual(directory + 2 ** 17);
    expect([...(await readMember(members[41_234]!.source, 'a.zip'))]).toEqual([41_234 & 255, 41_234 >> 8, 0]);

    // fflate and others write no record of large archives for so many, but their number modulo 65,536.
    const [records, end] = [bytes.length - 98, bytes.length - 22];
    const plain = Uint8Array.from([...bytes.subarray(0, records), ...bytes.subarray(end)]);
    const view = new DataView(plain.buffer, records);
    [8, 10].forEach((at) => {
      view.setUint16(at, 70_000 % 65_536, true);
    });
    view.setUint32(16, records - directory, true);
    expect((await listZip(blobOf(plain), 'a.zip')).map(({ path }) => path)).toEqual(paths);
  });

  it('may have the second end record of large archives', async () => {
    for (const zip64 of [true, 'both'] as const) {
      const bytes = buildZip([{ path: text('a.png'), data: text('a') }], { zip64 });
      expect(await readAll(bytes)).toEqual([{ path: 'a.png', bytes: text('a') }]);
      expect(await unzip(bytes, 'a.zip')).toEqual([{ path: 'a.png', bytes: text('a') }]);
    }
  });

  it('gives the first bytes of a file without the rest', async () => {
    const noise = Uint8Array.from({ length: 100_000 }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 255);
    const bytes = zipSync({ long: text('0123456789'.repeat(9000)), noise, short: text('ab'), none: new Uint8Array() });
    const blob = blobOf(bytes);
    const members = await listZip(blob, 'a.zip');
    const slices = vi.spyOn(blob, 'slice');
    const heads = await Promise.all(members.map(({ source }) => readMemberHead(source, 'a.zip', 256)));
    expect(heads).toEqual([text('0123456789'.repeat(26)).slice(0, 256), noise.slice(0, 256), text('ab'), text('')]);
    expect(slices.mock.calls.every(([from = 0, to = 0]) => to - from <= 4096)).toBe(true);
  });

  it('gives the last of two files of one name, and folders of old Windows programs', async () => {
    const bytes = buildZip([
      { path: text('depth\\1.png'), data: text('old') },
      { path: text('depth/1.png'), data: text('new') },
    ]);
    expect(await readAll(bytes)).toEqual([{ path: 'depth/1.png', bytes: text('new') }]);
  });
});

describe('the name of a file in an archive', () => {
  const nameOf = async (file: Parameters<typeof buildZip>[0][number]): Promise<string | undefined> =>
    (await listZip(blobOf(buildZip([file])), 'a.zip'))[0]?.path;
  const data = text('x');

  it.each([
    ['UTF-8 that is said to be', text('höhe/深度.png'), 0x800, 'höhe/深度.png'],
    ['UTF-8 that is not', text('höhe/深度.png'), 0, 'höhe/深度.png'],
    ['code page 437', Uint8Array.of(0x68, 0x94, 0x68, 0x65), 0, 'höhe'],
    ['Shift JIS, strange and stable', Uint8Array.of(0x90, 0x5b, 0x93, 0x78), 0, 'É[ôx'],
    ['broken UTF-8', Uint8Array.of(0xff, 0x61), 0x800, '\u00a0a'],
  ])('is read as text: %s', async (_, path, flags, wanted) => {
    expect(await nameOf({ path, data, flags })).toBe(wanted);
  });

  it('is taken from the field of Info-ZIP, if that belongs to it', async () => {
    const field = (crc: number): Uint8Array => {
      const name = text('深.png');
      const view = new DataView(new ArrayBuffer(9 + name.length));
      view.setUint16(0, 0x7075, true);
      view.setUint16(2, 5 + name.length, true);
      view.setUint8(4, 1);
      view.setUint32(5, crc, true);
      new Uint8Array(view.buffer).set(name, 9);
      return new Uint8Array(view.buffer);
    };
    // CRC-32 of "1.png", python3 -c "import zlib;print(hex(zlib.crc32(b'1.png')))"
    expect(await nameOf({ path: text('1.png'), data, extra: field(0x66d764a4) })).toBe('深.png');
    expect(await nameOf({ path: text('1.png'), data, extra: field(7) })).toBe('1.png');
  });
});

describe('a damaged or hostile archive', () => {
  const one = buildZip([{ path: text('a.png'), data: text('hello') }]);
  const patched = (offset: number, value: number): Uint8Array => {
    const copy = one.slice();
    copy[offset] = value;
    return copy;
  };
  const directory = 30 + 5 + 5;

  it.each<[string, Uint8Array, string, RegExp]>([
    ['a changed byte', patched(36, 0), 'damaged-file', /checksum of a\.png is wrong/],
    ['no end', one.slice(0, -3), 'damaged-file', /table of contents is missing/],
    ['a header that is gone', patched(0, 0), 'damaged-file', /not where the table of contents says/],
    ['a local name that pushes its data out', patched(26, 99), 'damaged-file', /^a\.png in a\.zip is damaged/],
    ['a password', patched(directory + 8, 1), 'unsupported-format', /password/],
    ['exotic packing', patched(directory + 10, 9), 'unsupported-format', /method 9/],
    ['a way out', buildZip([{ path: text('..\\evil'), data: text('x') }]), 'unsafe-path', /“\.\.\/evil”/],
    ['a lie about its length', patched(directory + 24, 9), 'damaged-file', /has 5 bytes instead of 9/],
    ['a table of contents elsewhere', patched(one.length - 4, 9), 'damaged-file', /not where its end says/],
  ])('is refused: %s', async (_, bytes, code, message) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.remedy).not.toBe('');
  });

  const three = ['a', 'b', 'c'].map((path) => ({ path: text(path), data: text(path) }));

  it.each([1, 2, 4, 65_535])('is refused when it lists 3 files and says %i', async (count) => {
    expect(await failureOf(buildZip(three, { count }))).toMatchObject({
      code: 'damaged-file',
      message: `a.zip is a damaged zip archive: its table of contents lists 3 files, and its end says ${count}.`,
    });
  });

  it('is refused when something else stands in its table of contents', async () => {
    const bytes = buildZip(three);
    const end = bytes.length - 22;
    const more = Uint8Array.from([...bytes.subarray(0, end), 1, 2, 3, 4, ...bytes.subarray(end)]);
    expect(await failureOf(more)).toMatchObject({ code: 'damaged-file' });
    expect((await failureOf(more)).message).toContain('its table of contents is broken');
  });

  it('is refused for more files than are allowed, whatever it says', async () => {
    const failure = await failureOf(buildZip(three, { count: 1 }), { ...imageZipLimits, entries: 2 });
    expect(failure).toMatchObject({ code: 'too-large', message: 'a.zip holds more than 2 files.' });
  });

  it('is refused when files share bytes, before one is unpacked', async () => {
    const two = buildZip([
      { path: text('a'), data: text('same') },
      { path: text('b'), data: text('same') },
    ]);
    const second = new DataView(two.buffer).getUint32(two.length - 6, true) + 47;
    two[second + 42] = 0;
    expect((await failureOf(two)).message).toContain('overlap');
  });

  it('is refused as a bomb by its ratio', async () => {
    const bomb = zipSync({ zeros: new Uint8Array(300_000) });
    expect(await failureOf(bomb, { ...imageZipLimits, unboundedBytes: 200_000 })).toMatchObject({ code: 'too-large' });
  });

  it('does not give a file more than a gigabyte', async () => {
    const [member] = await listZip(blobOf(one), 'a.zip');
    const huge: ZipMember['source'] = { ...member!.source, size: 2 ** 30 + 1 };
    expect(toFailure(await readMember(huge, 'a.zip').catch((error: unknown) => error))).toMatchObject({
      code: 'too-large',
      message: 'a.png in a.zip unpacks to more than 1 GiB.',
    });
  });

  it('is read or refused, whatever happens to its bytes', async () => {
    const bytes = zipSync({ 'a/1.png': text('a'.repeat(300)), 'a/2.png': text('b'.repeat(300)) });
    const handling = await handle([...truncations(bytes, 60), ...byteChanges(bytes, bytes.length)], readAll);
    expect(handling.refused).toBeGreaterThan(400);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});
