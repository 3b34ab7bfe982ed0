import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resizeImage } from './resize';
import type { ScaledImage } from './scaling';
import type { Resize } from '../../shared/recipe';

const row = (...values: readonly number[]): ScaledImage => ({
  width: values.length,
  height: 1,
  channels: 1,
  values: Float32Array.from(values),
});
const kinds = fc.constantFrom<Resize>('bilinear', 'area', 'nearest', 'holeAware');
/** Evenly spread in [0, 1). */
const noise = (seed: number): number => (Math.imul(seed, 2654435761) >>> 8) / 2 ** 24;

describe('resizing', () => {
  it('gives the same size back exactly', () => {
    const image = row(0.1, 0.7, 0.3);
    expect(resizeImage(image, 1, 3, 'bilinear').values).toEqual(image.values);
  });

  it('halves with the triangle over four pixels', () => {
    // Output 0 is centred at 1.0: weights 1/4 3/4 3/4 1/4 of pixels -1..2, the first of which is outside: (.75*0 + .75*4 + .25*8) / 1.75.
    // Output 1 is centred at 3.0: (.25*4 + .75*8 + .75*12) / 1.75.
    const { values } = resizeImage(row(0, 4, 8, 12), 1, 2, 'bilinear');
    expect(values[0]).toBeCloseTo(5 / 1.75, 6);
    expect(values[1]).toBeCloseTo(16 / 1.75, 6);
  });

  it('doubles by interpolation between pixel centres', () => {
    // Centres of the outputs lie at 0.25, 0.75, 1.25, 1.75 input pixels; those of the inputs at 0.5 and 1.5.
    expect([...resizeImage(row(0, 1), 1, 4, 'bilinear').values]).toEqual([0, 0.25, 0.75, 1]);
  });

  it('works alike along both axes and keeps channels apart', () => {
    const values = Float32Array.from({ length: 5 * 4 * 3 }, (_, i) => Math.imul(i, 97) % 11);
    const resized = resizeImage({ width: 4, height: 5, channels: 3, values }, 3, 7, 'bilinear');
    const transposed = new Float32Array(values.length);
    for (let y = 0; y < 5; y++)
      for (let x = 0; x < 4; x++)
        for (let c = 0; c < 3; c++) transposed[(x * 5 + y) * 3 + (2 - c)] = values[(y * 4 + x) * 3 + c] ?? 0;
    const back = resizeImage({ width: 5, height: 4, channels: 3, values: transposed }, 7, 3, 'bilinear');
    for (let y = 0; y < 3; y++)
      for (let x = 0; x < 7; x++)
        for (let c = 0; c < 3; c++) {
          expect(back.values[(x * 3 + y) * 3 + (2 - c)]).toBeCloseTo(resized.values[(y * 7 + x) * 3 + c] ?? NaN, 5);
        }
  });

  it('keeps a constant image constant and never leaves the range of its input', () => {
    const side = fc.integer({ min: 1, max: 40 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), kinds, (height, width, newHeight, newWidth, seed, kind) => {
        const constant = new Float32Array(width * height).fill(0.3);
        const same = resizeImage({ width, height, channels: 1, values: constant }, newHeight, newWidth, kind);
        expect(same.values).toHaveLength(newHeight * newWidth);
        for (const value of same.values) expect(value).toBeCloseTo(0.3, 6);
        const values = Float32Array.from(constant, (_, i) => noise(i + seed));
        for (const value of resizeImage({ width, height, channels: 1, values }, newHeight, newWidth, kind).values) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...values) - 1e-6);
          expect(value).toBeLessThanOrEqual(Math.max(...values) + 1e-6);
        }
      }),
    );
  });

  /** 7x5 pixels, and what Pillow 9.4 and OpenCV 4.6 make 4x3 of them (floats). */
  const grid: ScaledImage = {
    width: 7,
    height: 5,
    channels: 1,
    values: Float32Array.from({ length: 35 }, (_, at) => {
      const [i, j] = [Math.floor(at / 7), at % 7];
      return (i * 97 + j * 61 + i * j * 13) % 101;
    }),
  };

  it.each<[string, Resize, number[]]>([
    [
      'Image.BILINEAR',
      'bilinear',
      [51.0204, 43.8343, 53.2057, 41.9796, 85.6667, 63.88, 54.28, 38.7778, 87.3333, 53.9143, 54.2, 64.2041],
    ],
    ['Image.NEAREST and INTER_NEAREST_EXACT', 'nearest', [0, 21, 42, 63, 93, 65, 37, 9, 85, 8, 32, 56]],
    [
      'INTER_AREA',
      'area',
      [49.8571, 42.1429, 54.6286, 41.1429, 87, 63, 53.4286, 35.2, 89.5143, 49.2286, 52.2286, 63.8857],
    ],
  ])('shrinks as %s', (_, kind, expected) => {
    const { values } = resizeImage(grid, 3, 4, kind);
    values.forEach((value, at) => expect(Math.abs(value - (expected[at] ?? NaN))).toBeLessThan(1e-4));
  });

  it('enlarges by whole pixels as Image.NEAREST, and to halves of two where the area covers two', () => {
    const columns = [0, 1, 1, 2, 3, 4, 5, 5, 6];
    const rows = [0, 0, 1, 2, 2, 3, 4, 4];
    const { values } = resizeImage(grid, 8, 9, 'nearest');
    expect([...values]).toEqual(rows.flatMap((y) => columns.map((x) => grid.values[y * 7 + x])));
    // Outputs cover 2/3 of a pixel: pixel 0, then a half of each, then pixel 1.
    expect([...resizeImage(row(0, 1), 1, 3, 'area').values]).toEqual([0, 0.5, 1]);
  });
});

