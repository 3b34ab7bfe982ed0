import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { plainRecipe } from '../../shared/recipe';
import { describe, expect, it } from 'vitest';
import { checkRecipe } from './checkRecipe';
import { fillNearest } from './holes';
import { sortReadings, percentileOf } from '../readings';
import { scaleImage, unrotate } from './scaling';
import type { RawImage } from '../../formats/images/format';
import type { Encoding, ImageRecipe, Scaling } from '../../shared/recipe';

const grey = (bitDepth: number, values: readonly number[], width = values.length): RawImage => ({
  width,
  height: values.length / width,
  channels: 1,
  bitDepth,
  samples: bitDepth > 8 ? Uint16Array.from(values) : Uint8Array.from(values),
});
const recipe = (scaling: Scaling, eightBit = false): ImageRecipe => ({ ...plainRecipe, scaling, eightBit });
const scaled = (image: RawImage, scaling: Scaling): number[] => [...scaleImage(image, recipe(scaling)).values];

describe('scaling', () => {
  it('divides by full scale, whatever the bit depth', () => {
    expect(scaled(grey(16, [0, 13107, 65535]), { kind: 'full' })).toEqual([0, Math.fround(0.2), 1]);
    expect(scaled(grey(4, [0, 3, 15]), { kind: 'full' })).toEqual([0, Math.fround(0.2), 1]);
  });

  it('stretches from the smallest to the largest reading; holes neither count nor move', () => {
    expect(scaled(grey(16, [0, 1000, 2000, 1500]), { kind: 'minMax' })).toEqual([0, 0, 1, 0.5]);
  });

  it('stretches between percentiles of the readings and clips beyond', () => {
    // Readings 1..5: 25 % is 2, 75 % is 4.
    expect(scaled(grey(8, [0, 1, 2, 3, 4, 5]), { kind: 'percentile', low: 25, high: 75 })).toEqual([
      0, 0, 0, 0.5, 1, 1,
    ]);
  });

  it('interpolates percentiles as numpy does', () => {
    const readings = sortReadings(grey(8, [10, 20, 40, 80]));
    expect(percentileOf(readings, 50)).toBe(30); // halfway between 20 and 40
    expect(percentileOf(readings, 1)).toBeCloseTo(10.3); // rank 0.03
    expect(percentileOf(sortReadings(grey(8, [0, 0])), 50)).toBe(0);
  });

  it('cuts a fixed range', () => {
    expect(scaled(grey(16, [500, 1000, 3000, 5000, 9000]), { kind: 'clip', low: 1000, high: 5000 })).toEqual([
      0, 0, 0.5, 1, 1,
    ]);
  });

  it('undoes the bit rotation of SUN RGB-D, in millimetres up to 8 m', () => {
    const stored = (mm: number): number => ((mm << 3) | (mm >> 13)) & 0xffff;
    for (const mm of [1, 777, 8191, 8192, 10_000, 65_535]) expect(unrotate(stored(mm))).toBe(mm);
    expect(scaled(grey(16, [0, stored(2000), stored(8000), stored(10_000)]), { kind: 'sunRgbd' })).toEqual([
      0, 0.25, 1, 1,
    ]);
  });

  it('turns distances into disparity: 0 at the far end, 1 at the near one', () => {
    // 1/2 lies a third of the way from 1/4 to 1; 0 and less have no reciprocal.
    const near = { kind: 'disparity', low: 1, high: 4 } as const;
    const values = scaled({ ...grey(16, [0, 1, 2, 4, 9]), samples: Float32Array.of(-2, 0.5, 2, 4, 9) }, near);
    expect(values).toEqual([0, 1, Math.fround(1 / 3), 0, 0]);
    expect(scaled(grey(16, [0, 1, 2, 4, 9]), near)).toEqual([0, 1, Math.fround(1 / 3), 0, 0]);
    const filled = scaleImage(grey(16, [0, 2]), { ...recipe(near), holes: 'nearest' });
    expect([...filled.values]).toEqual([1 / 3, 1 / 3].map(Math.fround));
  });

  it('takes the logarithm of what lies above a low percentile', () => {
    // From 100 to 355: ln(1 + 15) / ln(1 + 255) = 4 / 8.
    const log = { kind: 'log', low: 0, high: 100 } as const;
    expect(scaled(grey(16, [100, 115, 355]), log)).toEqual([0, 0.5, 1]);
    // Readings 1..5 between their 25th and 75th percentile, 2 and 4: ln 2 / ln 3 for 3.
    expect(scaled(grey(8, [1, 2, 3, 4, 5]), { kind: 'log', low: 25, high: 75 })).toEqual(
      [0, 0, Math.log(2) / Math.log(3), 1, 1].map(Math.fround),
    );
    expect(scaled(grey(16, [700, 700]), log)).toEqual([0, 0]);
  });

  it('makes an image of one value 0 instead of dividing by zero', () => {
    for (const kind of ['minMax', 'percentile'] as const) {
      expect(scaled(grey(16, [700, 700]), kind === 'minMax' ? { kind } : { kind, low: 1, high: 99 })).toEqual([0, 0]);
    }
    expect(scaled(grey(16, [0, 0]), { kind: 'minMax' })).toEqual([0, 0]);
  });

  it('drops transparency and stretches colours together', () => {
    const rgba: RawImage = {
      width: 2,
      height: 1,
      channels: 4,
      bitDepth: 8,
      samples: Uint8Array.from([10, 20, 30, 255, 40, 50, 60, 0]),
    };
    const { channels, values } = scaleImage(rgba, recipe({ kind: 'minMax' }));
    expect(channels).toBe(3);
    expect([...values]).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1].map(Math.fround));
    const greyAlpha: RawImage = {
      width: 2,
      height: 1,
      channels: 2,
      bitDepth: 8,
      samples: Uint8Array.from([51, 9, 255, 0]),
    };
    expect([...scaleImage(greyAlpha, recipe({ kind: 'full' })).values]).toEqual([Math.fround(0.2), 1]);
  });

  it.each<Scaling>([
    { kind: 'clip', low: 5, high: 5 },
    { kind: 'clip', low: 5, high: -5 },
    { kind: 'clip', low: 0, high: Infinity },
    { kind: 'clip', low: NaN, high: 5 },
    { kind: 'percentile', low: -1, high: 50 },
    { kind: 'percentile', low: 1, high: 101 },
    { kind: 'log', low: 99, high: 1 },
    { kind: 'log', low: 1, high: NaN },
    { kind: 'disparity', low: 0, high: 5 },
    { kind: 'disparity', low: -3, high: 5 },
    { kind: 'disparity', low: 3, high: Infinity },
  ])('refuses %j', (scaling) => {
    expect(() => {
      checkRecipe(recipe(scaling));
    }).toThrow(/cannot be scaled from/);
  });

  it.each<[Encoding, RegExp]>([
    [{ kind: 'normals', intrinsics: { fx: 0, fy: 500, cx: 320, cy: 240 } }, /No camera has fx 0/],
    [{ kind: 'normals', intrinsics: { fx: 500, fy: NaN, cx: 320, cy: 240 } }, /fy NaN/],
    [{ kind: 'normals', intrinsics: { fx: 500, fy: 500, cx: Infinity, cy: 240 } }, /cx Infinity/],
    [{ kind: 'hha', intrinsics: { fx: -1, fy: 500, cx: 320, cy: 240 }, metresPerUnit: 1 }, /No camera/],
    [{ kind: 'hha', intrinsics: { fx: 500, fy: 500, cx: 320, cy: 240 }, metresPerUnit: 0 }, /cannot be 0 metres/],
    [{ kind: 'hha', intrinsics: { fx: 500, fy: 500, cx: 320, cy: 240 }, metresPerUnit: NaN }, /cannot be NaN metres/],
  ])('refuses %j', (encoding, message) => {
    expect(() => {
      checkRecipe({ ...plainRecipe, encoding });
    }).toThrow(message);
  });

  it('keeps all 256 values of an 8-bit picture when rounding to 8 bits', () => {
    const values = Array.from({ length: 256 }, (_, i) => i);
    expect([...scaleImage(grey(8, values), recipe({ kind: 'full' }, true)).values].map((v) => v * 255)).toEqual(
      values.map((v) => Math.fround(v / 255) * 255),
    );
  });
});

