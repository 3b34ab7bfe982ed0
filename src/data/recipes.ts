import { medianOf, summarizeDigests } from './digest';
import { plainOrder } from './paths';
import { unrotate } from './scaling';
import type { ImageDigest } from './digest';
import type { ImageRole } from '../shared/protocol';
import type { Holes, ImageRecipe } from '../shared/recipe';

export interface SuggestedRecipe {
  readonly recipe: ImageRecipe;
  /** One sentence for the person. */
  readonly reason: string;
}

/** Pictures that use less than this share of their value range are stretched. */
const narrowShare = 1 / 3;
const fullRecipe: ImageRecipe = { scaling: { kind: 'full' }, holes: 'keep', eightBit: false };

const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/**
 * Whether zeros are missing readings rather than black. Sensors that measure distance have a shortest one: nothing
 * lies between 0 and it. Where dark pixels shade off into black, there is no such gap.
 */
function zerosAreHoles(digests: readonly ImageDigest[]): boolean {
  const withZeros = digests.filter((digest) => digest.holes > 0 && digest.readings > 0);
  return withZeros.length > 0 && medianOf(withZeros.map(({ min, median }) => min / median)) >= 0.1;
}

/**
 * The recipe for single-channel images, from bit depth and values alone.
 *
 * Depth cameras use a small part of their 16 bits (5 m in millimetres is a thirteenth of full scale), and crops of
 * depth maps use a small part of 8: divided by full scale they would be nearly flat grey to the network, so each
 * image is stretched from its 1st to its 99th percentile. Near-infrared and other pictures that use their range are
 * left as they are, since their brightness means what it means in RGB.
 */
function suggestForMeasurements(digests: readonly ImageDigest[]): SuggestedRecipe {
  const holes: Holes = zerosAreHoles(digests) ? 'nearest' : 'keep';
  const holesNote = holes === 'nearest' ? '; pixels without a reading (0) are filled with the nearest one' : '';
  if (digests.filter(({ rotated }) => rotated).length > digests.length / 2) {
    return {
      recipe: { scaling: { kind: 'sunRgbd' }, holes: 'nearest', eightBit: false },
      reason:
        'The values are rotated by three bits as in SUN RGB-D: read as millimetres up to 8 m; pixels without a reading (0) are filled with the nearest one.',
    };
  }
  const used = medianOf(
    digests.map(({ percentile1, percentile99, fullScale }) => (percentile99 - percentile1) / fullScale),
  );
  const depths = summarizeDigests(digests).bitDepths.join(' and ');
  if (used < narrowShare) {
    return {
      recipe: { scaling: { kind: 'percentile', low: 1, high: 99 }, holes, eightBit: false },
      reason: `A typical image uses ${percent(used)} of its ${depths}-bit range, so each is stretched from its 1st to its 99th percentile${holesNote}.`,
    };
  }
  return {
    recipe: { ...fullRecipe, holes },
    reason: `A typical image uses ${percent(used)} of its ${depths}-bit range, so values are divided by full scale${holesNote}.`,
  };
}

/** A recipe that fits what is in a folder. */
export function suggestRecipe(digests: readonly ImageDigest[]): SuggestedRecipe {
  const measurements = digests.filter(({ channels }) => channels < 3);
  if (measurements.length * 2 > digests.length) return suggestForMeasurements(measurements);
  return {
    recipe: fullRecipe,
    reason: 'Three-channel pictures: values are divided by full scale, as for the source model.',
  };
}

/** What 1st and 99th percentile of an image become under a recipe, 0..1. */
function shownRange(digest: ImageDigest, { scaling }: ImageRecipe): readonly [number, number] {
  const { percentile1, percentile99 } = digest;
  switch (scaling.kind) {
    case 'full':
      return [percentile1 / digest.fullScale, percentile99 / digest.fullScale];
    case 'clip':
      return [
        (percentile1 - scaling.low) / (scaling.high - scaling.low),
        (percentile99 - scaling.low) / (scaling.high - scaling.low),
      ];
    case 'sunRgbd':
      return [unrotate(Math.round(percentile1)) / 8000, unrotate(Math.round(percentile99)) / 8000];
    case 'minMax':
    case 'percentile':
      return percentile99 > percentile1 ? [0, 1] : [0, 0];
  }
}

const counted = (count: number, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;

function brightnessWarnings(digests: readonly ImageDigest[], recipe: ImageRecipe): string[] {
  const ranges = digests.map((digest) => shownRange(digest, recipe));
  const dark = medianOf(ranges.map(([, high]) => high)) < 0.1;
  const bright = medianOf(ranges.map(([low]) => low)) > 0.9;
  return dark || bright
    ? [`These images look almost ${dark ? 'black' : 'white'} to the network. Check the value range.`]
    : [];
}

/** Things to know before a run, under a recipe. */
export function warningsFor(role: ImageRole, digests: readonly ImageDigest[], recipe: ImageRecipe): string[] {
  const warnings: string[] = [];
  const constant = digests.filter(({ min, max, readings }) => readings === 0 || min === max).length;
  const colourful = digests.filter((digest) => digest.colourful).length;
  if (constant < digests.length) warnings.push(...brightnessWarnings(digests, recipe));
  if (constant > 0) {
    warnings.push(
      `${counted(constant, 'image holds', 'images hold')} a single value everywhere and ${constant === 1 ? 'tells' : 'tell'} the network nothing.`,
    );
  }
  if (role !== 'pairsRgb' && colourful * 2 > digests.length) {
    warnings.push(
      'These are colour pictures, where depth or infrared is meant. Adapting works, but check that this is the right folder.',
    );
  }
  if (role === 'pairsRgb' && colourful * 2 < digests.length) {
    warnings.push('Most of these pictures have no colour, where RGB is meant. Check that this is the right folder.');
  }
  if (
    new Set(digests.map(({ bitDepth }) => bitDepth)).size > 1 ||
    new Set(digests.map(({ channels }) => channels < 3)).size > 1
  ) {
    warnings.push('The folder mixes bit depths or channel counts, so equal brightness may not mean equal readings.');
  }
  return warnings;
}

/**
 * The recipe that a second folder of the target camera takes over from the target images: readings of one camera must
 * mean the same everywhere, also where two folders differ just enough to get different suggestions.
 * @returns null when the files are of another kind, so that the folder keeps its own
 */
export function recipeOfSameCamera(
  target: { readonly digests: readonly ImageDigest[]; readonly recipe: ImageRecipe },
  other: { readonly digests: readonly ImageDigest[] },
): SuggestedRecipe | null {
  const kindOf = (digests: readonly ImageDigest[]): string =>
    [...new Set(digests.map(({ bitDepth, channels }) => `${String(bitDepth)}/${channels < 3 ? 'single' : 'colour'}`))]
      .sort(plainOrder)
      .join();
  if (kindOf(target.digests) !== kindOf(other.digests)) return null;
  return {
    recipe: target.recipe,
    reason: 'As for the target images: readings of one camera mean the same in every folder.',
  };
}