describe('pixels without a value', () => {
  it('share out their weight among the others, up to half of it', () => {
    // Over four pixels the triangle of two outputs weighs 0 3/7 3/7 1/7 and, mirrored, 1/7 3/7 3/7 0.
    const two = (...values: number[]): number[] => [...resizeImage(row(...values), 1, 2, 'holeAware').values];
    expect(two(0.2, NaN, 0.4, 0.6)[0]).toBeCloseTo((3 * 0.2 + 0.4) / 4, 6);
    expect(two(NaN, NaN, 0.4, 0.6)).toEqual([NaN, expect.closeTo((3 * 0.4 + 3 * 0.6) / 6, 6)]);
    expect([...resizeImage(row(NaN, 0.4), 1, 1, 'area').values]).toEqual([Math.fround(0.4)]);
    expect([...resizeImage(row(NaN, 0.4), 1, 2, 'bilinear').values]).toEqual([NaN, Math.fround(0.4)]);
  });

  it('keep colours together', () => {
    const values = Float32Array.of(NaN, NaN, NaN, 0.1, 0.2, 0.3);
    const { values: resized } = resizeImage({ width: 2, height: 1, channels: 3, values }, 1, 4, 'bilinear');
    expect([...resized]).toEqual([NaN, NaN, NaN, NaN, NaN, NaN, 0.1, 0.2, 0.3, 0.1, 0.2, 0.3].map(Math.fround));
  });

  it('never reach a pixel that has one: every result is between readings, or is none', () => {
    const side = fc.integer({ min: 1, max: 20 });
    fc.assert(
      fc.property(side, side, side, side, fc.nat(), kinds, (height, width, newHeight, newWidth, seed, kind) => {
        const values = Float32Array.from({ length: width * height }, (_, i) =>
          noise(i + seed) < 0.5 ? NaN : 0.5 + noise(i + seed) / 4,
        );
        const known = values.filter((value) => !Number.isNaN(value));
        const resized = resizeImage({ width, height, channels: 1, values }, newHeight, newWidth, kind).values;
        if (known.length === 0) expect(resized.every(Number.isNaN)).toBe(true);
        for (const value of resized.filter((pixel) => !Number.isNaN(pixel))) {
          expect(value).toBeGreaterThanOrEqual(Math.min(...known) - 1e-5);
          expect(value).toBeLessThanOrEqual(Math.max(...known) + 1e-5);
        }
      }),
    );
  });
});
