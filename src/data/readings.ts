import type { RawImage, Samples } from '../formats/images/format';

/** The readings of an image in order, and what is none. */
export interface Readings {
  readonly total: number;
  /** The reading at a position of the sorted ones, 0 to `total` - 1. */
  readonly at: (rank: number) => number;
  /** Pixels of a single-channel image without a reading; 0 for colour. */
  readonly holes: number;
  /** Those holes that are zeros, which may be black instead. */
  readonly zeroHoles: number;
}

/** Channels that were measured: transparency is not. */
export const colourChannels = (image: RawImage): 1 | 3 => (image.channels < 3 ? 1 : 3);

export type SampleType = 'unsigned' | 'signed' | 'float';

export function sampleType({ samples }: RawImage): SampleType {
  if (samples instanceof Float32Array || samples instanceof Float64Array) return 'float';
  return samples instanceof Int16Array || samples instanceof Int32Array ? 'signed' : 'unsigned';
}

/** Largest value that the file's bit depth can hold; undefined for floats, which have none that means anything. */
export function fullScale(image: RawImage): number | undefined {
  const type = sampleType(image);
  if (type === 'float') return undefined;
  return 2 ** (type === 'signed' ? image.bitDepth - 1 : image.bitDepth) - 1;
}

/**
 * The value that stands for no reading: what the file states, or else 0 in a single channel, as range sensors write it.
 * Where 0 is a temperature, or lies between negative and positive readings, it is a reading like any other.
 */
function missingValue(image: RawImage): number | null {
  const { noReading, unit, samples } = image;
  if (noReading !== undefined) return noReading;
  if (colourChannels(image) === 3 || unit === 'degreeCelsius' || unit === 'kelvin') return null;
  const signed = sampleType(image) !== 'unsigned' && samples.some((value) => value < 0 && Number.isFinite(value));
  return signed ? null : 0;
}

/** Whether a sample of this image is a reading: finite, and not the value that stands for none. */
export function readingTest(image: RawImage): (value: number) => boolean {
  const missing = missingValue(image);
  if (sampleType(image) === 'float') return (value) => Number.isFinite(value) && value !== missing;
  return (value) => value !== missing;
}

/** Samples, alpha left out, that are readings at the largest value that the bits hold: more light or heat looks the same. */
export function countSaturated(image: RawImage): number {
  const largest = fullScale(image);
  if (largest === undefined || !readingTest(image)(largest)) return 0;
  const { samples, channels } = image;
  const colours = colourChannels(image);
  let count = 0;
  for (let start = 0; start < samples.length; start += channels) {
    for (let sample = start; sample < start + colours; sample++) if (samples[sample] === largest) count++;
  }
  return count;
}

/** Sorts by counting: for samples of up to 16 bits. */
function countValues(readings: Samples, lowest: number): (rank: number) => number {
  const counts = new Uint32Array(65_536);
  for (const value of readings) counts[value - lowest] = (counts[value - lowest] ?? 0) + 1;
  return (rank) => {
    let seen = 0;
    for (let index = 0; index < counts.length; index++) {
      seen += counts[index] ?? 0;
      if (seen > rank) return index + lowest;
    }
    return 0;
  };
}

function sortValues(readings: Samples): (rank: number) => number {
  if (readings instanceof Int16Array) return countValues(readings, -32_768);
  if (readings instanceof Uint8Array || readings instanceof Uint16Array) return countValues(readings, 0);
  const sorted = readings.sort();
  return (rank) => sorted[rank] ?? 0;
}

/** Sorts the readings of an image, alpha left out. */
export function sortReadings(image: RawImage): Readings {
  const { samples, channels } = image;
  const colours = colourChannels(image);
  const isReading = readingTest(image);
  const readings = samples.slice();
  let [total, missing, zeros] = [0, 0, 0];
  for (let start = 0; start < samples.length; start += channels) {
    for (let sample = start; sample < start + colours; sample++) {
      const value = samples[sample] ?? 0;
      if (isReading(value)) readings[total++] = value;
      else if (value === 0) zeros++;
      else missing++;
    }
  }
  const single = colours === 1;
  const stated = image.noReading === 0;
  return {
    total,
    at: sortValues(readings.subarray(0, total)),
    holes: single ? missing + zeros : 0,
    zeroHoles: single && !stated ? zeros : 0,
  };
}

/**
 * A percentile of the readings, interpolated linearly between order statistics (as numpy's default).
 * @param percent 0..100
 * @returns raw units; 0 without any reading
 */
export function percentileOf(readings: Readings, percent: number): number {
  if (readings.total === 0) return 0;
  const rank = ((readings.total - 1) * percent) / 100;
  const lower = readings.at(Math.floor(rank));
  if (Number.isInteger(rank)) return lower;
  const upper = readings.at(Math.floor(rank) + 1);
  const share = rank - Math.floor(rank);
  // Apart where the difference of the two is too large for a number.
  return Number.isFinite(upper - lower) ? lower + share * (upper - lower) : (1 - share) * lower + share * upper;
}
