import { plainRecipe } from '../../shared/recipe';
import { medianOf, summarizeDigests } from '../digest';
import { readableRange } from '../units';
import { plainOrder } from '../paths';
import { unrotate } from './scaling';
import type { ImageDigest } from '../digest';
import type { ImageRole } from '../../shared/images';
import type { Holes, ImageRecipe, Scaling } from '../../shared/recipe';

export interface SuggestedRecipe {
  readonly recipe: ImageRecipe;
  /** One sentence for the person. */
  readonly reason: string;
}

/** Pictures that use less than this share of their value range are stretched. */
const narrowShare = 1 / 3;

const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/**
 * Whether zeros are missing readings rather than black. Sensors that measure distance have a shortest one: nothing
 * lies between 0 and it. Where dark pixels shade off into black, there is no such gap.
 */
function zerosAreHoles(digests: readonly ImageDigest[]): boolean {
  const withZeros = digests.filter((digest) => digest.zeroHoles > 0 && digest.readings > 0);
  return withZeros.length > 0 && medianOf(withZeros.map(({ min, median }) => min / median)) >= 0.1;
}

/** What is done with pixels without a reading: NaN and what a file names as such always are, zeros may be. */
function suggestHoles(digests: readonly ImageDigest[]): { readonly holes: Holes; readonly note: string } {
  const zeros = zerosAreHoles(digests);
  const named = digests.some(({ holes, zeroHoles }) => holes > zeroHoles);
  if (!zeros && !named) return { holes: 'keep', note: '' };
  const which = zeros && named ? ' (NaN, 0 or as the file says)' : zeros ? ' (0)' : ' (NaN or as the file says)';
  return { holes: 'nearest', note: `; pixels without a reading${which} are filled with the nearest one` };
}

const stretched = { kind: 'percentile', low: 1, high: 99 } as const;

/** Share of its range that a typical image uses, between its 1st and its 99th percentile. */
const shareUsed = (digests: readonly ImageDigest[], rangeOf: (digest: ImageDigest) => number): number =>
  medianOf(digests.map((digest) => (digest.percentile99 - digest.percentile1) / rangeOf(digest)));

/**
 * The scaling of images whose type has no range of its own: floats, and integers with readings below 0. Floats between
 * 0 and 1 that use this range are taken for brightness, everything else for measurements, which are stretched.
 */
function suggestForOpenRange(digests: readonly ImageDigest[]): { readonly scaling: Scaling; readonly because: string } {
  const { valueRange, unit } = summarizeDigests(digests);
  const [low, high] = valueRange;
  const floats = digests.every(({ sampleType }) => sampleType === 'float');
  if (floats && unit === undefined && low >= 0 && high <= 1 && shareUsed(digests, () => 1) >= narrowShare) {
    return {
      scaling: { kind: 'clip', low: 0, high: 1 },
      because: 'Values are floats between 0 and 1, so they are used as they are',
    };
  }
  const kind = floats ? 'floats' : low < 0 ? 'numbers below and above 0' : 'integers and floats';
  return {
    scaling: stretched,
    because: `Values are ${kind} from ${readableRange(valueRange, unit)}, which have no full scale, so each image is stretched from its 1st to its 99th percentile`,
  };
}

const hasOpenRange = ({ sampleType, min }: ImageDigest): boolean => sampleType === 'float' || min < 0;

/**
 * The recipe for single-channel images, from bit depth and values alone.
 *
 * Depth cameras use a small part of their 16 bits (5 m in millimetres is a thirteenth of full scale), and crops of
 * depth maps use a small part of 8: divided by full scale they would be nearly flat grey to the network, so each
 * image is stretched from its 1st to its 99th percentile. Near-infrared and other pictures that use their range are
 * left as they are, since their brightness means what it means in RGB.
 */
function suggestForMeasurements(digests: readonly ImageDigest[]): SuggestedRecipe {
  if (digests.filter(({ rotated }) => rotated).length > digests.length / 2) {
    return {
      recipe: { ...plainRecipe, scaling: { kind: 'sunRgbd' }, holes: 'nearest' },
      reason:
        'The values are rotated by three bits as in SUN RGB-D: read as millimetres up to 8 m; pixels without a reading (0) are filled with the nearest one.',
    };
  }
  const { holes, note } = suggestHoles(digests);
  if (digests.some(hasOpenRange)) {
    const { scaling, because } = suggestForOpenRange(digests);
    return { recipe: { ...plainRecipe, scaling, holes }, reason: `${because}${note}.` };
  }
  const used = shareUsed(digests, (digest) => digest.fullScale ?? 1);
  const depths = summarizeDigests(digests).bitDepths.join(' and ');
  const typical = `A typical image uses ${percent(used)} of its ${depths}-bit range`;
  if (used < narrowShare) {
    return {
      recipe: { ...plainRecipe, scaling: stretched, holes },
      reason: `${typical}, so each is stretched from its 1st to its 99th percentile${note}.`,
    };
  }
  return { recipe: { ...plainRecipe, holes }, reason: `${typical}, so values are divided by full scale${note}.` };
}

/** A recipe that fits what is in a folder. */
export function suggestRecipe(digests: readonly ImageDigest[]): SuggestedRecipe {
  const measurements = digests.filter(({ channels }) => channels < 3);
  if (measurements.length * 2 > digests.length)
    return suggestForMeasurements(digests.some(hasOpenRange) ? digests : measurements);
  if (digests.some(hasOpenRange)) {
    const { scaling, because } = suggestForOpenRange(digests);
    return {
      recipe: { ...plainRecipe, scaling },
      reason: `Three-channel pictures: ${because.charAt(0).toLowerCase()}${because.slice(1)}.`,
    };
  }
  return {
    recipe: plainRecipe,
    reason: 'Three-channel pictures: values are divided by full scale, as for the source model.',
  };
}

/** What 1st and 99th percentile of an image become under a recipe, 0..1. */
function shownRange(digest: ImageDigest, { scaling }: ImageRecipe): readonly [number, number] {
  const { percentile1, percentile99 } = digest;
  switch (scaling.kind) {
    case 'full': {
      const fullScale = digest.fullScale ?? 1;
      return [percentile1 / fullScale, percentile99 / fullScale];
    }
    case 'clip':
      return [
        (percentile1 - scaling.low) / (scaling.high - scaling.low),
        (percentile99 - scaling.low) / (scaling.high - scaling.low),
      ];
    case 'sunRgbd':
      return [unrotate(Math.round(percentile1)) / 8000, unrotate(Math.round(percentile99)) / 8000];
    case 'disparity':
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
    new Set(digests.map(({ channels }) => channels < 3)).size > 1 ||
    new Set(digests.map(({ sampleType }) => sampleType)).size > 1
  ) {
    warnings.push('The folder mixes bit depths or channel counts, so equal brightness may not mean equal readings.');
  }
  warnings.push(...noteWarnings(digests));
  return warnings;
}

const kindOfOne = ({ sampleType, bitDepth, channels, unit }: ImageDigest): string =>
  [sampleType, bitDepth, channels < 3 ? 'single' : 'colour', unit].join('/');

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
    [...new Set(digests.map(kindOfOne))].sort(plainOrder).join();
  if (kindOf(target.digests) !== kindOf(other.digests)) return null;
  return {
    recipe: target.recipe,
    reason: 'As for the target images: readings of one camera mean the same in every folder.',
  };
}
