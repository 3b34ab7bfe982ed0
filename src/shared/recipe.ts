/** From measurement to network input: one explicit recipe per folder. Values are in raw units of the file. */
export type Scaling =
  | { readonly kind: 'full' } // value / (2^bits - 1); not for floats
  | { readonly kind: 'minMax' } // per image, its smallest to its largest reading
  | { readonly kind: 'percentile'; readonly low: number; readonly high: number } // per image, percentiles in 0..100
  | { readonly kind: 'clip'; readonly low: number; readonly high: number } // fixed range in raw units, e.g. millimetres
  | { readonly kind: 'disparity'; readonly low: number; readonly high: number } // 1/value, from 1/high (0) to 1/low (1); raw units above 0
  | { readonly kind: 'log'; readonly low: number; readonly high: number } // per image, logarithm of what lies above a low percentile
  | { readonly kind: 'sunRgbd' }; // undo the 3-bit rotation of SUN RGB-D, millimetres clipped to 0..8000

/**
 * Pixels of a single-channel image without a reading (0, NaN, what the file names): they become 0, the nearest reading,
 * or are masked, which gives the network exactly 0 after normalisation.
 */
export type Holes = 'keep' | 'nearest' | 'mask';

/**
 * How images are brought to the size of the network: `bilinear` antialiased as Pillow's (intensities), `area` the mean of
 * the covered pixels, `nearest` one pixel (never mixes two distances), `holeAware` bilinear over pixels with a reading.
 */
export type Resize = 'bilinear' | 'area' | 'nearest' | 'holeAware';

/** Pinhole camera, in pixels of the image as it is stored. */
export interface Intrinsics {
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
}

/** What the channels of the network receive of a single-channel image; colour images are passed on as they are. */
export type Encoding =
  | { readonly kind: 'replicate' } // the same value for red, green and blue
  | { readonly kind: 'jet' }
  | { readonly kind: 'turbo' }
  | { readonly kind: 'normals'; readonly intrinsics: Intrinsics | null } // surface normals; null: a camera of 60 degrees is assumed
  | { readonly kind: 'hha'; readonly intrinsics: Intrinsics; readonly metresPerUnit: number }; // disparity, height, angle with gravity

export interface ImageRecipe {
  readonly scaling: Scaling;
  readonly holes: Holes;
  readonly encoding: Encoding;
  readonly resize: Resize;
  /** Rounded to 8 bits after scaling, as the released code does by accident. */
  readonly eightBit: boolean;
  /** Whether pictures are turned as their EXIF tag asks. PyTorch's ImageFolder ignores it, and so does a model trained with it. */
  readonly orientation: 'ignore' | 'apply';
}

/** Why a file of a folder cannot be used. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

/** Values divided by full scale and nothing else; other recipes are written as what differs from it. */
export const plainRecipe: ImageRecipe = {
  scaling: { kind: 'full' },
  holes: 'keep',
  encoding: { kind: 'replicate' },
  resize: 'bilinear',
  eightBit: false,
  orientation: 'ignore',
};
