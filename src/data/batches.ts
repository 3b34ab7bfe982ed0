import { StudioError } from '../shared/failure';
import { writeView } from './transforms/views';
import type { PreparedSource } from './preparedSource';
import type { Preprocessing } from '../formats/models/format';
import type { ImageSet } from '../shared/imageSet';

export interface ImageSetArgs {
  readonly source: PreparedSource;
  /** `[height, width, channels]` that the network takes; 1 or 3 channels. */
  readonly shape: readonly [number, number, number];
  /** `[height, width]` of the prepared images, before they are cut; at least as large as `shape`. */
  readonly resize: readonly [number, number];
  readonly preprocessing: Preprocessing;
}

/** The size that images are resized to before a network of this input size sees a part: 256 for 224, 72 for 63. */
export const resizeFor = (inputSize: number): number => Math.round((inputSize * 8) / 7);

function checkShape(
  [height, width, channels]: readonly [number, number, number],
  resize: readonly [number, number],
): void {
  if (channels !== 1 && channels !== 3) {
    throw new StudioError({
      code: 'mismatch',
      message: `The model takes images of ${String(channels)} channels; images have 1 or 3.`,
      remedy: 'Use a model for grey or RGB images.',
    });
  }
  if (resize[0] < height || resize[1] < width) {
    throw new StudioError({
      code: 'mismatch',
      message: `Images of ${String(resize[1])}x${String(resize[0])} pixels cannot be cut to ${String(width)}x${String(height)}.`,
      remedy: 'Resize to at least the input size of the model.',
    });
  }
}

/**
 * Prepared images as a network sees them: cut and normalised.
 * @throws StudioError `mismatch` for a shape that images cannot have
 */
export function createImageSet({ source, shape, resize, preprocessing }: ImageSetArgs): ImageSet {
  checkShape(shape, resize);
  const size = shape[0] * shape[1] * shape[2];
  return {
    count: source.count,
    shape,
    async read(requests) {
      const pixels = new Float32Array(requests.length * size);
      // All that must be decoded is asked for before the first is waited for.
      const taken = requests.map(({ index, view }) => ({ view, image: source.take(index) }));
      for (const [place, { view, image }] of taken.entries()) {
        const out = pixels.subarray(place * size, (place + 1) * size);
        writeView('values' in image ? image : await image, view, shape, preprocessing, out);
      }
      return pixels;
    },
    expect: (indices) => {
      source.expect(indices);
    },
  };
}

/** A set of some images of another, in the given order, sharing its memory. */
export function selectImages(images: ImageSet, indices: readonly number[]): ImageSet {
  const originalOf = (index: number): number => {
    const original = indices[index];
    if (original === undefined) throw new RangeError(`image ${String(index)} of ${String(indices.length)}`);
    return original;
  };
  return {
    count: indices.length,
    shape: images.shape,
    read: (requests) => images.read(requests.map(({ index, view }) => ({ index: originalOf(index), view }))),
    expect: (upcoming) => images.expect?.(upcoming.map(originalOf)),
  };
}
