import type { ImageRecipe, Intrinsics, SkippedFile } from './recipe';

/** A file of a drop: where it lay in the dropped folder, and the file itself (cloned by reference). */
export interface DroppedFile {
  /** Relative path with `/`, without a leading slash: `chair/0001.png`. */
  readonly path: string;
  readonly file: File;
}

export type ImageRole = 'target' | 'pairsRgb' | 'pairsTarget' | 'test';

/** The files of a folder as they were at one moment, to notice what has changed since. Lists of equal length. */
export interface FolderListing {
  readonly paths: readonly string[];
  /** Bytes. */
  readonly sizes: Float64Array;
  /** Milliseconds since 1970. */
  readonly modified: Float64Array;
}

/** How a folder differs from what it was when it was last open. */
export interface FolderChange {
  readonly changed: readonly string[];
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface FolderSummary {
  readonly role: ImageRole;
  readonly name: string;
  readonly usable: number;
  /** Images that were decoded for the figures below: all of a small folder, else a sample spread over it. */
  readonly measured: number;
  /** How many images the figures, warnings and suggestion below are of, where others have no partner; null: of all. */
  readonly inPairs: number | null;
  readonly skippedCount: number;
  /** The first of them; all by `images/skipped`. */
  readonly skipped: readonly SkippedFile[];
  /** Class folders in order, with counts; null for a flat folder. */
  readonly classes: readonly { readonly name: string; readonly count: number }[] | null;
  /** The list file that gave the labels, below the dropped folder; null where folders or an importer did. */
  readonly labelsFrom: string | null;
  readonly sizes: readonly { readonly width: number; readonly height: number; readonly count: number }[];
  readonly bitDepths: readonly number[];
  readonly channels: readonly number[];
  /** Smallest and largest reading in raw units; millimetres where the recipe undoes the rotation of SUN RGB-D. */
  readonly valueRange: readonly [number, number];
  /** What readings measure, as people write it (`m`), where all files say the same. */
  readonly unit?: string;
  /** The camera of the images, where the importer of a dataset knows it. */
  readonly intrinsics?: Intrinsics;
  /** Share of pixels without a reading, single-channel images only, 0..1. */
  readonly holes: number;
  /** Share of readings at the largest value that the bits hold, 0..1. */
  readonly saturated: number;
  /** Measured images whose EXIF tag asks to turn them. */
  readonly turned: number;
  readonly recipe: ImageRecipe;
  readonly recipeReason: string;
  /** What the studio suggests for this folder, whatever is set. */
  readonly suggestedRecipe: ImageRecipe;
  /** Things to know before a run: nearly black to the network, RGB where depth is meant, ... */
  readonly warnings: readonly string[];
  /** What is good to know and asks for nothing: how labels were taken, ... */
  readonly remarks: readonly string[];
  readonly fingerprint: string;
  /** Since the folder was last open; null where that is not known or nothing changed. */
  readonly change: FolderChange | null;
  /** Title of the known dataset that its files are, one that fills several roles: `SUN RGB-D`; null of all others. */
  readonly looksLike: string | null;
}

/** For a canvas. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8ClampedArray<ArrayBuffer>;
}

export interface ImagePreview {
  readonly path: string;
  /** The file's pixels stretched for looking at. */
  readonly picture: Picture;
  /** What the network sees after the recipe and the resize, before normalisation; masked pixels transparent. */
  readonly networkPicture: Picture;
  /**
   * Counts of readings in equal bins over `histogramRange`; pixels without one do not count. Raw values, but millimetres
   * where the recipe undoes the rotation of SUN RGB-D; the same goes for the ranges.
   */
  readonly histogram: readonly number[];
  readonly histogramRange: readonly [number, number];
  /** The readings that become 0 and 1 in this image; null where no two values say it (colour, normals, HHA). */
  readonly scaledRange: readonly [number, number] | null;
  /** Shares of this image's pixels, 0..1: without a reading, at the largest value that the bits hold. */
  readonly holes: number;
  readonly saturated: number;
  /** Shares of the readings that the recipe cuts off at the low and at the high end, 0..1. */
  readonly clippedLow: number;
  readonly clippedHigh: number;
  readonly width: number;
  readonly height: number;
  readonly bitDepth: number;
  readonly channels: number;
}

/** An image in a grid of a whole folder. */
export interface GridImage {
  readonly index: number;
  readonly path: string;
  readonly label: string | null;
  /** As the network sees it; null where the file can no longer be decoded. */
  readonly picture: Picture | null;
}

/** Prepared images that are kept in the browser's storage, so that a file is decoded once. */
export interface CacheSummary {
  readonly bytes: number;
  readonly limitBytes: number;
  /** Folder and recipe together make one set. */
  readonly sets: number;
}
