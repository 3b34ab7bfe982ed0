import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode as referenceDecode, encode } from 'fast-png';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { crc32 } from '../crc32';
import { decodeImage } from './registry';
import type { RawImage } from './format';

const corpus = join(process.env['SHARED_DIR'] ?? '../shared', 'data', 'formats');

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const sampleBytes = ({ samples }: RawImage): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

/** The failure of a decoding that must not succeed. */
async function failureOf(bytes: Uint8Array, name = 'picture.png'): Promise<StudioError['failure']> {
  const outcome: unknown = await decodeImage(bytes, name).catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

function toRgba(image: RawImage): Uint8Array {
  if (image.channels === 4) return sampleBytes(image);
  const rgba = new Uint8Array(image.width * image.height * 4).fill(255);
  for (let pixel = 0; pixel < image.width * image.height; pixel++) {
    for (let channel = 0; channel < 3; channel++) rgba[pixel * 4 + channel] = image.samples[pixel * 3 + channel] ?? 0;
  }
  return rgba;
}

/** A chunk with its length and checksum. */
function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(12 + data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(8 + data.length, crc32(bytes.subarray(4, 8 + data.length)));
  return bytes;
}

const signature = Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
const join8 = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

function header(width: number, height: number, bitDepth: number, colourType: number): Uint8Array {
  const data = new Uint8Array(13);
  const view = new DataView(data.buffer);
  view.setUint32(0, width);
  view.setUint32(4, height);
  data.set([bitDepth, colourType, 0, 0, 0], 8);
  return chunk('IHDR', data);
}

const depth = encode({
  width: 5,
  height: 3,
  channels: 1,
  depth: 16,
  data: Uint16Array.from([0, 1, 255, 256, 257, 600, 1000, 4095, 8000, 16000, 32768, 40000, 65534, 65535, 7]),
});

describe('PNG', () => {
  it('keeps 16-bit values exactly', async () => {
    const image = await decodeImage(depth, 'depth.png');
    expect(image).toMatchObject({ width: 5, height: 3, channels: 1, bitDepth: 16 });
    expect([...image.samples]).toEqual([
      0, 1, 255, 256, 257, 600, 1000, 4095, 8000, 16000, 32768, 40000, 65534, 65535, 7,
    ]);
  });

  it('agrees with an independent decoder on random pictures of every channel count and both wide depths', async () => {
    const picture = fc.record({
      width: fc.integer({ min: 1, max: 20 }),
      height: fc.integer({ min: 1, max: 20 }),
      channels: fc.constantFrom(1, 2, 3, 4),
      depth: fc.constantFrom(8 as const, 16 as const),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(picture, async ({ width, height, channels, depth, seed }) => {
        const values = Array.from(
          { length: width * height * channels },
          (_, i) => Math.imul(i + seed, 2654435761) >>> (32 - depth),
        );
        const bytes = encode({
          width,
          height,
          channels,
          depth,
          data: depth === 16 ? Uint16Array.from(values) : Uint8Array.from(values),
        });
        const image = await decodeImage(bytes, 'random.png');
        expect([...image.samples]).toEqual(values);
        expect([...image.samples]).toEqual([...referenceDecode(bytes).data]);
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['a truncated file', depth.subarray(0, depth.length - 20), /ends .*early|middle of a chunk|IEND/],
    ['a missing end mark', depth.subarray(0, depth.length - 12), /before its end mark/],
    ['a wrong checksum', depth.map((byte, i) => (i === 18 ? byte ^ 1 : byte)), /checksum of chunk IHDR/],
    [
      'missing pixel data',
      join8(signature, header(2, 2, 8, 0), chunk('IEND', new Uint8Array(0))),
      /pixel data \(IDAT\) are missing/,
    ],
    [
      'a missing palette',
      join8(signature, header(2, 2, 8, 3), chunk('IDAT', new Uint8Array(9)), chunk('IEND', new Uint8Array(0))),
      /palette \(PLTE\) is missing/,
    ],
    ['an impossible bit depth', join8(signature, header(2, 2, 3, 0)), /3 bits a sample/],
    ['an impossible colour type', join8(signature, header(2, 2, 8, 5)), /colour type 5/],
    ['no pixels', join8(signature, header(0, 2, 8, 0)), /0x2 pixels/],
    [
      'garbage for pixel data',
      join8(
        signature,
        header(2, 2, 8, 0),
        chunk('IDAT', Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
        chunk('IEND', new Uint8Array(0)),
      ),
      /cannot be decompressed/,
    ],
  ])('refuses %s and names the fault', async (_, bytes, fault) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe('damaged-file');
    expect(failure.message).toMatch(/^picture\.png is a damaged PNG image: /);
    expect(failure.message).toMatch(fault);
    expect(failure.remedy).not.toBe('');
  });

  it.each([
    [65_535, 65_535],
    [16_385, 1],
    [16_000, 16_000],
  ])('refuses %i x %i pixels before it decodes anything', async (width, height) => {
    expect((await failureOf(join8(signature, header(width, height, 1, 0)))).code).toBe('too-large');
  });

  it('refuses several moving pictures, and reads one that is only called so', async () => {
    const animation = (pictures: number): Uint8Array =>
      join8(depth.subarray(0, 33), chunk('acTL', Uint8Array.of(0, 0, 0, pictures, 0, 0, 0, 0)), depth.subarray(33));
    expect(await failureOf(animation(2))).toMatchObject({
      code: 'unsupported-format',
      message: 'picture.png is a PNG image with 2 moving pictures, which cannot be used.',
    });
    expect(await decodeImage(animation(1), 'picture.png')).toMatchObject({ width: 5, height: 3 });
  });

  it.each([
    ['16 bits', 8192, 8192, 16, 0],
    ['a palette, whose colours take three bytes', 8192, 4096, 8, 3],
  ])(
    'refuses what grows more than a picture does, before it decodes anything: %s',
    async (_, width, height, ...type) => {
      const bytes = join8(
        signature,
        header(width, height, ...type),
        chunk('PLTE', new Uint8Array(3)),
        chunk('IDAT', new Uint8Array(250_000)),
        chunk('IEND', new Uint8Array(0)),
      );
      expect(await failureOf(bytes)).toMatchObject({
        code: 'too-large',
        message: 'picture.png unpacks to more than 200 times its size, as a decompression bomb does.',
      });
    },
  );

  it('does not allocate what a small file cannot hold', async () => {
    const bytes = join8(
      signature,
      header(16_000, 4_000, 8, 0),
      chunk('IDAT', new Uint8Array(20)),
      chunk('IEND', new Uint8Array(0)),
    );
    expect((await failureOf(bytes)).message).toMatch(/end early/);
  });

  it('ends with an image or a StudioError whatever bytes are changed', async () => {
    const mutation = fc.record({
      edits: fc.array(fc.record({ at: fc.nat(depth.length - 1), to: fc.nat(255) }), { minLength: 1, maxLength: 6 }),
      length: fc.integer({ min: 0, max: depth.length }),
      repair: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(mutation, async ({ edits, length, repair }) => {
        const bytes = Uint8Array.from(depth);
        for (const { at, to } of edits) bytes[at] = to;
        const outcome: unknown = await decodeImage(
          repair ? repairChecksums(bytes) : bytes.subarray(0, length),
          'mutant.png',
        ).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toBeInstanceOf(StudioError);
        else expect(outcome).toHaveProperty('samples');
      }),
      { numRuns: 500 },
    );
  });
});

/** Makes every checksum right again, so that mutations reach the code behind them. */
function repairChecksums(bytes: Uint8Array): Uint8Array {
  const view = new DataView(bytes.buffer);
  for (let offset = 8; offset + 12 <= bytes.length;) {
    const length = view.getUint32(offset);
    if (offset + 12 + length > bytes.length) break;
    view.setUint32(offset + 8 + length, crc32(bytes.subarray(offset + 4, offset + 8 + length)));
    offset += 12 + length;
  }
  return bytes;
}

interface Expected {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits_per_sample: number;
  readonly colour_type: string;
  readonly sha256_le: string;
  readonly rgba8_sha256?: string;
}

describe.skipIf(!existsSync(corpus))('PNG files of other programs (shared corpus)', () => {
  const expected = existsSync(corpus)
    ? (JSON.parse(readFileSync(join(corpus, 'expected.json'), 'utf8')) as Record<string, Expected>)
    : {};
  const good = Object.keys(expected).filter((name) => /^png(-suite)?\//.test(name));
  const read = (name: string): Uint8Array => new Uint8Array(readFileSync(join(corpus, name)));

  it('has the whole suite', () => {
    expect(good.length).toBeGreaterThan(160);
  });

  it.each(good)('reads %s as measured', async (name) => {
    const image = await decodeImage(read(name), name);
    const wanted = expected[name] as Expected;
    expect([image.width, image.height]).toEqual([wanted.width, wanted.height]);
    if (wanted.colour_type === 'palette') expect(sha256(toRgba(image))).toBe(wanted.rgba8_sha256);
    else {
      expect([image.channels, image.bitDepth]).toEqual([wanted.channels, wanted.bits_per_sample]);
      expect(sha256(sampleBytes(image))).toBe(wanted.sha256_le);
    }
  });

  it.each(existsSync(corpus) ? readdirSync(join(corpus, 'png-suite-corrupt')) : [])('refuses %s', async (name) => {
    const failure = await failureOf(read(`png-suite-corrupt/${name}`), name);
    expect(failure.code).toBe('damaged-file');
    expect(failure.message).toMatch(new RegExp(`^${name} is a damaged PNG image: .{20,}\\.$`));
  });
});
