import type { StoreApi } from 'zustand/vanilla';
import type { DatasetSummary } from '../../shared/datasets';
import type { ImageRole } from '../../shared/images';
import type { ProjectSummary } from '../../shared/protocol';
import { attempt } from './attempt';
import { refuseWhileBusy } from './busy';
import type { Picked } from './dropFiles';
import type { Engine } from './engine';
import { askToRead } from './folderActions';
import type { FolderKeeper } from './folderKeeper';
import type { ProjectSteps } from './projectSteps';
import { importWords } from './datasetWords';
import type { RememberedDataset, RoleRecipes } from './remembered';
import type { ImportedDataset, StudioState } from './studioState';

export interface DatasetActions {
  /** `read` begins before this returns, because a drop can only be read inside its event. */
  readonly findDataset: (read: () => Promise<Picked>) => Promise<void>;
  /** Looks at the folder that is open in a role as a whole dataset; the folder stays until the dataset is imported. */
  readonly findDatasetIn: (role: ImageRole) => Promise<void>;
  /** Opens the remembered dataset again, its questions answered as before; call it inside a click. */
  readonly reconnectDataset: () => Promise<void>;
  readonly answerDataset: (key: string, chosen: readonly string[]) => Promise<void>;
  readonly importDataset: () => Promise<void>;
  readonly closeDataset: () => Promise<void>;
}

type Store = StoreApi<StudioState>;

const allRoles = ['target', 'test', 'pairsRgb', 'pairsTarget'] as const;

/** Asks the engine what dataset it is. */
const recognise = (engine: Engine, picked: Picked): Promise<DatasetSummary> =>
  engine.call(
    'dataset/find',
    picked.kind === 'directory' ? { files: [], directory: picked.directory } : { files: picked.files },
  );

/** Answers the questions as they were answered before, as far as the same options are there. */
async function answerAsBefore(
  engine: Engine,
  found: DatasetSummary,
  { answers }: RememberedDataset,
): Promise<DatasetSummary> {
  let summary = found;
  for (const [key, chosen] of Object.entries(answers)) {
    const offered = summary.questions.find((question) => question.key === key)?.options.map(({ value }) => value);
    const still = chosen.filter((value) => offered?.includes(value));
    if (still.length > 0) summary = await engine.call('dataset/choose', { key, chosen: still });
  }
  return summary;
}

/** Keeps the dataset in place of the folders of its roles, or nothing where it has no handle. */
async function remember(
  keeper: FolderKeeper,
  { name, questions }: DatasetSummary,
  handle: FileSystemDirectoryHandle | null,
  recipes: RoleRecipes,
): Promise<void> {
  for (const role of allRoles) await keeper.forget(role);
  if (handle === null) {
    await keeper.forget('dataset');
    return;
  }
  const answers = Object.fromEntries(questions.map(({ key, chosen }) => [key, chosen]));
  await keeper.keep({ place: 'dataset', name, handle, answers, recipes, at: Date.now() });
}

/** What was set by hand the last time, where the same camera is chosen again: classes may be others. */
function recipesOf(known: RememberedDataset | null, { questions }: DatasetSummary): RoleRecipes {
  const asBefore = questions.every(
    ({ key, chosen, multiple }) => multiple || JSON.stringify(chosen) === JSON.stringify(known?.answers[key]),
  );
  return (asBefore && known?.recipes) || {};
}

interface Import {
  readonly dataset: DatasetSummary;
  readonly directory: FileSystemDirectoryHandle | null;
  readonly known: RememberedDataset | null;
  readonly opened: ProjectSummary;
}

/** Sets recipes as they were; that of the target images first, because others of the same camera follow it. */
async function rememberImport(
  engine: Engine,
  keeper: FolderKeeper,
  { dataset, directory, known, opened }: Import,
): Promise<ProjectSummary> {
  const recipes = recipesOf(known, dataset);
  await remember(keeper, dataset, directory, recipes);
  let project = opened;
  for (const role of allRoles) {
    const recipe = recipes[role];
    if (recipe && project.folders[role]) project = await engine.call('images/recipe', { role, recipe });
  }
  return project;
}

