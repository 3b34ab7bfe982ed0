import { medianOf, summarizeDigests } from '../digest';
import { disparityBetween, fractionBetween, measureOf, sunRgbdLimit } from './scaling';
import type { ImageDigest } from '../digest';
import type { ImageRole } from '../../shared/images';
import type { ImageRecipe } from '../../shared/recipe';

/** What the 1st and the 99th percentile of an image become under a recipe, 0..1, the smaller one first. */
function shownRange(digest: ImageDigest, { scaling }: ImageRecipe): readonly [number, number] {
  const { percentile1, percentile99, fullScale = 1 } = digest;
  const measure = measureOf(scaling);
  const shown = (fraction: (value: number) => number): readonly [number, number] => {
    const [low, high] = [fraction(measure(percentile1)), fraction(measure(percentile99))];
    return [Math.min(low, high), Math.max(low, high)];
  };
  switch (scaling.kind) {
    case 'full':
      return shown(fractionBetween(0, fullScale, 0));
    case 'clip':
      return shown(fractionBetween(scaling.low, scaling.high, 0));
    case 'sunRgbd':
      return shown(fractionBetween(0, sunRgbdLimit, 0));
    case 'disparity':
      return shown(disparityBetween(scaling.low, scaling.high));
    case 'log':
    case 'minMax':
    case 'percentile':
      return percentile99 > percentile1 ? [0, 1] : [0, 0];
  }
}

const counted = (count: number, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;

/** What the readers of the files said, once each. */
function noteWarnings(digests: readonly ImageDigest[]): string[] {
  const counts = new Map<string, number>();
  for (const note of digests.flatMap(({ notes }) => notes)) counts.set(note, (counts.get(note) ?? 0) + 1);
  return [...counts].map(([note, count]) => `${counted(count, 'image', 'images')}: ${note}`);
}

function brightnessWarnings(digests: readonly ImageDigest[], recipe: ImageRecipe): string[] {
  if (recipe.encoding.kind === 'normals' || recipe.encoding.kind === 'hha') return [];
  const ranges = digests.map((digest) => shownRange(digest, recipe));
  const dark = medianOf(ranges.map(([, high]) => high)) < 0.1;
  const bright = medianOf(ranges.map(([low]) => low)) > 0.9;
  return dark || bright
    ? [`These images look almost ${dark ? 'black' : 'white'} to the network. Check the value range.`]
    : [];
}

/** RGB where depth or infrared is meant, the other way round, and measurements that were drawn in colours. */
function colourWarnings(role: ImageRole, digests: readonly ImageDigest[]): string[] {
  const most = (test: (digest: ImageDigest) => boolean): boolean => digests.filter(test).length * 2 > digests.length;
  if (most(({ colourCoded }) => colourCoded)) {
    return [
      'These look like measurements drawn in the colours of a rainbow, which hide the values. Use the files of the camera itself, or grey pictures.',
    ];
  }
  if (role !== 'pairsRgb' && most(({ colourful }) => colourful)) {
    return [
      'These are colour pictures, where depth or infrared is meant. Adapting works, but check that this is the right folder.',
    ];
  }
  if (role === 'pairsRgb' && most(({ colourful }) => !colourful)) {
    return ['Most of these pictures have no colour, where RGB is meant. Check that this is the right folder.'];
  }
  return [];
}

/** Shares of pixels that tell nothing: worth a word above these. */
const manyHoles = 0.5;
const manySaturated = 0.1;

function readingWarnings(digests: readonly ImageDigest[]): string[] {
  const { holes, saturated } = summarizeDigests(digests.filter(({ channels }) => channels < 3));
  const percent = (share: number): string => `${String(Math.round(share * 100))} %`;
  return [
    ...(holes > manyHoles ? [`${percent(holes)} of the pixels have no reading.`] : []),
    ...(saturated > manySaturated
      ? [
          `${percent(saturated)} of the readings are at the largest value that the files can hold: what lies above is lost.`,
        ]
      : []),
  ];
}

function turnWarnings(digests: readonly ImageDigest[], { orientation }: ImageRecipe): string[] {
  const turned = digests.filter((digest) => digest.orientation !== undefined).length;
  if (turned === 0 || orientation === 'apply') return [];
  return [
    `${counted(turned, 'image asks', 'images ask')} to be turned (EXIF) and ${turned === 1 ? 'is' : 'are'} used as stored, as PyTorch's ImageFolder does.`,
  ];
}

/** Things to know before a run, under a recipe. */
export function warningsFor(role: ImageRole, digests: readonly ImageDigest[], recipe: ImageRecipe): string[] {
  const warnings: string[] = [];
  const constant = digests.filter(({ min, max, readings }) => readings === 0 || min === max).length;
  if (constant < digests.length) warnings.push(...brightnessWarnings(digests, recipe));
  if (constant > 0) {
    warnings.push(
      `${counted(constant, 'image holds', 'images hold')} a single value everywhere and ${constant === 1 ? 'tells' : 'tell'} the network nothing.`,
    );
  }
  warnings.push(...colourWarnings(role, digests));
  if (new Set(digests.map(({ channels }) => channels < 3)).size > 1) {
    warnings.push(
      'The folder mixes colour pictures and single-channel images, which look like the two sides of pairs. Open it as "Whole dataset", or on both pair sides, with a rule that tells their names apart.',
    );
  } else if (
    new Set(digests.map(({ bitDepth }) => bitDepth)).size > 1 ||
    new Set(digests.map(({ sampleType }) => sampleType)).size > 1
  ) {
    warnings.push('The folder mixes bit depths or types of numbers, so equal brightness may not mean equal readings.');
  }
  warnings.push(...readingWarnings(digests), ...turnWarnings(digests, recipe), ...noteWarnings(digests));
  return warnings;
}
