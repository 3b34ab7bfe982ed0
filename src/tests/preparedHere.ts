import { createPreparedSource } from '../data/preparedSource';
import type { PreparedSource } from '../data/preparedSource';
import { prepareImage } from '../data/transforms/prepare';
import type { RawImage } from '../formats/images/format';
import type { ImageRecipe } from '../shared/recipe';

/** Images that are prepared in this thread each time they are taken. @param raw pixels of an image by its index */
export const preparedHere = (
  count: number,
  raw: (index: number) => Promise<RawImage>,
  recipe: ImageRecipe,
  resize: readonly [number, number],
  channels: number,
): PreparedSource =>
  createPreparedSource({
    count,
    ahead: 2,
    prepare: async (index) => prepareImage(await raw(index), recipe, resize, channels),
  });
