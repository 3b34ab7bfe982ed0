import { sha256 } from '../data/digest';
import type { RawImage, Samples, Unit } from '../formats/images/format';

/** What was decoded of an image, as plain data for other programs to compare. */
export interface ImageFacts {
  readonly file: string;
  readonly width: number;
  readonly height: number;
  readonly channels: number;
  readonly bits_per_sample: number;
  readonly sample_format: 'uint' | 'int' | 'float';
  /** NumPy's name of the type that the samples are held in. */
  readonly dtype: string;
  /** Of all finite samples; null without any. */
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  /** Of the samples in little endian, row-major, channels interleaved. */
  readonly sha256_le: string;
  readonly unit?: Unit;
  readonly no_reading?: number;
  /** 2 to 8, as EXIF or TIFF states it: how the pixels are to be turned or mirrored, which they are not here. */
  readonly orientation?: number;
  readonly notes: readonly string[];
}

function rangeOf(samples: Samples): Pick<ImageFacts, 'min' | 'max' | 'mean'> {
  let [min, max, sum, count] = [Infinity, -Infinity, 0, 0];
  for (const sample of samples) {
    if (!Number.isFinite(sample)) continue;
    min = Math.min(min, sample);
    max = Math.max(max, sample);
    sum += sample;
    count++;
  }
  return count === 0 ? { min: null, max: null, mean: null } : { min, max, mean: sum / count };
}

/** `uint16` of a `Uint16Array`. */
const dtypeOf = (samples: Samples): string => samples.constructor.name.replace('Array', '').toLowerCase();

/** Measures a decoded image. */
export async function imageFacts(file: string, image: RawImage): Promise<ImageFacts> {
  const { width, height, channels, bitDepth, samples, unit, noReading, orientation, notes = [] } = image;
  const dtype = dtypeOf(samples);
  return {
    file,
    width,
    height,
    channels,
    bits_per_sample: bitDepth,
    sample_format: dtype.startsWith('uint') ? 'uint' : dtype.startsWith('int') ? 'int' : 'float',
    dtype,
    ...rangeOf(samples),
    sha256_le: await sha256(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength).slice()),
    ...(unit !== undefined && { unit }),
    ...(noReading !== undefined && { no_reading: noReading }),
    ...(orientation !== undefined && { orientation }),
    notes,
  };
}
