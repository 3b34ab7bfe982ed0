import { plainRecipe } from '../shared/recipe';
import { describe, expect, it } from 'vitest';
import { previewImage, previewPicture, thumbnails } from './preview';
import type { RawImage } from '../formats/images/format';

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

  it('count every pixel in the histogram, holes as 0', async () => {
    const { histogram, histogramRange } = await previewImage(folder, 0, clip, [2, 4]);
    expect(histogramRange).toEqual([0, 3000]);
    expect(histogram).toHaveLength(64);
    expect(histogram.map((count, bin) => [bin, count]).filter(([, count]) => count !== 0)).toEqual([
      [0, 1],
      [21, 3],
      [63, 4],
    ]);
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
