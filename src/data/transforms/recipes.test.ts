import { plainRecipe } from '../../shared/recipe';
import { describe, expect, it } from 'vitest';
import { digestImage } from '../digest';
import { recipeOfSameCamera, suggestRecipe } from './recipes';
import { warningsFor } from './warnings';
import { colourMaps } from './colourMaps';
import type { ImageDigest } from '../digest';
import type { RawImage } from '../../formats/images/format';
import type { ImageRecipe } from '../../shared/recipe';

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
      'A typical image uses 4 % of its 16-bit range, so each is stretched from its 1st to its 99th percentile; pixels without a reading (0) are filled with the nearest one. A fixed range in the units of the file keeps distances comparable between images.',
    );
  });

  it('stretches 8-bit depth of few codes, without holes', async () => {
    const { recipe, reason } = suggestRecipe(await digests(8, (i, n) => 40 + 60 * spread(i, n)));
    expect(recipe).toMatchObject({ scaling: { kind: 'percentile' }, holes: 'keep' });
    expect(reason).not.toMatch(/fixed range/);
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

  it('listens to what the files are called: zeros of distances are holes, those of infrared and thermal are not', async () => {
    // Down to 50 mm: no gap above 0 tells holes from black.
    const close = await digests(16, (i, n) => (i % 10 === 0 ? 0 : 50 + 3000 * spread(i, n)));
    const under = (name: string): string =>
      suggestRecipe(close, [`scenes/${name}1.png`, `scenes/${name}2.png`]).recipe.holes;
    expect(suggestRecipe(close).recipe.holes).toBe('keep');
    expect(['depth', 'Disparity_', 'cam_depth_raw_'].map(under)).toEqual(['nearest', 'nearest', 'nearest']);
    const far = await digests(16, (i, n) => (i % 10 === 0 ? 0 : 7000 + 400 * spread(i, n)));
    expect(suggestRecipe(far).recipe.holes).toBe('nearest');
    expect(suggestRecipe(far, ['seq/LWIR-1.png', 'seq/LWIR-2.png']).recipe).toMatchObject({
      scaling: { kind: 'percentile' },
      holes: 'keep',
    });
    expect(suggestRecipe(far, ['a_thermal.png', 'b_thermal.png']).reason).toMatch(
      /^The files are called thermal\. A typical/,
    );
  });

  it('takes the logarithm of skewed infrared counts, but only of those', async () => {
    const skewed = await digests(16, (i, n) => 20 + 60_000 * spread(i, n) ** 6);
    const named = ['ir/1.png', 'ir/2.png'];
    expect(suggestRecipe(skewed, named).recipe.scaling).toEqual({ kind: 'log', low: 1, high: 99 });
    expect(suggestRecipe(skewed, named).reason).toMatch(
      /half of the readings of a typical image lie in the lowest 2 %/,
    );
    expect(suggestRecipe(skewed).recipe.scaling.kind).not.toBe('log');
    expect(suggestRecipe(await digests(16, (i, n) => 60_000 * spread(i, n)), named).recipe.scaling.kind).toBe('full');
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

  it('judge disparity by what it shows: depth near the far end is black', async () => {
    const far = await digests(16, (i, n) => 5000 + 3000 * spread(i, n));
    const disparity = (high: number): ImageRecipe => ({ ...full, scaling: { kind: 'disparity', low: 100, high } });
    // 5 m of 0.1 to 10 m: (1/5 - 1/10) / (1/0.1 - 1/10) = 1 %.
    expect(warningsFor('target', far, disparity(10_000))[0]).toMatch(/almost black/);
    const near = await digests(16, (i, n) => 100 + 300 * spread(i, n));
    expect(warningsFor('target', near, disparity(10_000))).toEqual([]);
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

  it('notice measurements drawn in rainbow colours, in photographs and flat drawings not', async () => {
    const drawn = (map: 'jet' | 'turbo') =>
      digests(
        8,
        (i, n) => {
          const colour = new Float32Array(3);
          colourMaps[map](spread(Math.floor(i / 3), n), colour, 0);
          return (colour[i % 3] ?? 0) * 255;
        },
        3,
      );
    for (const map of ['jet', 'turbo'] as const) {
      expect(warningsFor('target', await drawn(map), full)).toEqual([
        expect.stringMatching(/measurements drawn in the colours of a rainbow/),
      ]);
    }
    const redAndBlue = await digests(8, (i) => (i % 3 === (i % 6 < 3 ? 0 : 2) ? 255 : 0), 3);
    expect(warningsFor('target', redAndBlue, full)[0]).toMatch(/^These are colour pictures/);
  });

  it('tell pixels that say nothing, and pictures that ask to be turned', async () => {
    const half = await digests(8, (i, n) => (i % 5 < 3 ? 0 : i % 5 === 3 ? 255 : 200 * spread(i, n) + 30));
    expect(warningsFor('target', half, full)).toEqual([
      '60 % of the pixels have no reading.',
      '50 % of the readings are at the largest value that the files can hold: what lies above is lost.',
    ]);
    const turned = (await digests(8, (i, n) => 250 * spread(i, n))).map((digest) => ({ ...digest, orientation: 6 }));
    expect(warningsFor('target', turned, full)).toEqual([
      "4 images ask to be turned (EXIF) and are used as stored, as PyTorch's ImageFolder does.",
    ]);
    expect(warningsFor('target', turned, { ...full, orientation: 'apply' })).toEqual([]);
  });

  it('notice mixed bit depths', async () => {
    const mixed = [
      ...(await digests(8, (i, n) => 256 * spread(i, n))),
      ...(await digests(16, (i, n) => 65_536 * spread(i, n))),
    ];
    expect(warningsFor('target', mixed, full)[0]).toMatch(/mixes bit depths/);
  });

  it('notice the two sides of pairs in one folder, and say where they belong', async () => {
    const both = [
      ...(await digests(8, (i, n) => 256 * spread(i, n), 3)),
      ...(await digests(16, (i, n) => 65_536 * spread(i, n))),
    ];
    expect(warningsFor('target', both, full).join(' ')).toMatch(
      /colour pictures and single-channel images, which look like the two sides of pairs.*"Whole dataset".*on both pair sides, with a rule/,
    );
    expect(warningsFor('pairsRgb', both, full).join(' ')).toMatch(/on both pair sides/);
    expect(warningsFor('target', both, full).join(' ')).not.toMatch(/mixes bit depths/);
  });
});
