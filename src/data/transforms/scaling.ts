import { StudioError } from '../../shared/failure';
import { colourChannels, fullScale, percentileOf, readingTest, sampleType, sortReadings } from '../readings';
import type { RawImage } from '../../formats/images/format';
import type { ImageRecipe, Scaling } from '../../shared/recipe';

/** An image as fractions of full brightness. */
export interface ScaledImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** 0..1, row-major, channels interleaved. */
  readonly values: Float32Array;
}

/** Depths of SUN RGB-D beyond this are not used, as in its own toolbox. */
const sunRgbdLimit = 8000; // mm

/** Millimetres of a SUN RGB-D depth value, which is stored rotated left by three bits. */
export const unrotate = (stored: number): number => ((stored >> 3) | (stored << 13)) & 0xffff;

/**
 * Checks the numbers of a recipe that a person may have typed.
 * @throws StudioError `bad-setting`
 */
export function checkRecipe({ scaling }: ImageRecipe): void {
  if (scaling.kind !== 'clip' && scaling.kind !== 'percentile') return;
  const { low, high } = scaling;
  const isPercentile = scaling.kind === 'percentile';
  const possible = isPercentile ? low >= 0 && high <= 100 : Number.isFinite(low) && Number.isFinite(high);
  if (possible && low < high) return;
  throw new StudioError({
    code: 'bad-setting',
    message: `Values cannot be scaled from ${String(low)} to ${String(high)}${isPercentile ? ' percent' : ''}.`,
    remedy: `Give two numbers${isPercentile ? ' from 0 to 100' : ''}, the smaller one first.`,
  });
}

/** @throws StudioError `bad-setting` for floats */
function fullRange(image: RawImage): readonly [number, number] {
  const largest = fullScale(image);
  if (largest !== undefined) return [0, largest];
  throw new StudioError({
    code: 'bad-setting',
    message: 'Values cannot be divided by full scale where they are floats, which have none.',
    remedy: 'Choose percentiles of each image, or a fixed range.',
  });
}

/** The raw values that become 0 and 1. */
function rangeOf(image: RawImage, scaling: Scaling): readonly [number, number] {
  switch (scaling.kind) {
    case 'full':
      return fullRange(image);
    case 'sunRgbd':
      return [0, sunRgbdLimit];
    case 'clip':
      return [scaling.low, scaling.high];
    case 'disparity':
    case 'log':
    case 'minMax':
    case 'percentile': {
      const readings = sortReadings(image);
      const [low, high] = scaling.kind === 'minMax' ? [0, 100] : [scaling.low, scaling.high];
      return [percentileOf(readings, low), percentileOf(readings, high)];
    }
  }
}

/** What the released code does to every picture: floor to 1/255, in single precision. */
const toEightBits = (value: number): number => Math.floor(Math.fround(Math.fround(value) * 255)) / 255;

/**
 * Maps numbers from `low` to `high` to 0..1 and those beyond to the nearer end; never NaN for finite numbers.
 * @param smallestSpan what counts as the difference of the two at least
 */
export function fractionBetween(low: number, high: number, smallestSpan: number): (value: number) => number {
  // Differences of the largest floats are infinite, those of their quarters are not.
  const factor = Number.isFinite(high - low) ? 1 : 0.25;
  const span = Math.max(smallestSpan, high * factor - low * factor) || 1;
  return (value) => Math.min(1, Math.max(0, (value * factor - low * factor) / span));
}

/**
 * Turns raw values into fractions 0..1 by a recipe. What is no reading (see `readingTest`) never counts when a range is
 * taken from the image, and becomes 0 unless filled before. Transparency is dropped.
 * @param filled the same image with holes filled; the range still comes from `image`
 * @throws StudioError `bad-setting` for full scale of floats
 */
export function scaleImage(image: RawImage, recipe: ImageRecipe, filled: RawImage = image): ScaledImage {
  const channels = colourChannels(image);
  const isReading = readingTest(image);
  const sunRgbd = recipe.scaling.kind === 'sunRgbd';
  // At least one raw unit of integers, so that an image of one value becomes 0 rather than a division by zero.
  const fraction = fractionBetween(...rangeOf(image, recipe.scaling), sampleType(image) === 'float' ? 0 : 1);
  const values = new Float32Array(image.width * image.height * channels);
  const { samples } = filled;
  for (let start = 0, target = 0; start < samples.length; start += image.channels) {
    for (let sample = start; sample < start + channels; sample++, target++) {
      const raw = samples[sample] ?? 0;
      if (!isReading(raw)) continue;
      const value = fraction(sunRgbd ? unrotate(raw) : raw);
      values[target] = recipe.eightBit ? toEightBits(value) : value;
    }
  }
  return { width: image.width, height: image.height, channels, values };
}
