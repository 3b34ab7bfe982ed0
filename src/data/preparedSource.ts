import type { PackedImage } from './transforms/packed';

/** Prepared images by index: those that are kept at once, the others after decoding. */
export interface PreparedSource {
  readonly count: number;
  /** @throws StudioError of the file, at once or later */
  take(index: number): PackedImage | Promise<PackedImage>;
  /** Says which images will be taken next, in this order; those that are not kept are decoded ahead, so many at a time. */
  expect(indices: readonly number[]): void;
}

export interface PreparedSourceArgs {
  readonly count: number;
  /** A kept image; null where it is not kept. Missing: none is. */
  readonly kept?: (index: number) => PackedImage | null;
  readonly isKept?: (index: number) => boolean;
  readonly prepare: (index: number) => Promise<PackedImage>;
  /** Images that may be decoded before they are taken. */
  readonly ahead: number;
}

/**
 * A source that decodes ahead what it is told to expect. Images decoded ahead wait until they are taken, or until other
 * ones are expected instead. Has no influence on what the images are.
 */
export function createPreparedSource({
  count,
  kept = () => null,
  isKept = () => false,
  prepare,
  ahead,
}: PreparedSourceArgs): PreparedSource {
  const ready = new Map<number, Promise<PackedImage>>();
  let upcoming: number[] = [];

  const begin = (index: number): Promise<PackedImage> => {
    const image = prepare(index);
    // Whoever waits for the image gets its failure; it may be nobody.
    image.catch(() => undefined);
    return image;
  };
  const goOn = (): void => {
    while (ready.size < ahead) {
      const index = upcoming.shift();
      if (index === undefined) return;
      if (ready.has(index)) continue;
      ready.set(index, begin(index));
    }
  };

  return {
    count,
    take(index) {
      const image = kept(index);
      if (image) return image;
      const decoded = ready.get(index) ?? begin(index);
      ready.delete(index);
      goOn();
      return decoded;
    },
    expect(indices) {
      const expected = new Set(indices);
      for (const index of ready.keys()) if (!expected.has(index)) ready.delete(index);
      upcoming = [...expected].filter((index) => !isKept(index) && !ready.has(index));
      goOn();
    },
  };
}
