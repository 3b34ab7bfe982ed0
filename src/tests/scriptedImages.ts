import type { FolderSummary, ImagePreview, ImageRole, Picture } from '../shared/images';
import type { Args, CommandName, Result } from '../shared/protocol';
import { plainRecipe, type ImageRecipe } from '../shared/recipe';

/** What a scripted engine knows of images: folders, pictures, and answers to the commands about them. */
export const scriptedClasses = ['bottle', 'bowl', 'can', 'cup', 'box', 'ball'];

export function scriptedFolder(role: ImageRole, extra: Partial<FolderSummary> = {}): FolderSummary {
  const colour = role === 'pairsRgb';
  return {
    role,
    name: colour ? 'pairs-rgb' : `tabletop-${role}`,
    usable: 240,
    measured: 240,
    inPairs: null,
    labelsFrom: null,
    skippedCount: 0,
    skipped: [],
    saturated: 0,
    turned: 0,
    suggestedRecipe: plainRecipe,
    change: null,
    looksLike: null,
    classes: role === 'test' ? scriptedClasses.map((name) => ({ name, count: 40 })) : null,
    sizes: [{ width: 72, height: 72, count: 240 }],
    bitDepths: [colour ? 8 : 16],
    channels: [colour ? 3 : 1],
    valueRange: colour ? [0, 255] : [0, 2140],
    holes: colour ? 0 : 0.061,
    recipe: { ...plainRecipe, scaling: colour ? { kind: 'full' } : { kind: 'minMax' }, holes: 'keep', eightBit: false },
    recipeReason: colour
      ? 'Full range of 8 bits.'
      : 'Only 3 % of the 16-bit range is used, so each image is stretched.',
    warnings: [],
    remarks: [],
    fingerprint: `print-${role}`,
    ...extra,
  };
}

export function scriptedPicture(size: number, hue: number): Picture {
  const rgba = new Uint8ClampedArray(size * size * 4);
  for (let at = 0; at < size * size; at += 1) {
    const [x, y] = [(at % size) / size - 0.5, Math.floor(at / size) / size - 0.5];
    const inside = Math.hypot(x, y + 0.05) < 0.28;
    const level = inside ? 210 - 260 * Math.hypot(x - 0.1, y) : 60 + 70 * (y + 0.5);
    rgba.set([level, level * (hue % 2 === 0 ? 1 : 0.7), level * (hue % 3 === 0 ? 1 : 0.6), 255], at * 4);
  }
  return { width: size, height: size, rgba };
}

const scriptedPath = (index: number): string => `scene-${String(index).padStart(4, '0')}.png`;

/** Raw values of an image from 400 to 2140, and what a recipe makes of their ends. */
function scriptedEnds({ scaling, encoding }: ImageRecipe): readonly [number, number] | null {
  if (encoding.kind === 'normals' || encoding.kind === 'hha') return null;
  switch (scaling.kind) {
    case 'full':
      return [0, 65_535];
    case 'minMax':
      return [400, 2140];
    case 'percentile':
    case 'log':
      return [400 + 17.4 * scaling.low, 400 + 17.4 * scaling.high];
    case 'clip':
      return [scaling.low, scaling.high];
    case 'disparity':
      return [scaling.high, scaling.low];
    case 'sunRgbd':
      return [0, 8000];
  }
}

function scriptedPreview(index: number, recipe: ImageRecipe): ImagePreview {
  const ends = scriptedEnds(recipe);
  const networkPicture = scriptedPicture(64, 0);
  const [low, high] = ends ?? [400, 2140];
  // The wider the range that becomes 0 to 1, the less of it the readings use.
  const contrast = Math.min(4, 1740 / Math.abs(high - low));
  const rgba = networkPicture.rgba.map((value, at) =>
    at % 4 === 3 ? (recipe.holes === 'mask' && at % 252 === 3 ? 0 : 255) : value * contrast,
  );
  return {
    path: scriptedPath(index),
    picture: scriptedPicture(72, 0),
    networkPicture: { ...networkPicture, rgba },
    histogram: Array.from({ length: 64 }, (_, bin) =>
      Math.round(4000 * Math.exp(-(((bin - 30) / 12) ** 2)) + (bin === 0 ? 3000 : 4)),
    ),
    histogramRange: [0, 2140],
    scaledRange: ends,
    holes: 0.061,
    saturated: 0.0012,
    clippedLow: ends === null ? 0 : Math.max(0, (Math.min(...ends) - 400) / 1740),
    clippedHigh: ends === null ? 0 : Math.max(0, (2140 - Math.max(...ends)) / 1740),
    width: 72,
    height: 72,
    bitDepth: 16,
    channels: 1,
  };
}

type ImageAnswers = { readonly [C in CommandName]?: (args: Args<C>) => Result<C> };

/** Every 97th image of a grid can no longer be read. */
export const imageAnswers = {
  'images/thumbnails': ({ indices, size }) => indices.map((index) => scriptedPicture(size, index)),
  'images/preview': ({ role, index, recipe = scriptedFolder(role).recipe }) => scriptedPreview(index, recipe),
  'images/grid': ({ from, count, size }) =>
    Array.from({ length: count }, (_, at) => ({
      index: from + at,
      path: scriptedPath(from + at),
      label: scriptedClasses[(from + at) % scriptedClasses.length] ?? null,
      picture: (from + at) % 97 === 96 ? null : scriptedPicture(size, from + at),
    })),
  'images/skipped': ({ from, count }) =>
    Array.from({ length: count }, (_, at) => ({
      path: `broken/${scriptedPath(from + at)}`,
      reason: 'It ends 60 bytes early.',
    })),
  'cache/summary': () => ({ bytes: 1_200_000_000, limitBytes: 8_000_000_000, sets: 3 }),
  'cache/clear': () => ({ bytes: 0, limitBytes: 8_000_000_000, sets: 0 }),
} satisfies ImageAnswers;
