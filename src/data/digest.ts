import { looksColourCoded } from './colourCode';
import { countSaturated, fullScale, percentileOf, readingTest, sampleType, sortReadings } from './readings';
import { unrotate } from './transforms/scaling';
import type { SampleType } from './readings';
import type { RawImage, Unit } from '../formats/images/format';

/** What is remembered of every image once its pixels are gone. Values are in raw units. */
export interface ImageDigest {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  readonly bitDepth: number;
  readonly sampleType: SampleType;
  /** What a sample measures, where the file says it. */
  readonly unit: Unit | undefined;
  /** Largest value that the bit depth can hold; undefined for floats. */
  readonly fullScale: number | undefined;
  /** Pixels of a single channel without a reading. */
  readonly holes: number;
  /** Those of them that are zeros, which may be black instead. */
  readonly zeroHoles: number;
  /** Values that are readings. */
  readonly readings: number;
  readonly min: number;
  readonly max: number;
  readonly percentile1: number;
  readonly median: number;
  readonly percentile99: number;
  /** Readings at the largest value that the bits hold. */
  readonly saturated: number;
  /** How the file asks to turn its pixels (EXIF), 2 to 8. */
  readonly orientation: number | undefined;
  /** Whether a picture looks like measurements drawn in the colours of a rainbow. */
  readonly colourCoded: boolean;
  /** Whether any pixel has unequal colour channels. */
  readonly colourful: boolean;
  /** Whether the values fit the bit rotation of SUN RGB-D. */
  readonly rotated: boolean;
  /** Smallest and largest reading with that rotation undone, millimetres; undefined for images that do not fit it. */
  readonly unrotatedRange: readonly [number, number] | undefined;
  /** What the reader of the file has to say. */
  readonly notes: readonly string[];
  /** Names the pixels and what they mean, whatever the file is called: see {@link contentKeyOf}. */
  readonly contentKey: string;
}

/**
 * SUN RGB-D stores `mm << 3 | mm >> 13`: below 16.384 m the low three bits are 0 or 1, and half of the millimetres are
 * odd, which sets the fourth. Plain millimetres use all low bits; values shifted by four or more never set the fourth.
 */
function looksRotated(image: RawImage, readings: number): boolean {
  const { samples, channels } = image;
  if (!(samples instanceof Uint16Array) || image.bitDepth !== 16 || channels > 2 || readings === 0) return false;
  const isReading = readingTest(image);
  let lowBitsFit = 0;
  let oddMillimetres = 0;
  for (let start = 0; start < samples.length; start += channels) {
    const value = samples[start] ?? 0;
    if ((value & 7) > 1 || !isReading(value)) continue;
    lowBitsFit++;
    if (value & 8) oddMillimetres++;
  }
  return lowBitsFit >= 0.98 * readings && oddMillimetres >= 0.1 * readings;
}

/** Smallest and largest millimetres: beyond 8.191 m the order of the stored values is another. */
function unrotatedRange(image: RawImage): readonly [number, number] {
  const isReading = readingTest(image);
  let [low, high] = [Infinity, -Infinity];
  for (let start = 0; start < image.samples.length; start += image.channels) {
    const value = image.samples[start] ?? 0;
    if (!isReading(value)) continue;
    const millimetres = unrotate(value);
    if (millimetres < low) low = millimetres;
    if (millimetres > high) high = millimetres;
  }
  return [low, high];
}

/** Whether any pixel has unequal channels; one without a reading (NaN) in all of them has not. */
function isColourful({ samples, channels }: RawImage): boolean {
  if (channels < 3) return false;
  const differ = (a: number, b: number): boolean => a !== b && !(Number.isNaN(a) && Number.isNaN(b));
  for (let start = 0; start < samples.length; start += channels) {
    const [red, green, blue] = [samples[start] ?? 0, samples[start + 1] ?? 0, samples[start + 2] ?? 0];
    if (differ(red, green) || differ(red, blue)) return true;
  }
  return false;
}

const toHex = (bytes: Uint8Array): string => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

