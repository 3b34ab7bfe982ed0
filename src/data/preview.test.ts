import { plainRecipe } from '../shared/recipe';
import { describe, expect, it } from 'vitest';
import { previewImage, previewPicture, thumbnails } from './preview';
import type { RawImage } from '../formats/images/format';
import type { ImagePreview } from '../shared/images';
import type { Scaling } from '../shared/recipe';

const depth: RawImage = {
  width: 4,
  height: 2,
  channels: 1,
  bitDepth: 16,
  samples: Uint16Array.of(0, 1000, 1000, 1000, 3000, 3000, 3000, 3000),
};
const colour: RawImage = { width: 1, height: 1, channels: 4, bitDepth: 8, samples: Uint8Array.of(10, 20, 30, 0) };
const images = [depth, colour];
const folder = {
  entries: [
    { path: 'd/depth.png', label: null },
    { path: 'd/colour.png', label: null },
  ],
  raw: (index: number): Promise<RawImage> => Promise.resolve(images[index] ?? depth),
};
const clip = {
  ...plainRecipe,
  scaling: { kind: 'clip', low: 0, high: 5000 },
  holes: 'nearest',
  eightBit: false,
} as const;

const greyLevels = ({ rgba }: { rgba: Uint8ClampedArray }): number[] => [...rgba].filter((_, i) => i % 4 === 0);

describe('previews', () => {
  it('show depth stretched for looking at, beside what the network sees', async () => {
    const preview = await previewImage(folder, 0, clip, [2, 4]);
    expect(preview).toMatchObject({ path: 'd/depth.png', width: 4, height: 2, bitDepth: 16, channels: 1 });
    expect(greyLevels(preview.picture)).toEqual([0, 0, 0, 0, 255, 255, 255, 255]);
    // The hole has neighbours of 1000 (right) and 3000 (below), equally near; 1000 / 5000 of 255 is 51.
    expect(greyLevels(preview.networkPicture)).toEqual([51, 51, 51, 51, 153, 153, 153, 153]);
    expect([...preview.networkPicture.rgba].filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it('count every reading in the histogram', async () => {
    const { histogram, histogramRange } = await previewImage(folder, 0, clip, [2, 4]);
    expect(histogramRange).toEqual([0, 3000]);
    expect(histogram).toHaveLength(64);
    expect(histogram.map((count, bin) => [bin, count]).filter(([, count]) => count !== 0)).toEqual([
      [21, 3],
      [63, 4],
    ]);
  });

  it('tell which values become 0 and 1, and how many are cut off', async () => {
    const under = async (scaling: Scaling): Promise<Partial<ImagePreview>> => {
      const preview = await previewImage(folder, 0, { ...plainRecipe, scaling }, [2, 4]);
      const { scaledRange, clippedLow, clippedHigh, holes, saturated } = preview;
      return { scaledRange, clippedLow, clippedHigh, holes, saturated };
    };
    // Seven readings, three of 1000 and four of 3000, and one hole in eight pixels.
    const [holes, saturated] = [1 / 8, 0];
    expect(await under({ kind: 'clip', low: 1500, high: 9000 })).toEqual({
      scaledRange: [1500, 9000],
      clippedLow: 3 / 7,
      clippedHigh: 0,
      holes,
      saturated,
    });
    expect(await under({ kind: 'disparity', low: 1000, high: 2000 })).toEqual({
      scaledRange: [2000, 1000],
      clippedLow: 0,
      clippedHigh: 4 / 7,
      holes,
      saturated,
    });
    expect(await under({ kind: 'minMax' })).toMatchObject({ scaledRange: [1000, 3000], clippedLow: 0, clippedHigh: 0 });
    expect(await under({ kind: 'sunRgbd' })).toMatchObject({ scaledRange: [0, 8000], clippedLow: 0, clippedHigh: 0 });
    const normals = { kind: 'normals', intrinsics: null } as const;
    expect(await previewImage(folder, 0, { ...clip, encoding: normals }, [2, 4])).toMatchObject({ scaledRange: null });
  });

  it('speak of the millimetres that SUN RGB-D stores rotated', async () => {
    const stored = [0, 125, 375, 9000].map((mm) => ((mm << 3) | (mm >> 13)) & 0xffff);
    const rotated: RawImage = { width: 4, height: 1, channels: 1, bitDepth: 16, samples: Uint16Array.from(stored) };
    const only = { entries: folder.entries, raw: () => Promise.resolve(rotated) };
    const recipe = { ...plainRecipe, scaling: { kind: 'sunRgbd' } } as const;
    const { histogram, ...preview } = await previewImage(only, 0, recipe, [1, 4]);
    expect(preview).toMatchObject({ histogramRange: [0, 9000], scaledRange: [0, 8000], holes: 1 / 4, clippedHigh: 1 / 3 });
    expect([histogram[0], histogram[2], histogram[63]]).toEqual([1, 1, 1]);
    expect(greyLevels(preview.picture)[3]).toBe(255); // the farthest, though 9000 mm are stored as a small number
  }); // prettier-ignore

  it('count what is saturated and show masked pixels transparent', async () => {
    const bright: RawImage = { width: 4, height: 1, channels: 1, bitDepth: 8, samples: Uint8Array.of(0, 9, 255, 255) };
    const only = { entries: folder.entries, raw: () => Promise.resolve(bright) };
    const preview = await previewImage(only, 0, { ...plainRecipe, holes: 'mask' }, [1, 4]);
    expect(preview).toMatchObject({ saturated: 1 / 2, holes: 1 / 4 });
    expect([...preview.networkPicture.rgba]).toEqual([0, 0, 0, 0, 9, 9, 9, 255, ...new Array<number>(8).fill(255)]);
  });

  it('show what a network of one channel sees', async () => {
    // 0.299 * 10 + 0.587 * 20 + 0.114 * 30 = 18.15
    expect(greyLevels((await previewImage(folder, 1, plainRecipe, [1, 1], 1)).networkPicture)).toEqual([18]);
  });

  it('turn both pictures where the recipe says so', async () => {
    const lying = { ...depth, orientation: 6 };
    const only = { entries: folder.entries, raw: () => Promise.resolve(lying) };
    const turned = await previewImage(only, 0, { ...clip, orientation: 'apply' }, [4, 2]);
    expect([turned.picture.width, turned.picture.height]).toEqual([2, 4]);
    // A quarter turn to the right: the lower row comes first in every row. The hole is filled from the left.
    expect(greyLevels(turned.networkPicture)).toEqual([153, 153, 153, 51, 153, 51, 153, 51]);
    const ignored = await previewImage(only, 0, clip, [2, 4]);
    expect([ignored.picture.width, ignored.picture.height]).toEqual([4, 2]);
  });

  it('show colour opaque and as stored', async () => {
    expect([...(await previewPicture(folder, 1)).rgba]).toEqual([10, 20, 30, 255]);
  });

  it('shrink to a thumbnail with the aspect ratio kept', async () => {
    const [first, second] = await thumbnails(folder, [0, 1], clip, 2);
    expect([first?.width, first?.height]).toEqual([2, 1]);
    expect([second?.width, second?.height]).toEqual([1, 1]);
  });
});
