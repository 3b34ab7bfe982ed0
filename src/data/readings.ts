import type { RawImage } from '../formats/images/format';

/** How often each raw value occurs in an image. */
export interface Readings {
  /** Count of every value 0..2^bits - 1. Zeros of single-channel images are missing readings and are not counted here. */
  readonly counts: Uint32Array;
  /** Sum of `counts`. */
  readonly total: number;
  /** Zeros of a single-channel image; 0 for colour, where zero is a value like any other. */
  readonly holes: number;
}

/** Channels that were measured: transparency is not. */
export const colourChannels = (image: RawImage): 1 | 3 => (image.channels < 3 ? 1 : 3);

/** Largest value that the file's bit depth can hold. */
export const fullScale = (image: RawImage): number => 2 ** image.bitDepth - 1;

/** Counts the values of an image, alpha left out. */
export function countReadings(image: RawImage): Readings {
  const counts = new Uint32Array(2 ** image.bitDepth);
  const { samples, channels } = image;
  const colours = colourChannels(image);
  for (let start = 0; start < samples.length; start += channels) {
    for (let sample = start; sample < start + colours; sample++) {
      const value = samples[sample] ?? 0;
      counts[value] = (counts[value] ?? 0) + 1;
    }
  }
  let holes = 0;
  if (colours === 1) {
    holes = counts[0] ?? 0;
    counts[0] = 0;
  }
  return { counts, total: image.width * image.height * colours - holes, holes };
}

/** The value at one position of the sorted readings. */
function orderStatistic(counts: Uint32Array, position: number): number {
  let seen = 0;
  for (let value = 0; value < counts.length; value++) {
    seen += counts[value] ?? 0;
    if (seen > position) return value;
  }
  return counts.length - 1;
}

/**
 * A percentile of the readings, interpolated linearly between order statistics (as numpy's default).
 * @param percent 0..100
 * @returns raw units; 0 without any reading
 */
export function percentileOf(readings: Readings, percent: number): number {
  if (readings.total === 0) return 0;
  const rank = ((readings.total - 1) * percent) / 100;
  const lower = orderStatistic(readings.counts, Math.floor(rank));
  if (Number.isInteger(rank)) return lower;
  const upper = orderStatistic(readings.counts, Math.floor(rank) + 1);
  return lower + (rank - Math.floor(rank)) * (upper - lower);
}