/** SHA-256 in hexadecimal. */
export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/**
 * Names the pixels of an image, whatever its file is called: the same pixels give the same key. All that a recipe may go
 * by is part of it: the same samples that are to be turned another way, that measure something else, or of which another
 * value stands for no reading, are another picture. Images with the same key are prepared to the same pixels.
 */
export async function contentKeyOf(image: RawImage): Promise<string> {
  const { samples, orientation, unit, noReading } = image;
  const bytes = new Uint8Array(samples.buffer as ArrayBuffer, samples.byteOffset, samples.byteLength);
  const shape = [image.width, image.height, image.channels, image.bitDepth].join('x');
  const type = sampleType(image);
  const traits = [
    type === 'unsigned' ? '' : type,
    orientation === undefined ? '' : `turn${String(orientation)}`,
    unit ?? '',
    noReading === undefined ? '' : `without${String(noReading)}`,
  ].join('');
  return `${shape}${traits}:${await sha256(bytes)}`;
}

/** Measures one image. */
export async function digestImage(image: RawImage): Promise<ImageDigest> {
  const readings = sortReadings(image);
  const rotated = looksRotated(image, readings.total);
  return {
    width: image.width,
    height: image.height,
    channels: image.channels,
    bitDepth: image.bitDepth,
    sampleType: sampleType(image),
    unit: image.unit,
    fullScale: fullScale(image),
    holes: readings.holes,
    zeroHoles: readings.zeroHoles,
    readings: readings.total,
    min: percentileOf(readings, 0),
    max: percentileOf(readings, 100),
    percentile1: percentileOf(readings, 1),
    median: percentileOf(readings, 50),
    percentile99: percentileOf(readings, 99),
    saturated: countSaturated(image),
    orientation: image.orientation,
    colourCoded: looksColourCoded(image),
    colourful: isColourful(image),
    rotated,
    unrotatedRange: rotated ? unrotatedRange(image) : undefined,
    notes: image.notes ?? [],
    contentKey: await contentKeyOf(image),
  };
}

/** What a folder holds, over all its usable images. */
export interface FolderStatistics {
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  readonly bitDepths: readonly number[];
  readonly channels: readonly number[];
  /** Smallest and largest reading, raw units; holes do not count. */
  readonly valueRange: readonly [number, number];
  /** What readings measure, where all files say the same. */
  readonly unit: Unit | undefined;
  /** Share of pixels without a reading among single-channel pixels, 0..1. */
  readonly holes: number;
  /** Share of readings at the largest value that the bits hold, 0..1. */
  readonly saturated: number;
  /** Images whose file asks to turn them. */
  readonly turned: number;
}

const ascending = (values: Iterable<number>): number[] => [...new Set(values)].sort((a, b) => a - b);

export function summarizeDigests(digests: readonly ImageDigest[]): FolderStatistics {
  const sizes = new Map<string, { width: number; height: number; count: number }>();
  let [low, high, holes, singleChannelPixels, saturated, readings] = [Infinity, -Infinity, 0, 0, 0, 0];
  for (const digest of digests) {
    const key = `${String(digest.width)}x${String(digest.height)}`;
    const size = sizes.get(key) ?? { width: digest.width, height: digest.height, count: 0 };
    size.count++;
    sizes.set(key, size);
    if (digest.readings > 0) [low, high] = [Math.min(low, digest.min), Math.max(high, digest.max)];
    holes += digest.holes;
    saturated += digest.saturated;
    readings += digest.readings;
    if (digest.channels < 3) singleChannelPixels += digest.width * digest.height;
  }
  const units = [...new Set(digests.map(({ unit }) => unit))];
  return {
    sizes: [...sizes.values()].sort((a, b) => b.count - a.count || a.width - b.width || a.height - b.height),
    bitDepths: ascending(digests.map((digest) => digest.bitDepth)),
    channels: ascending(digests.map((digest) => digest.channels)),
    valueRange: low <= high ? [low, high] : [0, 0],
    unit: units.length === 1 ? units[0] : undefined,
    holes: singleChannelPixels === 0 ? 0 : holes / singleChannelPixels,
    saturated: readings === 0 ? 0 : saturated / readings,
    turned: digests.filter(({ orientation }) => orientation !== undefined).length,
  };
}

/** The middle value; 0 of nothing. */
export function medianOf(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
