import { answerQuestion, rolesOf, summarizeDataset } from '../../data/datasets/registry';
import type { Answers, Dataset } from '../../data/datasets/dataset';
import { unknownDataset } from '../../data/datasets/unknownDataset';
import { openFolder } from '../../data/folder';
import type { OpenedFolder } from '../../data/folder';
import { pairFolders } from '../../data/pairing';
import type { SourceFile } from '../../data/sourceFile';
import { StudioError } from '../../shared/failure';
import type { ImageRole } from '../../shared/images';
import type { Handlers } from '../../shared/protocol';
import { chosenFiles } from '../chosenFiles';
import type { Chosen } from '../chosenFiles';
import { requireIdle } from '../context';
import type { Context } from '../context';
import { datasetOf, treeOf } from '../knownDataset';
import { checkPairsSoon } from '../pairWatch';
import { guessWhereOpen } from '../preprocessing';
import { setFolder, setPairRule } from '../project';
import { summarizeProject } from '../projectSummary';
import { atMostEvery } from '../throttle';

type DatasetCommand = 'dataset/find' | 'dataset/choose' | 'dataset/import' | 'dataset/close';

/** A dataset that was found and is not imported yet. */
interface Found {
  readonly dataset: Dataset;
  readonly files: ReadonlyMap<string, SourceFile>;
  answers: Answers;
}

export function datasetHandlers(context: Context): Pick<Handlers, DatasetCommand> {
  const { project } = context;
  let found: Found | null = null;
  /** Of several searches the last one counts, whatever order they end in. */
  let searches = 0;
  const requireFound = (): Found => {
    if (found) return found;
    throw new StudioError({
      code: 'missing-file',
      message: 'There is no dataset open.',
      remedy: 'Drop the folder of the dataset again.',
    });
  };
  return {
    'dataset/find': async (chosen) => {
      const search = (searches += 1);
      found = null;
      const result = await findDataset(context, chosen);
      if (search === searches) found = result;
      return summarizeDataset(result.dataset, result.answers);
    },
    'dataset/choose': ({ key, chosen }) => {
      const open = requireFound();
      open.answers = answerQuestion(open.dataset, open.answers, key, chosen);
      return summarizeDataset(open.dataset, open.answers);
    },
    'dataset/import': () =>
      context.inTurn(async () => {
        requireIdle(context, 'a dataset cannot be imported');
        await importDataset(context, requireFound());
        found = null;
        return summarizeProject(project);
      }),
    'dataset/close': () => {
      searches += 1;
      found = null;
    },
  };
}

/** @throws StudioError `unknown-format` for a tree that is no known dataset */
async function findDataset({ project, emit }: Context, chosen: Chosen): Promise<Found> {
  const report = atMostEvery(50, (done: number, total: number) => {
    emit({ type: 'project/reading', role: 'dataset', done, total });
  });
  const { files: given } = await chosenFiles(chosen, { onProgress: report });
  const tree = await treeOf(given, chosen.directory?.name);
  const dataset = await datasetOf(tree, project);
  if (!dataset) throw unknownDataset({ name: tree.name, paths: [...tree.files.keys()] });
  return { dataset, files: tree.files, answers: new Map() };
}

/** Opens all roles before any is put in its place: when one fails, nothing has changed. */
async function importDataset(context: Context, { dataset, files, answers }: Found): Promise<void> {
  const { project, desk, emit } = context;
  const roles = rolesOf(dataset, answers);
  if (roles.size === 0) {
    throw new StudioError({
      code: 'no-images',
      message: `With these answers there is no image of "${dataset.name}" to open.`,
      remedy: 'Choose classes, or another camera.',
    });
  }
  const total = [...roles.values()].reduce((sum, { size }) => sum + size, 0);
  const report = atMostEvery(50, (done: number) => {
    emit({ type: 'project/reading', role: 'dataset', done, total });
  });
  const { roles: descriptions } = dataset.contentOf(answers);
  const opened: OpenedFolder[] = [];
  let before = 0;
  for (const [role, facts] of roles) {
    const chosen = [...facts.keys()].flatMap((path) => files.get(path) ?? []);
    const start = before;
    const onProgress = (done: number, of: number): void => {
      report(start + Math.floor((facts.size * done) / Math.max(1, of)), total);
    };
    const description = descriptions?.[role];
    opened.push(await openRole(dataset, role, { role, files: chosen, desk, facts, description, onProgress }));
    before += facts.size;
  }
  const pairRoles = ['pairsRgb', 'pairsTarget'].map((role) => opened.find((folder) => folder.role === role));
  const [rgb, target] = pairRoles;
  // Throws before anything has changed, when no pair is left.
  if (rgb && target) pairFolders(rgb, target, { kind: 'dataset' });
  for (const folder of opened) setFolder(project, folder);
  if (rgb && target) setPairRule(project, { kind: 'dataset' });
  if (project.models.length > 0) await guessWhereOpen(project, context.device());
  checkPairsSoon(context);
}

const roleWords: Readonly<Record<ImageRole, string>> = {
  target: 'target images',
  pairsRgb: 'RGB images of the pairs',
  pairsTarget: 'target images of the pairs',
  test: 'labelled test images',
};

/** @throws StudioError that names the dataset and the role */
async function openRole(
  { title }: Dataset,
  role: ImageRole,
  args: Parameters<typeof openFolder>[0],
): Promise<OpenedFolder> {
  try {
    return await openFolder(args);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    const { failure } = error;
    throw new StudioError({
      ...failure,
      message: `${title} was not imported, because its ${roleWords[role]} cannot be opened: ${failure.message}`,
    });
  }
}
