import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { buildTiff, greyTiff as grey, onePageTiff as onePage, plainLzw } from '../../tests/buildTiff';
import { byteChanges, handle, truncations } from '../../tests/mutations';
import { decodeImage } from './registry';
import type { RawImage } from './format';
import type { TiffFields } from '../../tests/buildTiff';

const read = (bytes: Uint8Array): Promise<RawImage> => decodeImage(bytes, 'a.tif');

/** The failure of a file that must not be read. */
async function failureOf(bytes: Uint8Array): Promise<StudioError['failure']> {
  const outcome: unknown = await read(bytes).catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

describe('a TIFF', () => {
  const two = Uint8Array.of(1, 2);
  it.each([
    ['damaged-file', /ends early or is not deflate data/, { compression: 8 }, [Uint8Array.of(0x78, 0x9c, 3)]],
    ['damaged-file', /strip or tile 0 .* ends early/, {}, [Uint8Array.of(1)]],
    ['damaged-file', /ends early or is not LZW data/, { compression: 5 }, [Uint8Array.of(0, 1, 255, 255, 255)]],
    ['damaged-file', /0 of its 2 strips/, { rowsPerStrip: 1, height: 2 }, []],
    ['damaged-file', /lies beyond its end/, { stripOffsets: 60_000 }, [two]],
    ['damaged-file', /is missing/, { stripByteCounts: 0 }, [two]],
    ['damaged-file', /0x1 pixels/, { width: 0 }, [two]],
    ['damaged-file', /palette has fewer than 256/, { photometric: 3, colorMap: [1, 2, 3] }, [two]],
    ['damaged-file', /RGB pixels have 1 samples/, { photometric: 2 }, [two]],
    [
      'damaged-file',
      /claim the same bytes/,
      {
        height: 99,
        rowsPerStrip: 1,
        stripOffsets: new Array<number>(99).fill(8),
        stripByteCounts: new Array<number>(99).fill(200),
        compression: 8,
      },
      [two],
    ],
    ['too-large', /65535x65535/, { width: 65_535, height: 65_535 }, [two]],
    ['too-large', /60000x60000/, { tileWidth: 60_000, tileLength: 60_000, tileOffsets: 8, tileByteCounts: 2 }, []],
    ['unsupported-format', /with JPEG compression/, { compression: 7 }, [two]],
    ['unsupported-format', /with unknown \(9999\) compression/, { compression: 9999 }, [two]],
    ['unsupported-format', /with integers of 24 bits/, { bitsPerSample: 24 }, [two]],
    [
      'unsupported-format',
      /samples of different sizes/,
      { photometric: 2, samplesPerPixel: 3, bitsPerSample: [5, 6, 5] },
      [two],
    ],
    ['unsupported-format', /complex numbers/, { sampleFormat: 6 }, [two]],
    ['unsupported-format', /printing inks/, { photometric: 5, samplesPerPixel: 4 }, [two]],
    ['unsupported-format', /predictor 3 of 8-bit/, { predictor: 3, compression: 8 }, [two]],
  ] as const)('refuses as %s: %s', async (code, message, fields, pieces) => {
    const failure = await failureOf(onePage({ ...grey(2, 1, 8), ...fields }, pieces));
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });

  it.each([
    ['Zstandard', { ...grey(8192, 8192, 16), compression: 34_926 }, 8192],
    ['deflate', { ...grey(16_000, 4000, 64), sampleFormat: 3, height: 2000, compression: 8 }, 262_144],
    ['LERC', { ...grey(8192, 4096, 32), sampleFormat: 3, compression: 34_887 }, 200],
    ['further bands', { ...grey(1000, 1000, 8), samplesPerPixel: 200, compression: 34_926 }, 8192],
    ['tiles far larger than the picture', { ...grey(1, 9000, 8), tileWidth: 16_000, compression: 8 }, 262_144],
  ])('refuses what grows more than a picture does, before it decodes anything: %s', async (_, fields, bytes) => {
    const tiled = 'tileWidth' in fields;
    const failure = await failureOf(
      buildTiff([{ fields: tiled ? { ...fields, tileLength: 4000 } : fields, pieces: [new Uint8Array(bytes)], tiled }]),
    );
    expect(failure).toMatchObject({
      code: 'too-large',
      message: 'a.tif unpacks to more than 200 times its size, as a decompression bomb does.',
    });
  });

  it.each<[string, TiffFields, RegExp]>([
    ['tiles', { ...grey(2000, 2000, 8), tileWidth: 1, tileLength: 1, tileOffsets: 8 }, /4000000 tiles of 1x1 pixels/],
    [
      'strips of each band',
      { ...grey(1, 16_000, 8), rowsPerStrip: 1, samplesPerPixel: 300, planarConfiguration: 2, stripOffsets: 8 },
      /4800000 strips of 1x1 pixels/,
    ],
  ])('refuses more %s than any picture is cut into', async (_, fields, message) => {
    const failure = await failureOf(onePage(fields, []));
    expect(failure.code).toBe('unsupported-format');
    expect(failure.message).toMatch(message);
  });

  it('may be cut into strips of one row, and a small one into tiles of one pixel', async () => {
    const pieces = (count: number): Uint8Array[] => Array.from({ length: count }, (_, i) => Uint8Array.of(i));
    const strips = await read(onePage({ ...grey(1, 10_001, 8), rowsPerStrip: 1 }, pieces(10_001)));
    expect(strips.samples.every((value, i) => value === (i & 255))).toBe(true);
    const fields = { ...grey(50, 50, 8), tileWidth: 1, tileLength: 1 };
    const tiles = await read(buildTiff([{ fields, pieces: pieces(2500), tiled: true }]));
    expect(tiles.samples.every((value, i) => value === (i & 255))).toBe(true);
  });

  it('refuses deflate data whose checksum is wrong', async () => {
    const packed = zlibSync(Uint8Array.of(1, 2));
    packed[packed.length - 1] = (packed.at(-1) ?? 0) ^ 1;
    expect((await failureOf(onePage({ ...grey(2, 1, 8), compression: 8 }, [packed]))).code).toBe('damaged-file');
  });

  it('does not give a small file the memory of a large one', async () => {
    const fields = { ...grey(16_000, 4_000, 8), compression: 8 };
    expect((await failureOf(onePage(fields, [zlibSync(new Uint8Array(20))]))).message).toMatch(/ends early/);
  });

  it('ends pages that go in circles', async () => {
    const bytes = buildTiff([1, 2].map((value) => ({ fields: grey(1, 1, 8), pieces: [Uint8Array.of(value)] })));
    const view = new DataView(bytes.buffer);
    view.setUint32(bytes.length - 4, view.getUint32(4, true), true);
    expect((await read(bytes)).notes).toContain('A further page cannot be found in the file.');
  });
});

const noise = Uint8Array.from({ length: 96 * 40 * 2 }, (_, i) => (Math.imul(i, 2654435761) >>> 24) & 15);
const wide: TiffFields = { ...grey(96, 40, 16), rowsPerStrip: 8 };
const strips = Array.from({ length: 5 }, (_, i) => noise.subarray(i * 1536, (i + 1) * 1536));

describe('damaged TIFF files', () => {
  it.each([
    ['uncompressed', onePage(wide, strips)],
    [
      'deflate, predictor 2',
      onePage(
        { ...wide, compression: 8, predictor: 2 },
        strips.map((strip) => zlibSync(strip)),
      ),
    ],
    ['LZW', onePage({ ...wide, compression: 5 }, strips.map(plainLzw), { bigEndian: true })],
    [
      'PackBits',
      onePage(
        { ...wide, compression: 32_773 },
        strips.map((strip) => Uint8Array.from([...strip].flatMap((byte) => [0, byte]))),
      ),
    ],
    [
      'BigTIFF, tiles',
      buildTiff([{ fields: { ...grey(96, 40, 16), tileWidth: 96, tileLength: 40 }, pieces: [noise], tiled: true }], {
        bigTiff: true,
      }),
    ],
  ])('are read or refused in time and memory: %s', async (_, bytes) => {
    expect(await read(bytes)).toMatchObject({ width: 96, height: 40 });
    // The directory lies at the end of what the builder writes: turned round, it is the part that is changed most.
    const changed = [
      ...byteChanges(bytes, 16),
      ...[...byteChanges(bytes.slice().reverse(), 300)].map((copy) => copy.reverse()),
    ];
    const handling = await handle([...truncations(bytes, 64), ...changed], read);
    expect(handling.refused).toBeGreaterThan(264 / 2);
    expect(handling.opened).toBeGreaterThan(0);
    expect(handling.milliseconds).toBeLessThan(2000);
    expect(handling.bytes).toBeLessThan(300 * 2 ** 20);
  });
});
