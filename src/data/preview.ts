import { plainRecipe } from '../shared/recipe';
import { prepareImage } from './transforms/prepare';
import { fillHoles } from './transforms/holes';
import { readingTest, percentileOf, sampleType, sortReadings, colourChannels } from './readings';
import { resizeImage } from './transforms/resize';
import { fractionBetween, scaleImage } from './transforms/scaling';
import type { OpenedFolder } from './folder';
import { fullPacked, maskedPacked } from './transforms/packed';
import type { PackedImage } from './transforms/packed';
import type { ScaledImage } from './transforms/scaling';
import type { RawImage } from '../formats/images/format';
import type { ImagePreview, Picture } from '../shared/images';
import type { ImageRecipe } from '../shared/recipe';

type Previewed = Pick<OpenedFolder, 'entries' | 'raw'>;

const histogramBins = 64;
/** Longest side of the large picture. */
const previewSide = 512;
/** Stretched for looking at: measurements rarely use their whole range. */
const forLooking: ImageRecipe = {
  ...plainRecipe,
  scaling: { kind: 'percentile', low: 1, high: 99 },
  holes: 'keep',
  eightBit: false,
};
const asStored: ImageRecipe = plainRecipe;

/** Opaque pixels for a canvas. */
function toPicture({ width, height, channels, values }: ScaledImage): Picture {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      rgba[pixel * 4 + channel] = (values[channels === 1 ? pixel : pixel * 3 + channel] ?? 0) * 255;
    }
    rgba[pixel * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

/** What a network sees, for a canvas; masked pixels are transparent. */
function packedPicture({ width, height, channels, values }: PackedImage): Picture {
  const rgba = new Uint8ClampedArray(width * height * 4);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (values[pixel * channels] === maskedPacked) continue;
    for (let channel = 0; channel < 3; channel++) {
      rgba[pixel * 4 + channel] = ((values[channels === 1 ? pixel : pixel * 3 + channel] ?? 0) / fullPacked) * 255;
    }
    rgba[pixel * 4 + 3] = 255;
  }
  return { width, height, rgba };
}

/** Shrinks an image so that neither side is longer than `side`; smaller ones stay as they are. */
function fitInto(image: ScaledImage, side: number): ScaledImage {
  const factor = Math.min(1, side / Math.max(image.width, image.height));
  if (factor === 1) return image;
  return resizeImage(
    image,
    Math.max(1, Math.round(image.height * factor)),
    Math.max(1, Math.round(image.width * factor)),
  );
}

const lookAt = (image: RawImage, side: number): Picture =>
  toPicture(
    fitInto(scaleImage(image, image.channels < 3 || sampleType(image) === 'float' ? forLooking : asStored), side),
  );

/**
 * Counts in equal bins: of integers from 0, or the smallest below it, to the largest; zeros of single-channel images
 * count as value 0. Of floats from the smallest to the largest reading.
 */
function histogramOf(image: RawImage): { histogram: number[]; histogramRange: readonly [number, number] } {
  const readings = sortReadings(image);
  const [smallest, largest] = [percentileOf(readings, 0), percentileOf(readings, 100)];
  const floats = sampleType(image) === 'float';
  const low = floats ? smallest : Math.min(0, smallest);
  const high = floats ? largest : Math.max(low + 1, largest);
  // The last value of integers has a place of its own.
  const histogram = new Array<number>(floats ? histogramBins : Math.min(histogramBins, high - low + 1)).fill(0);
  const fraction = fractionBetween(low, floats ? high : high + 1, 0);
  const isReading = readingTest(image);
  const { samples, channels } = image;
  const colours = colourChannels(image);
  for (let start = 0; start < samples.length; start += channels) {
    for (let sample = start; sample < start + colours; sample++) {
      const value = samples[sample] ?? 0;
      if (!isReading(value) && (floats || value !== 0)) continue;
      const bin = Math.min(histogram.length - 1, Math.floor(fraction(value) * histogram.length));
      histogram[bin] = (histogram[bin] ?? 0) + 1;
    }
  }
  return { histogram, histogramRange: [low, high] };
}

/**
 * One image as it is and as the network sees it.
 * @param resize `[height, width]` before the cut
 * @throws StudioError `missing-file` when the file changed since
 */
export async function previewImage(
  folder: Previewed,
  index: number,
  recipe: ImageRecipe,
  resize: readonly [number, number],
): Promise<ImagePreview> {
  const image = await folder.raw(index);
  return {
    path: folder.entries[index]?.path ?? '',
    picture: lookAt(image, previewSide),
    networkPicture: packedPicture(prepareImage(image, recipe, resize, 3)),
    ...histogramOf(image),
    scaledRange: null,
    holes: 0,
    saturated: 0,
    clippedLow: 0,
    clippedHigh: 0,
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

/** Small pictures as the recipe shows them, aspect ratio kept, no side longer than `size`. */
export async function thumbnails(
  folder: Previewed,
  indices: readonly number[],
  recipe: ImageRecipe,
  size: number,
): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const index of indices) {
    const image = await folder.raw(index);
    const filled = recipe.holes === 'nearest' ? fillHoles(image) : image;
    pictures.push(toPicture(fitInto(scaleImage(image, recipe, filled), size)));
  }
  return pictures;
}
