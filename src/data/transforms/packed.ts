import type { ScaledImage } from './scaling';

/** An image as it is kept: after scaling, encoding and resizing, before it is cut and normalised. */
export interface PackedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  /** Row-major, channels interleaved: `round(value * fullPacked)` of a value in 0..1, or `maskedPacked`. */
  readonly values: Uint16Array;
}

/** What 1 is packed as: a step is 1.5e-5, so that a value moves by 8e-6 at most. */
export const fullPacked = 65_534;
/** What a pixel without a value is packed as. */
export const maskedPacked = 65_535;

/**
 * Packs fractions into 16 bits.
 * @param image values in 0..1; NaN where a pixel has none, which is packed as masked
 */
export function packImage({ width, height, channels, values }: ScaledImage): PackedImage {
  const packed = new Uint16Array(values.length);
  for (let at = 0; at < values.length; at++) {
    const value = values[at] ?? 0;
    packed[at] = Number.isNaN(value) ? maskedPacked : Math.round(Math.min(1, Math.max(0, value)) * fullPacked);
  }
  return { width, height, channels, values: packed };
}
