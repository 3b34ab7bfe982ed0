import { StudioError } from '../shared/failure';
import { prepareImage } from './transforms/prepare';
import { checkRecipe } from './transforms/checkRecipe';
import { writeView } from './transforms/views';
import type { OpenedFolder } from './folder';
import type { PackedImage } from './transforms/packed';
import type { Preprocessing } from '../formats/models/format';
import type { ImageSet } from '../shared/imageSet';
import type { ImageRecipe } from '../shared/recipe';

export interface ImageSetArgs {
  readonly folder: Pick<OpenedFolder, 'entries' | 'raw'>;
  /** Which images of the folder, in this order; all by default. */
  readonly indices?: readonly number[];
  readonly recipe: ImageRecipe;
  /** `[height, width, channels]` that the network takes; 1 or 3 channels. */
  readonly shape: readonly [number, number, number];
  /** `[height, width]` that images are resized to before they are cut; at least as large as `shape`. */
  readonly resize: readonly [number, number];
  readonly preprocessing: Preprocessing;
  readonly onProgress?: (done: number, total: number) => void;
  /** Resized pixels kept in memory; images beyond it are computed again each time. */
  readonly memoryBudgetBytes?: number;
}

const defaultBudgetBytes = 512 * 1024 * 1024;

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
 * The images of a folder as a network sees them. All are prepared now, as far as memory allows.
 * @throws StudioError `mismatch` for a shape that images cannot have, `bad-setting` for a recipe that makes no sense,
 * `missing-file` when a file changed since
 */
export async function createImageSet(args: ImageSetArgs): Promise<ImageSet> {
  const { folder, recipe, shape, resize, preprocessing, onProgress, memoryBudgetBytes = defaultBudgetBytes } = args;
  checkShape(shape, resize);
  checkRecipe(recipe);
  const indices = args.indices ?? folder.entries.map((_, index) => index);
  const prepared = new Map<number, PackedImage>();
  const prepare = async (position: number): Promise<PackedImage> => {
    const index = indices[position];
    if (index === undefined) throw new RangeError(`image ${String(position)} of ${String(indices.length)}`);
    return prepareImage(await folder.raw(index), recipe, resize, shape[2]);
  };

  let bytes = 0;
  for (let position = 0; position < indices.length; position++) {
    const image = await prepare(position);
    bytes += image.values.byteLength;
    if (bytes > memoryBudgetBytes) break;
    prepared.set(position, image);
    onProgress?.(position + 1, indices.length);
  }
  onProgress?.(indices.length, indices.length);

  const size = shape[0] * shape[1] * shape[2];
  return {
    count: indices.length,
    shape,
    async read(requests) {
      const pixels = new Float32Array(requests.length * size);
      for (const [place, { index, view }] of requests.entries()) {
        const image = prepared.get(index) ?? (await prepare(index));
        writeView(image, view, shape, preprocessing, pixels.subarray(place * size, (place + 1) * size));
      }
      return pixels;
    },
  };
}

/** A set of some images of another, in the given order, sharing its memory. */
export function selectImages(images: ImageSet, indices: readonly number[]): ImageSet {
  return {
    count: indices.length,
    shape: images.shape,
    read: (requests) =>
      images.read(
        requests.map(({ index, view }) => {
          const original = indices[index];
          if (original === undefined) throw new RangeError(`image ${String(index)} of ${String(indices.length)}`);
          return { index: original, view };
        }),
      ),
  };
}
