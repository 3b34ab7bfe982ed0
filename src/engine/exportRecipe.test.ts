import { describe, expect, it } from 'vitest';
import { plainRecipe } from '../shared/recipe';
import type { Encoding, ImageRecipe } from '../shared/recipe';
import { recipeInWords } from './exportRecipe';

const camera = { fx: 518.9, fy: 519.5, cx: 325.6, cy: 253.7 };

const words = (change: Partial<ImageRecipe>): string =>
  recipeInWords({ ...plainRecipe, ...change }, [256, 320]).join('\n');

/** What each kind must say: a lost number would make the recipe impossible to repeat. */
const scalings = {
  full: [{ kind: 'full' }, ['65535']],
  minMax: [{ kind: 'minMax' }, ['smallest and the largest reading']],
  percentile: [{ kind: 'percentile', low: 1.5, high: 98 }, ['percentiles 1.5 and 98', 'numpy.percentile']],
  clip: [{ kind: 'clip', low: 400, high: 4500 }, ['(x - 400) / (4500 - 400)']],
  disparity: [{ kind: 'disparity', low: 400, high: 4500 }, ['(1/x - 1/4500) / (1/400 - 1/4500)', 'x <= 0']],
  log: [{ kind: 'log', low: 2, high: 97 }, ['ln(1 + max(0, x - low)) / ln(1 + high - low)', '2 and 97']],
  sunRgbd: [{ kind: 'sunRgbd' }, ['(stored >> 3) | (stored << 13)', '8000']],
} as const satisfies Record<ImageRecipe['scaling']['kind'], readonly [ImageRecipe['scaling'], readonly string[]]>;

const encodings = {
  replicate: [{ kind: 'replicate' }, []],
  jet: [{ kind: 'jet' }, ['clip(1.5 - |4 v - c|, 0, 1)', 'After the resize']],
  turbo: [{ kind: 'turbo' }, ['Turbo', 'After the resize']],
  normals: [{ kind: 'normals', intrinsics: null }, ['7 x 7', '(n + 1) / 2', 'width / 2 / tan(30 degrees)']],
  hha: [
    { kind: 'hha', intrinsics: camera, metresPerUnit: 0.001 },
    ['fx 518.9, fy 519.5, cx 325.6, cy 253.7', '* 0.001', '310 / max(1, z) / 255', '1.3 m'],
  ],
} as const satisfies Record<Encoding['kind'], readonly [Encoding, readonly string[]]>;

describe('a recipe in words', () => {
  it.each(Object.entries(scalings))('says how values are scaled: %s', (_, [scaling, expected]) => {
    for (const part of expected) expect(words({ scaling })).toContain(part);
  });

  it.each(Object.entries(encodings))('says what the channels are: %s', (_, [encoding, expected]) => {
    for (const part of expected) expect(words({ encoding })).toContain(part);
  });

  it('tells every choice from every other', () => {
    const recipes: Partial<ImageRecipe>[] = [
      ...Object.values(scalings).map(([scaling]) => ({ scaling })),
      ...Object.values(encodings).map(([encoding]) => ({ encoding })),
      ...(['keep', 'nearest', 'mask'] as const).map((holes) => ({ holes })),
      ...(['bilinear', 'area', 'nearest', 'holeAware'] as const).map((resize) => ({ resize })),
      { eightBit: true },
      { orientation: 'apply' },
    ];
    const plain = words({});
    const texts = recipes.map(words);
    // Four of them are the plain recipe itself: full, replicate, keep and bilinear.
    expect(texts.filter((text) => text === plain)).toHaveLength(4);
    expect(new Set(texts).size).toBe(texts.length - 3);
  });

  it('keeps the order of work: normals before the resize, colours after it', () => {
    const order = (encoding: Encoding, ...parts: string[]): boolean => {
      const places = parts.map((part) => words({ encoding, eightBit: true }).indexOf(part));
      return places.every((place, at) => place >= 0 && place > (places[at - 1] ?? -1));
    };
    expect(
      order({ kind: 'jet' }, 'without a reading', 'Values:', 'floor(v * 255)', 'Resize to 256 x 320', 'COLORMAP_JET'),
    ).toBe(true);
    expect(order({ kind: 'normals', intrinsics: null }, 'surface normals', 'floor(v * 255)', 'Resize to')).toBe(true);
  });

  it('says that masked pixels stay out of the resize and are 0 at the end', () => {
    expect(words({ holes: 'mask' })).toContain('exactly 0 in the input, after the normalisation');
    expect(words({ holes: 'mask' })).toContain('over the pixels with a value');
    expect(words({ holes: 'keep', resize: 'holeAware' })).toContain('and becomes 0');
  });
});
