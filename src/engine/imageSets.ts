import { createImageSet, resizeFor } from '../data/batches';
import { mapConcurrently } from '../data/concurrency';
import type { PreparedForm } from '../data/imageDesk';
import { createPreparedSource } from '../data/preparedSource';
import type { PreparedSource } from '../data/preparedSource';
import { checkRecipe } from '../data/transforms/checkRecipe';
import type { Preprocessing } from '../formats/models/format';
import type { ImageSet } from '../shared/imageSet';
import type { ImageRecipe } from '../shared/recipe';
import type { ProjectFolder, SourceModel } from './project';

/** `[height, width, channels]` that a model takes. */
export function inputShapeOf({ spec }: Pick<SourceModel, 'spec'>): readonly [number, number, number] {
  const input = spec.nodes.find(({ name }) => name === spec.input);
  const [height = 0, width = 0, channels = 0] = input?.outputShape ?? [];
  return [height, width, channels];
}

/** `[height, width]` that images are brought to before they are cut: as the file says, else an eighth larger than the input. */
export function resizeOf(model: Pick<SourceModel, 'spec' | 'metadata'>): readonly [number, number] {
  const [height, width] = inputShapeOf(model);
  const { resize } = model.metadata;
  if (resize !== null && resize >= Math.max(height, width)) return [resize, resize];
  return [resizeFor(height), resizeFor(width)];
}

/** What images are brought to for a model. @throws StudioError `bad-setting` for a recipe that makes no sense */
export function formFor(model: SourceModel, recipe: ImageRecipe): PreparedForm {
  checkRecipe(recipe);
  return { recipe, resize: resizeOf(model), channels: inputShapeOf(model)[2] };
}

/** Prepared images as a model sees them. @throws StudioError `mismatch` for a model that takes no images of 1 or 3 channels */
export const imageSetFor = (model: SourceModel, source: PreparedSource, preprocessing: Preprocessing): ImageSet =>
  createImageSet({ source, shape: inputShapeOf(model), resize: resizeOf(model), preprocessing });

/** Images under way at a time, for as many workers as there may be. */
const atOnce = 16;

/**
 * A few images of a folder as a model sees them, prepared now and kept in memory.
 * @param indices which, in this order
 * @throws StudioError of a file that can no longer be read
 */
export async function imagesFor(
  model: SourceModel,
  { folder, recipe }: ProjectFolder,
  preprocessing: Preprocessing,
  indices: readonly number[],
): Promise<ImageSet> {
  const form = formFor(model, recipe);
  const prepared = await mapConcurrently(indices, atOnce, (index) => folder.prepare(index, form));
  const source = createPreparedSource({
    count: indices.length,
    isKept: () => true,
    kept: (place) => prepared[place]?.image ?? null,
    prepare: (place) => Promise.reject(new RangeError(`image ${String(place)} of ${String(indices.length)}`)),
    ahead: 0,
  });
  return imageSetFor(model, source, preprocessing);
}
