import type { Failure } from '../../shared/failure';
import type { FolderSummary } from '../../shared/images';
import type { Encoding, Holes, ImageRecipe, Intrinsics, Resize, Scaling } from '../../shared/recipe';
import { shownName } from './shownName';

/** A way of the recipe in plain words, and what it does in a sentence. */
export interface Way<Value extends string> {
  readonly value: Value;
  readonly label: string;
  readonly help: string;
}

const scalings: readonly Way<Scaling['kind']>[] = [
  {
    value: 'full',
    label: 'full range of the bits',
    help: 'Readings divided by the largest value that the bits can hold.',
  },
  {
    value: 'minMax',
    label: 'smallest to largest reading of each image',
    help: 'Every image is stretched by itself; a single wild reading decides how far.',
  },
  {
    value: 'percentile',
    label: 'percentiles of each image',
    help: 'Every image is stretched between two of its own percentiles; what lies beyond is cut off.',
  },
  {
    value: 'clip',
    label: 'fixed range for all images',
    help: 'The same reading looks the same in every image; what lies beyond is cut off.',
  },
  {
    value: 'disparity',
    label: 'disparity: one over the reading',
    help: 'For distances: near things take most of the range, as a stereo camera sees them. Nearest is white.',
  },
  {
    value: 'log',
    label: 'logarithm, percentiles of each image',
    help: 'For counts of infrared cameras: a hot spot leaves room for the rest.',
  },
  {
    value: 'sunRgbd',
    label: 'SUN RGB-D, 0 to 8 000 mm',
    help: 'Turns the bits back that SUN RGB-D rotated, and cuts off beyond 8 m.',
  },
];

export const holeWays: readonly Way<Holes>[] = [
  { value: 'keep', label: 'black', help: 'They become 0, as if they were nearest or coldest.' },
  { value: 'nearest', label: 'the nearest reading', help: 'Filled from the closest pixel that has a reading.' },
  { value: 'mask', label: 'masked', help: 'The network gets exactly 0 there, its middle value after normalisation.' },
];

const resizes: readonly Way<Resize>[] = [
  { value: 'bilinear', label: 'smooth', help: 'Bilinear with antialiasing, as photographs are resized.' },
  { value: 'area', label: 'mean of what a pixel covers', help: 'Keeps the mean of the readings.' },
  { value: 'nearest', label: 'nearest pixel', help: 'Never mixes two distances; edges become jagged.' },
  {
    value: 'holeAware',
    label: 'smooth between pixels with a reading',
    help: 'Holes stay holes instead of darkening what is around them.',
  },
];

export const encodingWays: readonly Way<Encoding['kind']>[] = [
  { value: 'replicate', label: 'the same grey three times', help: 'Red, green and blue get the same value.' },
  { value: 'jet', label: 'colours, jet', help: 'From dark blue over green to dark red.' },
  { value: 'turbo', label: 'colours, turbo', help: 'As jet, but with even steps of brightness.' },
  {
    value: 'normals',
    label: 'surface normals',
    help: 'The direction of the surface at each pixel of a distance image. Of the scaling, only SUN RGB-D counts.',
  },
  {
    value: 'hha',
    label: 'HHA: disparity, height, angle',
    help: 'Horizontal disparity, height above the ground and angle with gravity, of a distance image in known units.',
  },
];

const isColour = ({ channels }: FolderSummary): boolean => channels.every((each) => each > 2);
/** Values of so many bits are floats, or integers that never fill their range. */
const unboundedBits = 32;

/** Whether the folder holds readings of a single channel, with holes and an encoding to choose. */
export function hasReadings(folder: FolderSummary): boolean {
  return !isColour(folder);
}

/** The scalings that make sense for a folder, and the one that is set. */
export function scalingWays(folder: FolderSummary, set: Scaling['kind']): readonly Way<Scaling['kind']>[] {
  const colour = isColour(folder);
  const [, largest] = folder.valueRange;
  const bounded = folder.bitDepths.some((bits) => bits < unboundedBits);
  const fits: Partial<Record<Scaling['kind'], boolean>> = {
    full: bounded,
    disparity: !colour && largest > 0,
    log: !colour,
    sunRgbd: !colour && folder.bitDepths.includes(16),
  };
  return scalings.filter(({ value }) => value === set || fits[value] !== false);
}

/** The ways to resize that make sense for a folder, and the one that is set. */
export function resizeWays(folder: FolderSummary, set: Resize): readonly Way<Resize>[] {
  return resizes.filter(({ value }) => value === set || value !== 'holeAware' || hasReadings(folder));
}

/** The smallest and the largest value of the files: those of SUN RGB-D store millimetres rotated. */
function storedRange({ valueRange: [low, high], recipe }: FolderSummary): readonly [number, number] {
  if (recipe.scaling.kind !== 'sunRgbd') return [low, high];
  return high < 8192 ? [low * 8, high * 8] : [0, 65_535]; // beyond, they start again from small values
}

