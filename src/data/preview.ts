import { plainRecipe } from '../shared/recipe';
import { colourChannels, countSaturated, percentileOf, readingTest, sampleType, sortReadings } from './readings';
import { encodeImage } from './transforms/prepare';
import { resizeImage } from './transforms/resize';
import { fractionBetween, measureOf, scaleImage, scaleOf, unrotate, usableTest } from './transforms/scaling';
import { turnUpright } from './transforms/turning';
import type { OpenedFolder } from './folder';
import type { ScaledImage } from './transforms/scaling';
import type { RawImage } from '../formats/images/format';
import type { ImagePreview, Picture } from '../shared/images';
import type { ImageRecipe } from '../shared/recipe';

type Previewed = Pick<OpenedFolder, 'entries' | 'raw'>;

const histogramBins = 64;
/** Longest side of the large picture. */
const previewSide = 512;
/** Stretched for looking at: measurements rarely use their whole range. */
const forLooking: ImageRecipe = { ...plainRecipe, scaling: { kind: 'percentile', low: 1, high: 99 } };
const asStored: ImageRecipe = plainRecipe;

/** Pixels for a canvas; those without a value are transparent. */
function toPicture({ width, height, channels, values }: ScaledImage): Picture {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (Number.isNaN(values[pixel * channels])) continue;
    for (let channel = 0; channel < 3; channel++) {
      rgba[pixel * 4 + channel] = (values[channels === 1 ? pixel : pixel * 3 + channel] ?? 0) * 255;
    }
    rgba[pixel * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

/** `[height, width]` so that neither side is longer than `side`; smaller ones stay as they are. */
const fitInto =
  (side: number) =>
  (height: number, width: number): readonly [number, number] => {
    const factor = Math.min(1, side / Math.max(width, height));
    return [Math.max(1, Math.round(height * factor)), Math.max(1, Math.round(width * factor))];
  };

function lookAt(image: RawImage, side: number): Picture {
  const scaled = scaleImage(image, image.channels < 3 || sampleType(image) === 'float' ? forLooking : asStored);
  return toPicture(resizeImage(scaled, ...fitInto(side)(image.height, image.width), 'bilinear'));
}

/** Calls with every reading of an image, alpha left out. */
function eachReading(image: RawImage, isReading: (value: number) => boolean, visit: (value: number) => void): void {
  const { samples, channels } = image;
  const colours = colourChannels(image);
  for (let start = 0; start < samples.length; start += channels) {
    for (let sample = start; sample < start + colours; sample++) {
      const value = samples[sample] ?? 0;
      if (isReading(value)) visit(value);
    }
  }
}

/**
 * Counts in equal bins: of integers from 0, or the smallest below it, to the largest; of floats from the smallest to the
 * largest reading. Pixels without a reading do not count.
 */
function histogramOf(image: RawImage): Pick<ImagePreview, 'histogram' | 'histogramRange' | 'holes'> {
  const readings = sortReadings(image);
  const [smallest, largest] = [percentileOf(readings, 0), percentileOf(readings, 100)];
  const floats = sampleType(image) === 'float';
  const low = floats ? smallest : Math.min(0, smallest);
  const high = floats ? largest : Math.max(low + 1, largest);
  // The last value of integers has a place of its own.
  const histogram = new Array<number>(floats ? histogramBins : Math.min(histogramBins, high - low + 1)).fill(0);
  const fraction = fractionBetween(low, floats ? high : high + 1, 0);
  eachReading(image, readingTest(image), (value) => {
    const bin = Math.min(histogram.length - 1, Math.floor(fraction(value) * histogram.length));
    histogram[bin] = (histogram[bin] ?? 0) + 1;
  });
  return { histogram, histogramRange: [low, high], holes: readings.holes / (image.width * image.height) };
}

/** The image in what its values measure: of SUN RGB-D, which stores them rotated, in millimetres. */
function measuredImage(image: RawImage, { scaling }: ImageRecipe): RawImage {
  if (scaling.kind !== 'sunRgbd' || sampleType(image) === 'float') return image;
  const { noReading } = image;
  return {
    ...image,
    samples: image.samples.map(unrotate),
    ...(noReading !== undefined && { noReading: unrotate(noReading) }),
  };
}

/** Which readings become 0 and 1, and how many readings lie beyond them. */
function clippingOf(
  image: RawImage,
  recipe: ImageRecipe,
): Pick<ImagePreview, 'scaledRange' | 'clippedLow' | 'clippedHigh'> {
  const { encoding, scaling } = recipe;
  if (image.channels >= 3 || encoding.kind === 'normals' || encoding.kind === 'hha') {
    return { scaledRange: null, clippedLow: 0, clippedHigh: 0 };
  }
  const [low, high] = scaleOf(image, scaling).range;
  const measure = measureOf(scaling);
  let [below, above, total] = [0, 0, 0];
  eachReading(image, usableTest(image, recipe), (value) => {
    const measured = measure(value);
    if (measured < low) below++;
    if (measured > high) above++;
    total++;
  });
  return {
    scaledRange: scaling.kind === 'disparity' ? [high, low] : [low, high],
    clippedLow: total === 0 ? 0 : below / total,
    clippedHigh: total === 0 ? 0 : above / total,
  };
}

/**
 * One image as it is and as the network sees it.
 * @param resize `[height, width]` before the cut
 * @param networkChannels that the network takes, 1 or 3
 * @throws StudioError `missing-file` when the file changed since, `bad-setting` for full scale of floats
 */
export async function previewImage(
  folder: Previewed,
  index: number,
  recipe: ImageRecipe,
  resize: readonly [number, number],
  networkChannels = 3,
): Promise<ImagePreview> {
  const image = await folder.raw(index);
  const readings = measuredImage(image, recipe);
  return {
    path: folder.entries[index]?.path ?? '',
    picture: lookAt(recipe.orientation === 'apply' ? turnUpright(readings) : readings, previewSide),
    networkPicture: toPicture(encodeImage(image, recipe, () => resize, networkChannels)),
    ...histogramOf(readings),
    ...clippingOf(image, recipe),
    saturated: countSaturated(image) / (image.width * image.height * colourChannels(image)),
    width: image.width,
    height: image.height,
    bitDepth: image.bitDepth,
    channels: image.channels,
  };
}

/** An image for looking at, with no side longer than `side`. */
export async function previewPicture(folder: Previewed, index: number, side = previewSide): Promise<Picture> {
  return lookAt(await folder.raw(index), side);
}

/**
 * A small picture as the recipe shows the image, aspect ratio kept, no side longer than `size`.
 * @throws StudioError `missing-file` when the file changed since, and what its reader throws
 */
export async function thumbnail(
  folder: Pick<OpenedFolder, 'raw'>,
  index: number,
  recipe: ImageRecipe,
  size: number,
): Promise<Picture> {
  return toPicture(encodeImage(await folder.raw(index), recipe, fitInto(size), 3));
}

/** Small pictures of several images. */
export async function thumbnails(
  folder: Previewed,
  indices: readonly number[],
  recipe: ImageRecipe,
  size: number,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const index of indices) pictures.push(await thumbnail(folder, index, recipe, size));
  return pictures;
}
