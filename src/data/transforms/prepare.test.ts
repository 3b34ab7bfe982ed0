import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { plainRecipe } from '../../shared/recipe';
import { encodeImage } from './prepare';
import type { RawImage } from '../../formats/images/format';
import type { ImageRecipe } from '../../shared/recipe';

interface Golden {
  readonly width: number;
  readonly height: number;
  readonly size: readonly [number, number];
  readonly samples: readonly number[];
  readonly cases: readonly { readonly recipe: ImageRecipe; readonly values: readonly (number | null)[] }[];
}

const golden = JSON.parse(readFileSync(new URL('./fixtures/recipes.json', import.meta.url), 'utf8')) as Golden;
const { width, height, size } = golden;
const image: RawImage = { width, height, channels: 1, bitDepth: 16, samples: Uint16Array.from(golden.samples) };

const nameOf = ({ scaling, holes, encoding, resize, eightBit }: ImageRecipe): string =>
  [
    scaling.kind,
    holes,
    resize,
    encoding.kind,
    'intrinsics' in encoding && !encoding.intrinsics ? 'assumed camera' : '',
    eightBit ? '8 bits' : '',
  ]
    .filter((part) => part !== '')
    .join(', ');

describe('a depth image with holes', () => {
  // Computed apart with numpy, Pillow and OpenCV: fixtures/makeRecipes.py.
  it.each(golden.cases.map((entry) => [nameOf(entry.recipe), entry] as const))(
    'becomes what Python makes of it: %s',
    (_, { recipe, values }) => {
      const encoded = encodeImage(image, recipe, () => size, 3);
      expect(encoded.values).toHaveLength(values.length);
      const wrong = values.flatMap((expected, at) => {
        const value = encoded.values[at] ?? NaN;
        const isEqual = expected === null ? Number.isNaN(value) : Math.abs(value - expected) < 2e-6;
        return isEqual ? [] : [{ at, value, expected }];
      });
      expect(wrong).toEqual([]);
    },
  );

  it('is brightness to a network of one channel, whatever the encoding', () => {
    const jet: ImageRecipe = { ...plainRecipe, scaling: { kind: 'minMax' }, encoding: { kind: 'jet' }, holes: 'mask' };
    const colours = encodeImage(image, jet, () => size, 3).values;
    const grey = encodeImage(image, jet, () => size, 1);
    expect(grey.channels).toBe(1);
    const brightness = Array.from(grey.values, (_, pixel) => {
      const [red = 0, green = 0, blue = 0] = colours.subarray(pixel * 3, pixel * 3 + 3);
      return Math.fround(0.299 * red + 0.587 * green + 0.114 * blue);
    });
    expect([...grey.values]).toEqual(brightness);
  });
});