describe('holes', () => {
  const filled = (values: readonly number[], width: number): number[] => {
    const samples = Uint16Array.from(values);
    fillNearest(samples, { width, height: values.length / width, channels: 1 }, 1, (value) => value !== 0);
    return [...samples];
  };

  it('take the nearest reading, the earlier one when two are equally near', () => {
    // The lower left pixel is 2 steps from the 9 and 3 from the 7.
    expect(filled([0, 0, 7, 0, 0, 0, 9, 0], 4)).toEqual([7, 7, 7, 7, 9, 9, 9, 9]);
    expect(filled([5, 0, 9], 3)).toEqual([5, 5, 9]);
  });

  it('stay where there is nothing but holes', () => {
    expect(filled([0, 0], 2)).toEqual([0, 0]);
  });

  it('take all channels of a pixel but alpha', () => {
    const samples = Uint8Array.of(0, 7, 5, 9);
    fillNearest(samples, { width: 2, height: 1, channels: 2 }, 1, (value) => value !== 0);
    expect([...samples]).toEqual([5, 7, 5, 9]);
  });

  it('keep every reading', () => {
    const values = Array.from({ length: 600 }, (_, i) => (Math.imul(i, 2654435761) >>> 28 < 6 ? 0 : i));
    const samples = filled(values, 30);
    values.forEach((value, i) => {
      if (value > 0) expect(samples[i]).toBe(value);
    });
    expect(samples.every((value) => value > 0)).toBe(true);
  });

  it('are 0 when kept, none when masked or left out by the resize, and filled before scaling', () => {
    const image = grey(16, [0, 1000, 3000]);
    const after = (change: Partial<ImageRecipe>): number[] => [
      ...scaleImage(image, { ...recipe({ kind: 'minMax' }), ...change }).values,
    ];
    expect(after({ holes: 'keep' })).toEqual([0, 0, 1]);
    expect(after({ holes: 'mask' })).toEqual([NaN, 0, 1]);
    expect(after({ holes: 'keep', resize: 'holeAware' })).toEqual([NaN, 0, 1]);
    expect(after({ holes: 'nearest', scaling: { kind: 'clip', low: 0, high: 4000 } })).toEqual([0.25, 0.25, 0.75]);
  });
});

const golden = join(process.env['SHARED_DIR'] ?? '../shared', 'golden', 'load.json');

interface LoadCase {
  readonly name: string;
  readonly bits: number;
  readonly stored: { readonly shape: readonly [number, number]; readonly data: readonly number[] };
  readonly l_loader: { readonly data: readonly number[] };
}

describe.skipIf(!existsSync(golden))('rounding to 8 bits (golden numbers of the reference loader)', () => {
  const cases = existsSync(golden)
    ? (JSON.parse(readFileSync(golden, 'utf8')) as { cases: readonly LoadCase[] }).cases
    : [];

  it.each(cases)('equals the reference for $name', ({ bits, stored, l_loader }) => {
    const { values } = scaleImage(grey(bits, stored.data, stored.shape[1]), recipe({ kind: 'full' }, true));
    expect([...values].map((value) => Math.round(value * 255))).toEqual(l_loader.data);
    expect(values).toEqual(Float32Array.from(l_loader.data, (value) => value / 255));
  });
});