/** Which roles an import filled, and with what. */
const importedOf = (dataset: DatasetSummary): ImportedDataset => ({
  words: importWords(dataset),
  roles: [
    ...(dataset.target > 0 ? (['target'] as const) : []),
    ...(dataset.test > 0 ? (['test'] as const) : []),
    ...(dataset.pairs > 0 ? (['pairsRgb', 'pairsTarget'] as const) : []),
  ],
});

/** Answers a question at once on the page, then as the engine counts it; a refused answer is taken back. */
function createAnswering(engine: Engine, store: Store): DatasetActions['answerDataset'] {
  let newest = 0;
  return async (key, chosen) => {
    const { dataset } = store.getState();
    if (dataset === null) return;
    const answer = (newest += 1);
    const questions = dataset.questions.map((asked) => (asked.key === key ? { ...asked, chosen } : asked));
    store.setState({ dataset: { ...dataset, questions } });
    const isNewest = (): boolean => answer === newest && store.getState().dataset !== null;
    const done = await attempt(store, 'dataset', async () => {
      const summary = await engine.call('dataset/choose', { key, chosen });
      if (isNewest()) store.setState({ dataset: summary });
    });
    if (!done && isNewest()) store.setState({ dataset });
  };
}

/** What a person does with a whole dataset: find it, answer its questions, import it. */
export function createDatasetActions(
  engine: Engine,
  store: Store,
  { reading }: ProjectSteps,
  keeper: FolderKeeper,
  pickedFor: (role: ImageRole) => Picked | null,
): DatasetActions {
  /** Where the dataset at hand came from; null where it cannot be remembered. */
  let directory: FileSystemDirectoryHandle | null = null;
  /** What was remembered of it, where it was opened again. */
  let known: RememberedDataset | null = null;

  /** Shows what `look` finds, with the progress in the row of the dataset; the project stays as it is. */
  const looking = async (look: () => Promise<DatasetSummary>): Promise<void> => {
    if (await refuseWhileBusy(store, 'dataset', 'no dataset can be opened')) return;
    store.setState({ dataset: null });
    await reading('dataset', async () => {
      store.setState({ dataset: await look() });
      return store.getState().project;
    });
  };

  const findDataset: DatasetActions['findDataset'] = (read) => {
    const reads = read();
    reads.catch(() => undefined); // told where it is awaited, unless the drop is refused
    return looking(async () => {
      const picked = await reads;
      directory = picked.kind === 'directory' ? picked.directory : null;
      known = null;
      return recognise(engine, picked);
    });
  };

  return {
    findDataset,
    async findDatasetIn(role) {
      const picked = pickedFor(role);
      if (picked !== null) await findDataset(() => Promise.resolve(picked));
    },
    async reconnectDataset() {
      const before = store.getState().remembered.dataset;
      if (before === undefined) return;
      await looking(async () => {
        await askToRead(before.handle);
        directory = before.handle;
        known = before;
        return answerAsBefore(engine, await recognise(engine, { kind: 'directory', directory }), before);
      });
    },
    answerDataset: createAnswering(engine, store),
    async importDataset() {
      const { dataset } = store.getState();
      if (dataset === null || (await refuseWhileBusy(store, 'dataset', 'no dataset can be opened'))) return;
      await reading('dataset', async () => {
        const opened = await engine.call('dataset/import', {});
        store.setState({ dataset: null, imported: importedOf(dataset), project: opened });
        return rememberImport(engine, keeper, { dataset, directory, known, opened });
      });
    },
    async closeDataset() {
      store.setState({ dataset: null });
      await attempt(store, 'dataset', () => engine.call('dataset/close', {}));
    },
  };
}
