import { plainRecipe } from '../../shared/recipe';
import { describe, expect, it } from 'vitest';
import { digestImage } from '../digest';
import { recipeOfSameCamera, suggestRecipe, warningsFor } from './recipes';
import type { ImageDigest } from '../digest';
import type { RawImage } from '../../formats/images/format';

/** Images of 40x40 whose value at pixel i of image n is `value(i, n)`. */
function digests(
  bitDepth: number,
  value: (pixel: number, image: number) => number,
  channels: 1 | 3 = 1,
): Promise<ImageDigest[]> {
  const image = (n: number): RawImage => {
    const values = Array.from({ length: 1600 * channels }, (_, i) => Math.floor(value(i, n)));
    return {
      width: 40,
      height: 40,
      channels,
      bitDepth,
      samples: bitDepth > 8 ? Uint16Array.from(values) : Uint8Array.from(values),
    };
  };
  return Promise.all([0, 1, 2, 3].map((n) => digestImage(image(n))));
}

/** Evenly spread in [0, 1). */
const spread = (pixel: number, image: number): number => (Math.imul(pixel * 4 + image, 2654435761) >>> 0) / 2 ** 32;

describe('the suggested recipe', () => {
  it('stretches millimetre depth and fills its holes', async () => {
    const { recipe, reason } = suggestRecipe(
      await digests(16, (i, n) => (i % 10 === 0 ? 0 : 600 + 3000 * spread(i, n))),
    );
    expect(recipe).toEqual({
      ...plainRecipe,
      scaling: { kind: 'percentile', low: 1, high: 99 },
      holes: 'nearest',
      eightBit: false,
    });
    expect(reason).toBe(
      'A typical image uses 4 % of its 16-bit range, so each is stretched from its 1st to its 99th percentile; pixels without a reading (0) are filled with the nearest one.',
    );
  });

  it('stretches 8-bit depth of few codes, without holes', async () => {
    const { recipe } = suggestRecipe(await digests(8, (i, n) => 40 + 60 * spread(i, n)));
    expect(recipe).toMatchObject({ scaling: { kind: 'percentile' }, holes: 'keep' });
  });

  it('divides near infrared by full scale and takes its zeros for black', async () => {
    const { recipe } = suggestRecipe(await digests(8, (i, n) => 256 * spread(i, n) ** 2));
    expect(recipe).toEqual(plainRecipe);
  });

  it('reads the bit rotation of SUN RGB-D, but not plain or shifted millimetres', async () => {
    const mm = (i: number, n: number): number => 800 + 8000 * spread(i, n);
    const rotated = await digests(16, (i, n) => ((mm(i, n) << 3) | (mm(i, n) >> 13)) & 0xffff);
    expect(suggestRecipe(rotated).recipe.scaling.kind).toBe('sunRgbd');
    expect(suggestRecipe(await digests(16, mm)).recipe.scaling.kind).toBe('percentile');
    expect(suggestRecipe(await digests(16, (i, n) => (mm(i, n) >> 1) << 4)).recipe.scaling.kind).not.toBe('sunRgbd');
  });

  it('leaves RGB as the source model knows it', async () => {
    expect(suggestRecipe(await digests(8, (i, n) => 60 * spread(i, n), 3)).recipe.scaling.kind).toBe('full');
  });

  it('is taken over by another folder of the same kind of file only', async () => {
    const target = await digests(8, (i, n) => 40 + 60 * spread(i, n));
    const { recipe } = suggestRecipe(target);
    const wider = await digests(8, (i, n) => 20 + 120 * spread(i, n));
    expect(suggestRecipe(wider).recipe.scaling.kind).toBe('full');
    expect(recipeOfSameCamera({ digests: target, recipe }, { digests: wider })?.recipe).toBe(recipe);
    expect(recipeOfSameCamera({ digests: target, recipe }, { digests: await digests(16, spread) })).toBeNull();
  });
});

describe('warnings', () => {
  const full = plainRecipe;

  it('say that images look black or white to the network under this recipe', async () => {
    const depth = await digests(16, (i, n) => 600 + 3000 * spread(i, n));
    expect(warningsFor('target', depth, full)).toEqual([
      'These images look almost black to the network. Check the value range.',
    ]);
    expect(warningsFor('target', depth, suggestRecipe(depth).recipe)).toEqual([]);
    expect(warningsFor('target', depth, { ...full, scaling: { kind: 'clip', low: 10, high: 300 } })[0]).toMatch(
      /almost white/,
    );
  });

  it('count images that hold one value', async () => {
    expect(warningsFor('target', await digests(8, (i, n) => (n === 0 ? 7 : 250 * spread(i, n))), full)).toEqual([
      '1 image holds a single value everywhere and tells the network nothing.',
    ]);
  });

  it('notice colour where depth is meant, and grey where RGB is meant', async () => {
    const colour = await digests(8, (i, n) => 256 * spread(i, n), 3);
    const greyAsRgb = await digests(8, (i, n) => 256 * spread(Math.floor(i / 3), n), 3);
    expect(warningsFor('pairsTarget', colour, full)[0]).toMatch(/colour pictures, where depth or infrared is meant/);
    expect(warningsFor('pairsTarget', greyAsRgb, full)).toEqual([]);
    expect(warningsFor('pairsRgb', colour, full)).toEqual([]);
    expect(warningsFor('pairsRgb', greyAsRgb, full)[0]).toMatch(/no colour, where RGB is meant/);
  });

  it('notice mixed bit depths', async () => {
    const mixed = [
      ...(await digests(8, (i, n) => 256 * spread(i, n))),
      ...(await digests(16, (i, n) => 65_536 * spread(i, n))),
    ];
    expect(warningsFor('target', mixed, full)[0]).toMatch(/mixes bit depths/);
  });
});
