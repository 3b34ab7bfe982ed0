/** How one image is cut from its resized form: fractions of the free border, and mirroring. */
export interface View {
  /** Horizontal position of the crop, 0 (left) to 1 (right) of the free width; 0.5 is the centre. */
  readonly x: number;
  /** Vertical position of the crop, 0 (top) to 1 (bottom) of the free height. */
  readonly y: number;
  /** Mirrored left to right. */
  readonly flip: boolean;
}

export const centerView: View = { x: 0.5, y: 0.5, flip: false };

/** Which image, and how it is cut. */
export interface ImageRequest {
  readonly index: number;
  readonly view: View;
}

/**
 * Images as a network sees them: decoded, scaled, resized, cut and normalised on demand.
 * The same index always names the same image; no labels are reachable from here.
 */
export interface ImageSet {
  readonly count: number;
  /** `[height, width, channels]` of one image as the network expects it. */
  readonly shape: readonly [number, number, number];
  /** Pixels `[requests.length, height, width, channels]`, row-major, normalised for the network. */
  read(requests: readonly ImageRequest[]): Promise<Float32Array>;
  /** Says which images will be read next, in this order, so that they can be made ready; no influence on what they are. */
  expect?(indices: readonly number[]): void;
}

/** Task-irrelevant pairs: image `i` of `source` and image `i` of `target` show the same scene. */
export interface PairSet {
  readonly source: ImageSet;
  readonly target: ImageSet;
}
