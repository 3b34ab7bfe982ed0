import { createImageSet, resizeFor } from '../data/batches';
import type { Preprocessing } from '../formats/models/format';
import type { ImageSet } from '../shared/imageSet';
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

/**
 * The images of a folder as a model sees them.
 * @param indices which, in this order; all in file order by default.
 */
export function imagesFor(
  model: SourceModel,
  { folder, recipe }: ProjectFolder,
  preprocessing: Preprocessing,
  indices?: readonly number[],
): Promise<ImageSet> {
  return createImageSet({
    folder,
    recipe,
    preprocessing,
    shape: inputShapeOf(model),
    resize: resizeOf(model),
    ...(indices && { indices }),
  });
}