/** A scaling with usual numbers for the folder, where it has numbers. */
export function usualScaling(kind: Scaling['kind'], folder: FolderSummary): Scaling {
  const [low, high] = storedRange(folder);
  switch (kind) {
    case 'percentile':
    case 'log':
      return { kind, low: 1, high: 99 };
    case 'clip':
      return { kind, low, high: high > low ? high : low + 1 };
    case 'disparity':
      // A sensor that states no nearest distance: one fiftieth of the farthest, 0.2 m of 10 m.
      return low > 0 && low < high ? { kind, low, high } : { kind, low: high / 50, high };
    case 'full':
    case 'minMax':
    case 'sunRgbd':
      return { kind };
  }
}

/** Whether a scaling takes its ends from each image anew. */
export const isPerImage = ({ kind }: Scaling): boolean => kind === 'minMax' || kind === 'percentile' || kind === 'log';

/** The scaling once its ends were set by hand: disparity keeps its kind, everything else becomes a fixed range. */
export function scalingBetween({ kind }: Scaling, [black, white]: readonly [number, number]): Scaling {
  const [low, high] = [Math.min(black, white), Math.max(black, white)];
  return { kind: kind === 'disparity' ? kind : 'clip', low, high };
}

/** A pinhole camera of 60 degrees across an image of the given size in pixels, its axis through the centre. */
function usualCamera(width: number, height: number): Intrinsics {
  const focal = Math.round(width / 2 / Math.tan(Math.PI / 6));
  return { fx: focal, fy: focal, cx: width / 2, cy: height / 2 };
}

const metres: Readonly<Record<string, number>> = { m: 1, cm: 0.01, mm: 0.001 };

/** The camera that took the images of a folder: the one that is known, else one of 60 degrees. */
export function cameraOf({ intrinsics, sizes: [size] }: FolderSummary): Intrinsics {
  return intrinsics ?? usualCamera(size?.width ?? 640, size?.height ?? 480);
}

/** An encoding with usual numbers for the folder; distances without a unit are taken for millimetres. */
export function usualEncoding(kind: Encoding['kind'], folder: FolderSummary): Encoding {
  if (kind === 'normals') return { kind, intrinsics: folder.intrinsics ?? null };
  if (kind !== 'hha') return { kind };
  return {
    kind,
    intrinsics: cameraOf(folder),
    metresPerUnit: metres[folder.unit ?? ''] ?? 0.001,
  };
}

/** Whether both recipes make the same of every image. */
export const sameRecipe = (a: ImageRecipe, b: ImageRecipe): boolean =>
  JSON.stringify(flat(a)) === JSON.stringify(flat(b));

/** The recipe without the order in which its parts were written. */
const flat = (part: object): unknown[] =>
  Object.entries(part)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]: [string, unknown]) => [key, typeof value === 'object' && value !== null ? flat(value) : value]);

/** What was typed as a number; NaN for anything else, and for nothing. */
export const typedNumber = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));

const badNumber = (text: string, remedy: string): Failure => ({
  code: 'bad-setting',
  message: text.trim() === '' ? 'Nothing was typed.' : `"${shownName(text)}" cannot stand here.`,
  remedy,
});

type WithEnds = Extract<Scaling, { low: number }>;

/** Why the ends of a scaling cannot be used, or null. `text` is what was typed for one of them. */
export function refuseEnds({ kind, low, high }: WithEnds, text: string): Failure | null {
  const percentiles = kind === 'percentile' || kind === 'log';
  const ordered = Number.isFinite(low) && Number.isFinite(high) && low < high;
  if (ordered && (percentiles ? low >= 0 && high <= 100 : kind === 'clip' || low > 0)) return null;
  const range = percentiles ? ' from 0 to 100' : kind === 'disparity' ? ' above 0' : '';
  return badNumber(text, `Give a number${range}, "From" smaller than "To".`);
}

type CameraNumber = keyof Intrinsics | 'metresPerUnit';

/** What a number of the camera can be, both ends included, and how that is said; the centre is any number. */
const cameraRanges: Readonly<Partial<Record<CameraNumber, readonly [number, number, string]>>> = {
  fx: [1, 100_000, ' of pixels from 1 to 100 000'],
  fy: [1, 100_000, ' of pixels from 1 to 100 000'],
  metresPerUnit: [1e-6, 1000, ' of metres from 0.000001 to 1000'],
};

/** Why a number of the camera cannot be used, or null. */
export function refuseCameraNumber(key: CameraNumber, text: string): Failure | null {
  const value = typedNumber(text);
  const [low, high, words] = cameraRanges[key] ?? [-Number.MAX_VALUE, Number.MAX_VALUE, ''];
  if (value >= low && value <= high) return null; // NaN is not
  return badNumber(text, `Give a number${words}.`);
}
