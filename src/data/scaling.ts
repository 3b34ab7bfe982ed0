import { StudioError } from '../shared/failure';
import { colourChannels, countReadings, fullScale, percentileOf } from './readings';
import type { RawImage } from '../formats/images/format';
import type { ImageRecipe, Scaling } from '../shared/recipe';

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
  const limit = scaling.kind === 'percentile' ? 100 : 65_535;
  if (low >= 0 && low < high && high <= limit) return;
  throw new StudioError({
    code: 'bad-setting',
    message: `Values cannot be scaled from ${String(low)} to ${String(high)}${scaling.kind === 'percentile' ? ' percent' : ''}.`,
    remedy: `Give two numbers from 0 to ${String(limit)}, the smaller one first.`,
  });
}

/** The raw values that become 0 and 1. */
function rangeOf(image: RawImage, scaling: Scaling): readonly [number, number] {
  switch (scaling.kind) {
    case 'full':
      return [0, fullScale(image)];
    case 'sunRgbd':
      return [0, sunRgbdLimit];
    case 'clip':
      return [scaling.low, scaling.high];
    case 'minMax':
    case 'percentile': {
      const readings = countReadings(image);
      const [low, high] = scaling.kind === 'minMax' ? [0, 100] : [scaling.low, scaling.high];
      return [percentileOf(readings, low), percentileOf(readings, high)];
    }
  }
}

/** What the released code does to every picture: floor to 1/255, in single precision. */
const toEightBits = (value: number): number => Math.floor(Math.fround(Math.fround(value) * 255)) / 255;

/** The scaled value of every raw value: far fewer than pixels, usually. */
function scaleTable(image: RawImage, recipe: ImageRecipe): Float32Array {
  const [low, high] = rangeOf(image, recipe.scaling);
  // At least one raw unit, so that an image of one value becomes 0 rather than a division by zero.
  const span = Math.max(1, high - low);
  const sunRgbd = recipe.scaling.kind === 'sunRgbd';
  const table = new Float32Array(2 ** image.bitDepth);
  for (let raw = 0; raw < table.length; raw++) {
    const reading = sunRgbd ? unrotate(raw) : raw;
    const value = Math.min(1, Math.max(0, (reading - low) / span));
    table[raw] = recipe.eightBit ? toEightBits(value) : value;
  }
  if (colourChannels(image) === 1) table[0] = 0;
  return table;
}

/**
 * Turns raw values into fractions 0..1 by a recipe. Zeros of single-channel images are missing readings: they never
 * count when a range is taken from the image, and stay 0 unless filled before. Transparency is dropped.
 * @param filled the same image with holes filled; the range still comes from `image`
 */
export function scaleImage(image: RawImage, recipe: ImageRecipe, filled: RawImage = image): ScaledImage {
  const table = scaleTable(image, recipe);
  const channels = colourChannels(image);
  const values = new Float32Array(image.width * image.height * channels);
  const { samples } = filled;
  for (let start = 0, target = 0; start < samples.length; start += image.channels) {
    for (let sample = start; sample < start + channels; sample++) values[target++] = table[samples[sample] ?? 0] ?? 0;
  }
  return { width: image.width, height: image.height, channels, values };
}
