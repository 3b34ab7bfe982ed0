import { StudioError } from '../../shared/failure';
import { colourChannels, fullScale, percentileOf, readingTest, sampleType, sortReadings } from '../readings';
import { fillNearest } from './holes';
import type { RawImage } from '../../formats/images/format';
import type { ImageRecipe, Scaling } from '../../shared/recipe';

/** An image as fractions of full brightness. */
export interface ScaledImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** 0..1, row-major, channels interleaved; NaN in all channels of a pixel that has no value. */
  readonly values: Float32Array;
}

/** Depths of SUN RGB-D beyond this are not used, as in its own toolbox. */
export const sunRgbdLimit = 8000; // mm

/** Millimetres of a SUN RGB-D depth value, which is stored rotated left by three bits. */
export const unrotate = (stored: number): number => ((stored >> 3) | (stored << 13)) & 0xffff;

/** What a raw value measures: itself, but for files that store it rotated. */
export const measureOf = (scaling: Scaling): ((raw: number) => number) =>
  scaling.kind === 'sunRgbd' ? unrotate : (raw) => raw;

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

/** Between which measures the readings of an image are spread, the smaller one first. */
function rangeOf(image: RawImage, scaling: Scaling): readonly [number, number] {
  switch (scaling.kind) {
    case 'full':
      return fullRange(image);
    case 'sunRgbd':
      return [0, sunRgbdLimit];
    case 'clip':
    case 'disparity':
      return [scaling.low, scaling.high];
    case 'minMax':
    case 'log':
    case 'percentile': {
      const readings = sortReadings(image);
      const [low, high] = scaling.kind === 'minMax' ? [0, 100] : [scaling.low, scaling.high];
      return [percentileOf(readings, low), percentileOf(readings, high)];
    }
  }
}

/** What the released code does to every picture: floor to 1/255, in single precision. */
export const toEightBits = (value: number): number => Math.floor(Math.fround(Math.fround(value) * 255)) / 255;

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

/** `(1/value - 1/high) / (1/low - 1/high)`, written so that no finite number above 0 leaves 0..1. */
export function disparityBetween(low: number, high: number): (value: number) => number {
  return (value) => {
    const near = Math.min(high, Math.max(low, value));
    return (low / near) * ((high - near) / (high - low));
  };
}

/** `ln(1 + value - low) / ln(1 + high - low)`, cut off at 0 and 1; 0 where the range is empty. */
function logarithmBetween(low: number, high: number): (value: number) => number {
  const above = (value: number): number => Math.log1p(Math.min(Number.MAX_VALUE, Math.max(0, value - low)));
  const whole = above(high) || 1;
  return (value) => Math.min(1, above(value) / whole);
}

/** How the values of one image become fractions. */
export interface Scale {
  /** The measures between which readings are spread, the smaller one first; those beyond are cut off. */
  readonly range: readonly [number, number];
  /** 0..1 of a measure (see `measureOf`). */
  readonly fraction: (measure: number) => number;
}

/**
 * The scale of an image, from its own readings where the recipe asks for that.
 * @throws StudioError `bad-setting` for full scale of floats
 */
export function scaleOf(image: RawImage, scaling: Scaling): Scale {
  const range = rangeOf(image, scaling);
  const [low, high] = range;
  if (scaling.kind === 'disparity') return { range, fraction: disparityBetween(low, high) };
  if (scaling.kind === 'log') return { range, fraction: logarithmBetween(low, high) };
  // At least one raw unit of integers, so that an image of one value becomes 0 rather than a division by zero.
  return { range, fraction: fractionBetween(low, high, sampleType(image) === 'float' ? 0 : 1) };
}

/** Whether a sample is a reading to this recipe: distances of 0 and less have no reciprocal, and no point in space. */
export function usableTest(image: RawImage, { scaling, encoding }: ImageRecipe): (value: number) => boolean {
  const isReading = readingTest(image);
  const isDistance = scaling.kind === 'disparity' || encoding.kind === 'normals' || encoding.kind === 'hha';
  return isDistance ? (value) => isReading(value) && value > 0 : isReading;
}

/** What pixels without a value hold until the resize: NaN where they are not to be averaged with others, else 0. */
export const emptyValue = ({ holes, resize }: ImageRecipe): number =>
  holes === 'mask' || resize === 'holeAware' ? NaN : 0;

/**
 * Turns raw values into fractions 0..1 by a recipe. What is no reading (see `usableTest`) never counts when a range is
 * taken from the image. In a single channel it is filled with the nearest reading, or becomes NaN (masked, or left out by
 * the resize) or 0, as the recipe says; in colour it becomes 0. Transparency is dropped.
 * @throws StudioError `bad-setting` for full scale of floats
 */
export function scaleImage(image: RawImage, recipe: ImageRecipe): ScaledImage {
  const { width, height } = image;
  const channels = colourChannels(image);
  const isUsable = usableTest(image, recipe);
  const measure = measureOf(recipe.scaling);
  const { fraction } = scaleOf(image, recipe.scaling);
  const samples = recipe.holes === 'nearest' && channels === 1 ? image.samples.slice() : image.samples;
  if (samples !== image.samples) fillNearest(samples, image, 1, isUsable);
  const empty = channels === 1 ? emptyValue(recipe) : 0;
  const values = new Float32Array(width * height * channels);
  for (let start = 0, target = 0; start < samples.length; start += image.channels) {
    for (let sample = start; sample < start + channels; sample++, target++) {
      const raw = samples[sample] ?? 0;
      const value = isUsable(raw) ? fraction(measure(raw)) : empty;
      values[target] = recipe.eightBit ? toEightBits(value) : value;
    }
  }
  return { width, height, channels, values };
}
