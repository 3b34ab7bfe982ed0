import { plainRecipe } from '../../shared/recipe';
import { medianOf, summarizeDigests } from '../digest';
import { readableRange } from '../units';
import { plainOrder } from '../paths';
import { namedAs, namedInWords } from './namedAs';
import type { ImageDigest } from '../digest';
import type { Named } from './namedAs';
import type { Holes, ImageRecipe, Scaling } from '../../shared/recipe';

export interface SuggestedRecipe {
  readonly recipe: ImageRecipe;
  /** One sentence for the person. */
  readonly reason: string;
}

/** Pictures that use less than this share of their value range are stretched. */
const narrowShare = 1 / 3;

/** Medians below this share of the range, from the 1st to the 99th percentile, call for a logarithm. */
const skewedPlace = 0.15;

const percent = (share: number): string => `${String(Math.round(share * 100))} %`;

/**
 * Whether zeros are missing readings rather than black. Sensors that measure distance have a shortest one: nothing
 * lies between 0 and it. Where dark pixels shade off into black, there is no such gap. What files are called decides
 * before that: distances of 0 are none, and infrared and thermal cameras measure something everywhere.
 */
function zerosAreHoles(digests: readonly ImageDigest[], named: Named | null): boolean {
  if (named === 'depth' || named === 'disparity') return digests.some(({ zeroHoles }) => zeroHoles > 0);
  if (named === 'nearInfrared' || named === 'thermal') return false;
  const withZeros = digests.filter((digest) => digest.zeroHoles > 0 && digest.readings > 0);
  return withZeros.length > 0 && medianOf(withZeros.map(({ min, median }) => min / median)) >= 0.1;
}

/** What is done with pixels without a reading: NaN and what a file names as such always are, zeros may be. */
function suggestHoles(
  digests: readonly ImageDigest[],
  named: Named | null,
): { readonly holes: Holes; readonly note: string } {
  const zeros = zerosAreHoles(digests, named);
  const stated = digests.some(({ holes, zeroHoles }) => holes > zeroHoles);
  if (!zeros && !stated) return { holes: 'keep', note: '' };
  const which = zeros && stated ? ' (NaN, 0 or as the file says)' : zeros ? ' (0)' : ' (NaN or as the file says)';
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

/**
 * Counts of an infrared camera with its own light fall with the square of the distance: most lie far below the brightest.
 * @returns null where they do not
 */
function suggestForInfrared(digests: readonly ImageDigest[], holes: Holes, note: string): SuggestedRecipe | null {
  const place = medianOf(
    digests.map(({ percentile1, median, percentile99 }) => (median - percentile1) / (percentile99 - percentile1 || 1)),
  );
  if (place >= skewedPlace || digests.some(({ bitDepth }) => bitDepth <= 8)) return null;
  return {
    recipe: { ...plainRecipe, scaling: { kind: 'log', low: 1, high: 99 }, holes },
    reason: `The files are called infrared, and half of the readings of a typical image lie in the lowest ${percent(place)} of its range, so the logarithm of each is stretched from its 1st to its 99th percentile${note}.`,
  };
}

/** Depth of many bits is distance: stretched by each image's own readings, the same distance looks different everywhere. */
function fixedRangeHint(digests: readonly ImageDigest[], named: Named | null, holes: Holes): string {
  const isDepth = named === 'depth' || named === 'disparity' || (named === null && holes !== 'keep');
  return isDepth && digests.every(({ bitDepth }) => bitDepth > 8)
    ? ' A fixed range in the units of the file keeps distances comparable between images.'
    : '';
}

const hasOpenRange = ({ sampleType, min }: ImageDigest): boolean => sampleType === 'float' || min < 0;

/**
 * The recipe for single-channel images, from bit depth, values and what the files are called.
 *
 * Depth cameras use a small part of their 16 bits (5 m in millimetres is a thirteenth of full scale), and crops of
 * depth maps use a small part of 8: divided by full scale they would be nearly flat grey to the network, so each
 * image is stretched from its 1st to its 99th percentile. Near-infrared and other pictures that use their range are
 * left as they are, since their brightness means what it means in RGB.
 */
function suggestForMeasurements(digests: readonly ImageDigest[], named: Named | null): SuggestedRecipe {
  if (digests.filter(({ rotated }) => rotated).length > digests.length / 2) {
    return {
      recipe: { ...plainRecipe, scaling: { kind: 'sunRgbd' }, holes: 'nearest' },
      reason:
        'The values are rotated by three bits as in SUN RGB-D: read as millimetres up to 8 m; pixels without a reading (0) are filled with the nearest one.',
    };
  }
  const { holes, note } = suggestHoles(digests, named);
  const infrared = named === 'infrared' ? suggestForInfrared(digests, holes, note) : null;
  if (infrared) return infrared;
  if (digests.some(hasOpenRange)) {
    const { scaling, because } = suggestForOpenRange(digests);
    return { recipe: { ...plainRecipe, scaling, holes }, reason: `${because}${note}.` };
  }
  const used = shareUsed(digests, (digest) => digest.fullScale ?? 1);
  const depths = summarizeDigests(digests).bitDepths.join(' and ');
  const called = named === null ? '' : `The files are called ${namedInWords[named]}. `;
  const typical = `${called}A typical image uses ${percent(used)} of its ${depths}-bit range`;
  if (used < narrowShare) {
    return {
      recipe: { ...plainRecipe, scaling: stretched, holes },
      reason: `${typical}, so each is stretched from its 1st to its 99th percentile${note}.${fixedRangeHint(digests, named, holes)}`,
    };
  }
  return { recipe: { ...plainRecipe, holes }, reason: `${typical}, so values are divided by full scale${note}.` };
}

/**
 * A recipe that fits what is in a folder.
 * @param paths of its images, from the folder that was opened on; words such as `depth` or `thermal` count, see `namedAs`
 */
export function suggestRecipe(digests: readonly ImageDigest[], paths: readonly string[] = []): SuggestedRecipe {
  const measurements = digests.filter(({ channels }) => channels < 3);
  if (measurements.length * 2 > digests.length)
    return suggestForMeasurements(digests.some(hasOpenRange) ? digests : measurements, namedAs(paths));
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
