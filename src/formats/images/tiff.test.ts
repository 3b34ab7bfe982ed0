import { zlibSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTiff, greyTiff as grey, onePageTiff as onePage, plainLzw } from '../../tests/buildTiff';
import { decodeImage } from './registry';
import type { RawImage } from './format';
import type { TiffFields } from '../../tests/buildTiff';

const read = (bytes: Uint8Array): Promise<RawImage> => decodeImage(bytes, 'a.tif');
const bytesOf = (samples: ArrayBufferView): Uint8Array =>
  new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);

describe('TIFF', () => {
  it.each([
    ['little', false, false],
    ['big', true, false],
    ['little', false, true],
    ['big', true, true],
  ])('keeps 16-bit values in %s-endian files (BigTIFF: %s)', async (_, bigEndian, bigTiff) => {
    const values = [0, 1, 258, 65_535, 1000, 4096];
    const stored = Uint8Array.from(values.flatMap((v) => (bigEndian ? [v >> 8, v & 255] : [v & 255, v >> 8])));
    const image = await read(onePage(grey(3, 2, 16), [stored], { bigEndian, bigTiff }));
    expect(image).toEqual({ width: 3, height: 2, channels: 1, bitDepth: 16, samples: Uint16Array.from(values) });
  });

  it.each([
    ['8-bit signed integers', 2, 8, Int8Array.of(-128, 0, 127), Int16Array],
    ['16-bit signed integers', 2, 16, Int16Array.of(-32_768, -1, 32_767), Int16Array],
    ['32-bit signed integers', 2, 32, Int32Array.of(-2_147_483_648, 0, 7), Int32Array],
    ['32-bit integers', 1, 32, Uint32Array.of(4_294_967_295, 0, 7), Uint32Array],
    ['floats', 3, 32, Float32Array.of(-1.5, NaN, Infinity), Float32Array],
    ['doubles', 3, 64, Float64Array.of(-0.1, NaN, 1e300), Float64Array],
  ])('reads %s', async (_, sampleFormat, bits, values, type) => {
    const image = await read(onePage({ ...grey(3, 1, bits), sampleFormat }, [bytesOf(values)]));
    expect(image.bitDepth).toBe(bits);
    expect(image.samples).toEqual(type.from(values));
  });

  it('reads floats of 16 bits, small and special ones too', async () => {
    const halves = Uint16Array.of(0x3c00, 0xc000, 0x0001, 0x03ff, 0x7bff, 0x7c00, 0xfc00, 0x7e00);
    const { samples, bitDepth } = await read(onePage({ ...grey(8, 1, 16), sampleFormat: 3 }, [bytesOf(halves)]));
    expect(bitDepth).toBe(16);
    expect([...samples]).toEqual([1, -2, 2 ** -24, 1023 * 2 ** -24, 65_504, Infinity, -Infinity, NaN]);
  });

  it('unpacks samples of any size up to 16 bits, rows beginning at a byte', async () => {
    const picture = fc.record({
      bits: fc.integer({ min: 1, max: 15 }),
      width: fc.integer({ min: 1, max: 9 }),
      signed: fc.boolean(),
      seed: fc.array(fc.nat(65_535), { minLength: 18, maxLength: 18 }),
    });
    await fc.assert(
      fc.asyncProperty(picture, async ({ bits, width, signed, seed }) => {
        const codes = seed.slice(0, 2 * width).map((value) => value % 2 ** bits);
        const rows = [codes.slice(0, width), codes.slice(width)].map((row) =>
          row.map((code) => code.toString(2).padStart(bits, '0')).join(''),
        );
        const stored = rows.flatMap((row) =>
          (row.match(/.{1,8}/g) ?? []).map((byte) => parseInt(byte.padEnd(8, '0'), 2)),
        );
        const fields = { ...grey(width, 2, bits), sampleFormat: signed ? 2 : 1 };
        const { samples } = await read(onePage(fields, [Uint8Array.from(stored)]));
        const expected = codes.map((code) => (signed && code >= 2 ** (bits - 1) ? code - 2 ** bits : code));
        expect([...samples]).toEqual(expected);
      }),
    );
  });

  it.each([
    ['deflate', 8, (bytes: Uint8Array) => zlibSync(bytes)],
    ['the old code of deflate', 32_946, (bytes: Uint8Array) => zlibSync(bytes)],
    ['LZW', 5, plainLzw],
    ['PackBits', 32_773, (bytes: Uint8Array) => Uint8Array.from([...bytes].flatMap((byte) => [0, byte]))],
  ])('decompresses %s, in strips of which the last is shorter', async (_, compression, pack) => {
    const samples = Uint8Array.from({ length: 70 * 5 }, (_unused, i) => (i * i) % 251);
    const pieces = [0, 2, 4].map((row) => pack(samples.subarray(row * 70, (row + 2) * 70)));
    const image = await read(onePage({ ...grey(70, 5, 8), compression, rowsPerStrip: 2 }, pieces));
    expect(image.samples).toEqual(samples);
  });

  it('expands PackBits runs and passes over its empty code', async () => {
    const runs = Uint8Array.of(0xfe, 7, 0x80, 1, 1, 2, 0xff, 9);
    const image = await read(onePage({ ...grey(7, 1, 8), compression: 32_773 }, [runs]));
    expect([...image.samples]).toEqual([7, 7, 7, 1, 2, 9, 9]);
  });

  it('cuts tiles to the image, in planes of their own', async () => {
    // 3 x 3 pixels in tiles of 2 x 2: value 10 * y + x, the second plane 100 more; 99 lies outside.
    const tile = (x: number, y: number, plane: number): Uint8Array =>
      Uint8Array.from([0, 1, 2, 3], (i) => {
        const [column, row] = [x + (i % 2), y + (i >> 1)];
        return column > 2 || row > 2 ? 99 : plane * 50 + row * 10 + column;
      });
    const pieces = [0, 1, 2].flatMap((plane) => [
      tile(0, 0, plane),
      tile(2, 0, plane),
      tile(0, 2, plane),
      tile(2, 2, plane),
    ]);
    const fields: TiffFields = {
      ...grey(3, 3, 8),
      photometric: 2,
      samplesPerPixel: 3,
      bitsPerSample: [8, 8, 8],
      planarConfiguration: 2,
      tileWidth: 2,
      tileLength: 2,
    };
    const image = await read(buildTiff([{ fields, pieces, tiled: true }]));
    expect(image.channels).toBe(3);
    expect([...image.samples.filter((_, i) => i % 3 === 1)]).toEqual([50, 51, 52, 60, 61, 62, 70, 71, 72]);
  });

  it('adds up differences of samples, wrapping, channel by channel', async () => {
    const image = await read(
      onePage({ ...grey(3, 1, 16), samplesPerPixel: 2, extraSamples: 2, predictor: 2, compression: 8 }, [
        zlibSync(bytesOf(Uint16Array.of(65_535, 10, 2, 1, 3, 65_535))),
      ]),
    );
    expect(image.channels).toBe(2);
    expect([...image.samples]).toEqual([65_535, 10, 1, 11, 4, 10]);
  });

  it.each([16, 32, 64])('joins the bytes of %i-bit floats that predictor 3 separated', async (bits) => {
    const values = [1, -2.5, 0.125, 1000];
    const floats = bits === 64 ? Float64Array.from(values) : Float32Array.from(values);
    const little = bits === 16 ? bytesOf(Uint16Array.of(0x3c00, 0xc100, 0x3000, 0x63d0)) : bytesOf(floats);
    const size = bits / 8;
    const planes = Array.from({ length: size }, (_, plane) =>
      values.map((_v, i) => little[i * size + size - 1 - plane] ?? 0),
    );
    const row = planes.flat();
    const differences = Uint8Array.from(row, (byte, i) => byte - (row[i - 1] ?? 0));
    const fields = { ...grey(4, 1, bits), sampleFormat: 3, predictor: 3, compression: 8 };
    const { samples } = await read(onePage(fields, [zlibSync(differences)], { bigEndian: true }));
    expect([...samples]).toEqual(values);
  });

  it('turns bits round that are stored lowest first', async () => {
    const { samples } = await read(onePage({ ...grey(8, 1, 1), fillOrder: 2 }, [Uint8Array.of(0b0000_0011)]));
    expect([...samples]).toEqual([1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it.each([
    ['8 bits where that is exact', [0, 0x1212, 0xffff], 8, [0xff, 0x12, 0]],
    ['8 bits where the low byte is 0', [0, 0x1200, 0xff00], 8, [0xff, 0x12, 0]],
    ['8 bits where all are small', [0, 0x12, 0xff], 8, [0xff, 0x12, 0]],
    ['16 bits elsewhere', [0, 0x1234, 0xffff], 16, [0xffff, 0x1234, 0]],
  ])('replaces palette indices by colours, in %s', async (_, [first = 0, second = 0, third = 0], bitDepth, wanted) => {
    const colorMap = [first, third, 0, 0, second, second, 0, 0, third, first, 0, 0];
    const image = await read(onePage({ ...grey(1, 1, 2), photometric: 3, colorMap }, [Uint8Array.of(0b0100_0000)]));
    expect(image).toMatchObject({ channels: 3, bitDepth });
    expect([...image.samples]).toEqual(wanted);
  });

  it('says which value stands for no reading, as the samples hold it', async () => {
    const nothing = (noData: string, fields: TiffFields, values: ArrayBufferView): Promise<RawImage> =>
      read(onePage({ ...grey(1, 1, 32), noData, ...fields }, [bytesOf(values)]));
    expect((await nothing('-9999 ', { sampleFormat: 2 }, Int32Array.of(5))).noReading).toBe(-9999);
    const float = await nothing(
      '-3.4028234663852886e+38',
      { sampleFormat: 3 },
      Float32Array.of(-3.4028234663852886e38),
    );
    expect(float.samples[0]).toBe(float.noReading);
    expect(await nothing('nan', { sampleFormat: 3 }, Float32Array.of(NaN))).not.toHaveProperty('noReading');
  });

  it('reads the first page that is no preview, and says what it left', async () => {
    const page = (value: number, fields: TiffFields = {}): Parameters<typeof buildTiff>[0][number] => ({
      fields: { ...grey(1, 1, 8), ...fields },
      pieces: [Uint8Array.of(value)],
    });
    const image = await read(buildTiff([page(1, { subfileType: 1 }), page(2), page(3)]));
    expect([...image.samples]).toEqual([2]);
    expect(image.notes).toEqual(['Only number 2 of 3 pages was read.']);
    expect((await read(buildTiff([page(1), page(2)]))).notes).toEqual(['Only the first of 2 pages was read.']);
    await expect(read(buildTiff([page(1, { subfileType: 1 })]))).rejects.toThrow(/small preview/);
  });

  it('says that further bands and white-is-zero are left as they are', async () => {
    const fields = { ...grey(1, 1, 8), photometric: 0, samplesPerPixel: 2, extraSamples: 0 };
    const image = await read(onePage(fields, [Uint8Array.of(200, 7)]));
    expect([...image.samples]).toEqual([200]);
    expect(image.notes).toEqual([
      'Only the first of 2 bands was read.',
      'Values are as stored; the file says that 0 is white and larger is darker.',
    ]);
  });
});
