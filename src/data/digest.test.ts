import { expect, it } from 'vitest';
import { plainRecipe } from '../shared/recipe';
import type { ImageRecipe } from '../shared/recipe';
import type { RawImage } from '../formats/images/format';
import { contentKeyOf } from './digest';
import { blindOrderOf } from './folderFacts';
import { prepareImage } from './transforms/prepare';

const depths: RawImage = {
  width: 4,
  height: 2,
  channels: 1,
  bitDepth: 16,
  samples: Uint16Array.of(0, 1, 2, 3, 4, 5, 6, 7),
};
const recipe: ImageRecipe = {
  ...plainRecipe,
  scaling: { kind: 'percentile', low: 1, high: 99 },
  holes: 'nearest',
  orientation: 'apply',
};
const prepared = (image: RawImage): string => String(prepareImage(image, recipe, [2, 4], 3).values);

it.each<[string, Partial<RawImage>, Partial<RawImage>]>([
  ['another value stands for no reading', { noReading: 7 }, { noReading: 3 }],
  ['only one names a value for no reading', {}, { noReading: 7 }],
  ['zeros are temperatures in one', {}, { unit: 'kelvin' }],
  ['one is to be turned', {}, { orientation: 3 }],
  ['one has more bits', {}, { samples: Uint32Array.from(depths.samples), bitDepth: 32 }],
])('gives equal samples that are prepared otherwise keys of their own: %s', async (_, one, other) => {
  const images = [
    { ...depths, ...one },
    { ...depths, ...other },
  ];
  if (!('bitDepth' in other)) expect(new Set(images.map(prepared)).size).toBe(2);
  const keys = await Promise.all(images.map(contentKeyOf));
  expect(keys[0]).not.toBe(keys[1]);
  // The order of training is the same when both change their names, and with them their places.
  const inOrder = (order: readonly number[]): (string | undefined)[] =>
    blindOrderOf(order.map((at) => keys[at] ?? '')).map((place) => keys[order[place] ?? -1]);
  expect(inOrder([0, 1])).toEqual(inOrder([1, 0]));
});

it('gives images that are prepared alike one key, whatever the reader has to say of them', async () => {
  const same = { ...depths, samples: depths.samples.slice(), notes: ['Only the first page was read.'] };
  expect(await contentKeyOf(same)).toBe(await contentKeyOf(depths));
});
