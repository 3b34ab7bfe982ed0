import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { exifBlock, exifSegment } from '../../tests/imageFiles';
import { readJpegHeader, withoutExif } from './jpegHeader';
import { decodeImage } from './registry';

const segment = (marker: number, ...data: readonly number[]): number[] => [
  0xff,
  marker,
  (data.length + 2) >> 8,
  (data.length + 2) & 0xff,
  ...data,
];
const frame = (components: number, width = 40, height = 30, bits = 8): number[] =>
  segment(0xc0, bits, height >> 8, height & 0xff, width >> 8, width & 0xff, components);
const scan = [...segment(0xda, 1, 1, 0, 0, 63, 0), 1, 2, 3];
const jpegOf = (...parts: readonly number[][]): Uint8Array =>
  Uint8Array.from([0xff, 0xd8, ...parts.flat(), 0xff, 0xd9]);

describe('the header of a JPEG', () => {
  it('tells size and channels', () => {
    expect(readJpegHeader(jpegOf(frame(3), scan), 'a.jpg')).toEqual({
      width: 40,
      height: 30,
      components: 3,
      orientation: null,
      exifStarts: [],
      applicationData: [],
      thirdDataBytes: 0,
    });
    expect(readJpegHeader(jpegOf(segment(0xfe, 9), frame(1), scan), 'a.jpg').components).toBe(1);
  });

  it('has its EXIF hidden from viewers, and nothing else changed', () => {
    const [first, second] = [exifSegment(exifBlock(6, { bigEndian: true })), exifSegment(exifBlock(3))];
    const bytes = jpegOf(first, second, frame(3), scan);
    const header = readJpegHeader(bytes, 'a.jpg');
    expect(header.orientation).toBe(6);
    const hidden = withoutExif(bytes, header);
    const changed = [...bytes.keys()].filter((i) => bytes[i] !== hidden[i]);
    expect(changed).toEqual([6, 7, 8, 9, 6 + first.length, 7 + first.length, 8 + first.length, 9 + first.length]);
    expect(readJpegHeader(hidden, 'a.jpg').orientation).toBeNull();
  });

  it.each([
    ['CMYK', jpegOf(frame(4), scan), 'unsupported-format', /CMYK/],
    ['12 bits', jpegOf(frame(3, 40, 30, 12), scan), 'unsupported-format', /12 bits/],
    ['JPEG-LS', jpegOf(segment(0xf7, 16, 0, 30, 0, 40, 1), scan), 'unsupported-format', /JPEG-LS compression/],
    ['no height', jpegOf(frame(3, 40, 0), scan), 'damaged-file', /40x0/],
    ['a huge size', jpegOf(frame(3, 40_000, 2), scan), 'too-large', /40000x2/],
    ['no frame', jpegOf(scan), 'damaged-file', /frame header is missing/],
    ['a lost end', jpegOf(frame(3), scan).slice(0, -2), 'damaged-file', /before its end mark/],
    ['a lost scan', jpegOf(frame(3)).slice(0, -3), 'damaged-file', /middle of a header|before its pixel data/],
  ])('is refused with %s', (_, bytes, code, message) => {
    try {
      readJpegHeader(bytes, 'a.jpg');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(StudioError);
      expect((error as StudioError).failure.code).toBe(code);
      expect((error as StudioError).message).toMatch(message);
    }
  });

  it('ends with a header or a StudioError whatever bytes are changed', () => {
    const original = jpegOf(exifSegment(exifBlock(3)), frame(3), scan);
    const edits = fc.array(fc.record({ at: fc.nat(original.length - 1), to: fc.nat(255) }), { maxLength: 5 });
    fc.assert(
      fc.property(edits, fc.integer({ min: 0, max: original.length }), (changes, length) => {
        const bytes = original.slice(0, length);
        for (const { at, to } of changes) if (at < length) bytes[at] = to;
        try {
          const header = readJpegHeader(bytes, 'mutant.jpg');
          expect(withoutExif(bytes, header)).toHaveLength(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(StudioError);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a JPEG', () => {
  const make = segment(0xe1, ...Array.from('Exif\0\0..DJI\0', (letter) => letter.charCodeAt(0)));
  const notes = (bytes: number): number[] => segment(0xe3, ...new Array<number>(bytes).fill(7));

  it('of a thermal camera of DJI is refused rather than taken for its false colours', async () => {
    await expect(decodeImage(jpegOf(make, notes(38_400), frame(3), scan), 'a.jpg')).rejects.toThrow(
      'a.jpg is a DJI radiometric JPEG image with measurements that only the DJI Thermal SDK reads, which cannot be used.',
    );
  });

  it.each([
    ['of another camera of DJI', jpegOf(make, notes(500), frame(3), scan)],
    ['of another camera with much to say', jpegOf(notes(60_000), frame(3), scan)],
  ])('%s says that only a browser decodes it, where there is none', async (_, bytes) => {
    await expect(decodeImage(bytes, 'a.jpg')).rejects.toThrow(
      'a.jpg is a JPEG image, which only a browser decodes, and there is none here.',
    );
  });
});

const corpus = join(process.env['SHARED_DIR'] ?? '../shared', 'data', 'formats');

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly exif_orientation: number;
}

describe.skipIf(!existsSync(corpus))('JPEG files of other programs (shared corpus)', () => {
  const expected = existsSync(corpus)
    ? (JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as Record<string, Expected>)
    : {};
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(corpus, name)));
  const usable = Object.keys(expected).filter((name) => name.startsWith('jpeg/') && expected[name]?.channels !== 4);

  it.each(usable)('have their header and orientation found: %s', (name) => {
    const wanted = expected[name];
    const bytes = read(name);
    const { width, height, components, orientation } = readJpegHeader(bytes, name);
    expect([width, height, components]).toEqual([wanted?.width, wanted?.height, wanted?.channels]);
    expect(orientation ?? 1).toBe(wanted?.exif_orientation ?? 1);
  });

  it('are refused in CMYK', async () => {
    await expect(decodeImage(read('jpeg/pil_sample_cmyk.jpg'), 'cmyk.jpg')).rejects.toThrow(
      'cmyk.jpg is a JPEG image with four printing inks (CMYK), which cannot be used.',
    );
  });
});
