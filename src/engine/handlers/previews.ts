import { previewImage, previewPicture, thumbnails } from '../../data/preview';
import { StudioError } from '../../shared/failure';
import type { Handlers } from '../../shared/protocol';
import type { Context } from '../context';
import { resizeOf } from '../imageSets';
import { pairingOf, requireFolder } from '../project';

type PreviewCommand = 'images/preview' | 'images/thumbnails' | 'pairs/preview';

/** Shown without a model: the usual size of classifiers. */
const usualResize = [256, 256] as const;

/** Pictures for the page; they change nothing, so they do not wait their turn and also come while a run is going on. */
export function previewHandlers({ project, runs }: Context): Pick<Handlers, PreviewCommand> {
  return {
    'images/preview': ({ role, index }) => {
      const { folder, recipe } = requireFolder(project, role);
      const [model] = project.models;
      return previewImage(folder, index, recipe, model ? resizeOf(model) : usualResize);
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
