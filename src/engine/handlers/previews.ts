import { previewImage, previewPicture, thumbnail, thumbnails } from '../../data/preview';
import { checkRecipe } from '../../data/transforms/checkRecipe';
import { StudioError } from '../../shared/failure';
import type { GridImage, Picture } from '../../shared/images';
import type { Handlers } from '../../shared/protocol';
import type { ImageRecipe } from '../../shared/recipe';
import type { Context } from '../context';
import { inputShapeOf, resizeOf } from '../imageSets';
import { pairingOf, requireFolder } from '../project';
import type { ProjectFolder } from '../project';

type PreviewCommand = 'images/preview' | 'images/grid' | 'images/thumbnails' | 'pairs/preview';

/** Shown without a model: the usual size of classifiers. */
const usualResize = [256, 256] as const;

/** Pictures for the page; they change nothing, so they do not wait their turn and also come while a run is going on. */
export function previewHandlers({ project, runs }: Context): Pick<Handlers, PreviewCommand> {
  return {
    'images/preview': ({ role, index, recipe: tried }) => {
      const { folder, recipe } = requireFolder(project, role);
      if (tried) checkRecipe(tried);
      requireEntry(folder, index);
      const [model] = project.models;
      return previewImage(
        folder,
        index,
        tried ?? recipe,
        model ? resizeOf(model) : usualResize,
        model && inputShapeOf(model)[2] === 1 ? 1 : 3,
      );
    },
    'images/grid': async ({ role, from, count, size }) => {
      const { folder, recipe } = requireFolder(project, role);
      const images: GridImage[] = [];
      for (const [offset, { path, label }] of folder.entries.slice(from, from + count).entries()) {
        const index = from + offset;
        images.push({ index, path, label, picture: await pictureOrNull(folder, index, recipe, size) });
      }
      return images;
    },
    'images/thumbnails': ({ runId, role, indices, size }) => {
      const { folders } = runs.find(runId).journal.subject;
      const { folder, recipe } = folders.find((opened) => opened.folder.role === role) ?? requireFolder(project, role);
      return thumbnails(folder, indices, recipe, size);
    },
    'pairs/preview': async ({ index }) => {
      const match = pairingOf(project)?.matches[index];
      if (!match) {
        throw new StudioError({
          code: 'no-pairs',
          message: `There is no pair number ${index + 1}.`,
          remedy: 'Add both folders of paired images.',
        });
      }
      const [i, j] = match;
      const rgb = requireFolder(project, 'pairsRgb').folder;
      const target = requireFolder(project, 'pairsTarget').folder;
      return {
        rgb: await previewPicture(rgb, i),
        target: await previewPicture(target, j),
        rgbPath: rgb.entries[i]?.path ?? '',
        targetPath: target.entries[j]?.path ?? '',
      };
    },
  };
}

/** @throws StudioError `bad-setting` where the folder has no image of this number */
function requireEntry({ name, entries }: ProjectFolder['folder'], index: number): void {
  if (entries[index]) return;
  throw new StudioError({
    code: 'bad-setting',
    message: `There is no image number ${index + 1} in "${name}": it has ${entries.length}.`,
    remedy: 'Choose another image.',
  });
}

/** A small picture, or null where the file can no longer be decoded: the grid shows the others. */
async function pictureOrNull(
  folder: ProjectFolder['folder'],
  index: number,
  recipe: ImageRecipe,
  size: number,
): Promise<Picture | null> {
  try {
    return await thumbnail(folder, index, recipe, size);
  } catch (error) {
    if (error instanceof StudioError) return null;
    throw error;
  }
}
