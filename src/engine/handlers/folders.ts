import { openFolder } from '../../data/folder';
import { compareListings, listFiles } from '../../data/listing';
import { checkRecipe } from '../../data/transforms/checkRecipe';
import { StudioError } from '../../shared/failure';
import type { FolderListing, ImageRole } from '../../shared/images';
import type { Handlers, ProjectSummary } from '../../shared/protocol';
import { chosenFiles } from '../chosenFiles';
import type { Chosen } from '../chosenFiles';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { looksLike } from '../knownDataset';
import { checkPairsSoon } from '../pairWatch';
import { guessWhereOpen } from '../preprocessing';
import { removeFolder, requireFolder, setFolder, setRecipe } from '../project';
import { summarizeProject } from '../projectSummary';
import { atMostEvery } from '../throttle';

type FolderCommand = 'images/open' | 'images/remove' | 'images/recipe' | 'images/listing' | 'images/skipped';

export function folderHandlers(context: Context): Pick<Handlers, FolderCommand> {
  const { project } = context;
  const change = (work: () => Promise<void> | void): Promise<ProjectSummary> =>
    context.inTurn(async () => {
      requireIdle(context, 'the images cannot be changed');
      await work();
      return summarizeProject(project);
    });

  /** What is being opened, or waits for it. */
  const opening = new Map<ImageRole, AbortController>();
  const superseded = (role: ImageRole, next: AbortController): AbortSignal => {
    opening.get(role)?.abort(cancelled());
    opening.set(role, next);
    return next.signal;
  };

  return {
    'images/open': ({ role, before, ...chosen }) => {
      const signal = superseded(role, new AbortController());
      return change(async () => {
        await addFolder(context, role, chosen, { before, signal });
        checkPairsSoon(context);
      });
    },
    'images/listing': ({ role }) => {
      const { history, folder } = requireFolder(project, role);
      return history?.listing ?? listFiles(folder.files);
    },
    'images/skipped': ({ role, from, count }) => requireFolder(project, role).folder.skipped.slice(from, from + count),
    'images/remove': ({ role }) => {
      superseded(role, new AbortController());
      return change(() => {
        removeFolder(project, role);
      });
    },
    'images/recipe': ({ role, recipe }) =>
      change(() => {
        checkRecipe(recipe);
        setRecipe(project, role, recipe);
      }),
  };
}

const cancelled = (): StudioError =>
  new StudioError({
    code: 'cancelled',
    message: 'The folder was not opened, because another one was chosen in its place, or it was removed.',
    remedy: 'Choose it again if you want it.',
  });

export interface AddFolderOptions {
  /** What the folder held when it was last open. */
  readonly before?: FolderListing | undefined;
  /** Ends the listing and the opening between two files, by throwing its reason; the folder that was there stays. */
  readonly signal?: AbortSignal | undefined;
}

/** Opens a folder in its role, replacing the one that was there. */
export async function addFolder(
  context: Context,
  role: ImageRole,
  chosen: Chosen,
  { before, signal }: AddFolderOptions = {},
): Promise<void> {
  const { project, desk, emit } = context;
  signal?.throwIfAborted();
  const report = atMostEvery(50, (done: number, total: number) => {
    emit({ type: 'project/reading', role, done, total });
  });
  const { files, skipped } = await chosenFiles(chosen, {
    onProgress: report,
    rememberedFiles: before?.paths.length,
    signal,
  });
  const folder = await openFolder({ role, files, skipped, desk, onProgress: report, signal });
  const listing = listFiles(files);
  const change = before ? compareListings(before, listing) : null;
  setFolder(project, folder, { listing, change, looksLike: await looksLike(files, project) });
  if (project.models.length > 0) await guessWhereOpen(project, context.device());
}
