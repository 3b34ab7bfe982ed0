import { openFolder } from '../../data/folder';
import { compareListings, listFiles } from '../../data/listing';
import { checkRecipe } from '../../data/transforms/checkRecipe';
import type { FolderListing, ImageRole } from '../../shared/images';
import type { Handlers, ProjectSummary } from '../../shared/protocol';
import { chosenFiles } from '../chosenFiles';
import type { Chosen } from '../chosenFiles';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { guessWhereOpen } from '../preprocessing';
import { removeFolder, requireFolder, setFolder, setRecipe } from '../project';
import { summarizeProject } from '../projectSummary';

type FolderCommand = 'images/open' | 'images/remove' | 'images/recipe' | 'images/listing';

export function folderHandlers(context: Context): Pick<Handlers, FolderCommand> {
  const { project } = context;
  const change = (work: () => Promise<void> | void): Promise<ProjectSummary> =>
    context.inTurn(async () => {
      requireIdle(context, 'the images cannot be changed');
      await work();
      return summarizeProject(project);
    });

  return {
    'images/open': ({ role, before, ...chosen }) => change(() => addFolder(context, role, chosen, before)),
    'images/listing': ({ role }) => {
      const { history, folder } = requireFolder(project, role);
      return history?.listing ?? listFiles(folder.files);
    },
    'images/remove': ({ role }) =>
      change(() => {
        removeFolder(project, role);
      }),
    'images/recipe': ({ role, recipe }) =>
      change(() => {
        checkRecipe(recipe);
        setRecipe(project, role, recipe);
      }),
  };
}

/**
 * Opens a folder in its role, replacing the one that was there.
 * @param before what it held when it was last open
 */
export async function addFolder(
  context: Context,
  role: ImageRole,
  chosen: Chosen,
  before?: FolderListing,
): Promise<void> {
  const { project, desk, emit } = context;
  const report = atMostEvery(50, (done: number, total: number) => {
    emit({ type: 'project/reading', role, done, total });
  });
  const { files, skipped } = await chosenFiles(chosen, { onProgress: report, rememberedFiles: before?.paths.length });
  const folder = await openFolder({ role, files, skipped, desk, onProgress: report });
  const listing = listFiles(files);
  setFolder(project, folder, { listing, change: before ? compareListings(before, listing) : null });
  if (project.models.length > 0) await guessWhereOpen(project, context.device());
}

/** Passes a progress on, but not more often than every so many milliseconds, and the last one always. */
function atMostEvery(
  milliseconds: number,
  report: (done: number, total: number) => void,
): (done: number, total: number) => void {
  let last = -Infinity;
  return (done, total) => {
    const isLast = total > 0 && done >= total;
    if (!isLast && performance.now() - last < milliseconds) return;
    last = performance.now();
    report(done, total);
  };
}
