/** From measurement to network input: one explicit recipe per folder. Values are in raw units of the file. */
export type Scaling =
  | { readonly kind: 'full' } // value / (2^bits - 1); not for floats
  | { readonly kind: 'minMax' } // per image, its smallest to its largest reading
  | { readonly kind: 'percentile'; readonly low: number; readonly high: number } // per image, percentiles in 0..100
  | { readonly kind: 'clip'; readonly low: number; readonly high: number } // fixed range in raw units, e.g. millimetres
  | { readonly kind: 'sunRgbd' }; // undo the 3-bit rotation of SUN RGB-D, millimetres clipped to 0..8000

export type Holes = 'keep' | 'nearest';

export interface ImageRecipe {
  readonly scaling: Scaling;
  /** Pixels of a single-channel image without a reading (0, NaN, what the file names): 0, or the nearest reading. */
  readonly holes: Holes;
  /** Rounded to 8 bits after scaling, as the released code does by accident. */
  readonly eightBit: boolean;
}

/** Why a file of a folder cannot be used. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}
