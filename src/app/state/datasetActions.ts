import type { StoreApi } from 'zustand/vanilla';
import { StudioError } from '../../shared/failure';
import type { DatasetSummary } from '../../shared/datasets';
import { attempt } from './attempt';
import { busyFailure } from './busy';
import type { Picked } from './dropFiles';
import type { Engine } from './engine';
import { askToRead } from './folderActions';
import type { FolderKeeper } from './folderKeeper';
import type { ProjectSteps } from './projectSteps';
import type { RememberedDataset } from './remembered';
import { isActive } from './run';
import type { StudioState } from './studioState';

export interface DatasetActions {
  /** `read` begins before this returns, because a drop can only be read inside its event. */
  readonly findDataset: (read: () => Promise<Picked>) => Promise<void>;
  /** Opens the remembered dataset again, its questions answered as before; call it inside a click. */
  readonly reconnectDataset: () => Promise<void>;
  readonly answerDataset: (key: string, chosen: readonly string[]) => Promise<void>;
  readonly importDataset: () => Promise<void>;
  readonly closeDataset: () => Promise<void>;
}

type Store = StoreApi<StudioState>;

const known = 'SUN RGB-D (the raw tree), EPFL RGB-NIR, pairs as of NYU or DIML, and folders with *_list.txt files';

function notRecognised(picked: Picked): StudioError {
  const name = picked.kind === 'directory' ? picked.directory.name : (picked.files[0]?.path.split('/')[0] ?? '');
  const found = picked.kind === 'files' ? ` Its ${picked.files.length} files look like none of them.` : '';
  return new StudioError({
    code: 'unknown-format',
    message: `"${name}" is no dataset that the studio knows: ${known}.${found}`,
    remedy: 'Drop the top folder of the dataset as it was unpacked, or open its folders one by one in the rows below.',
  });
}

/** What a person does with a whole dataset: find it, answer its questions, import it. */
export function createDatasetActions(
  engine: Engine,
  store: Store,
  { reading }: ProjectSteps,
  keeper: FolderKeeper,
): DatasetActions {
  /** Where the dataset at hand came from; null where it cannot be remembered. */
  let directory: FileSystemDirectoryHandle | null = null;
  let newestAnswer = 0;

  const refused = async (): Promise<boolean> => {
    const { run, reading: busyWith } = store.getState();
    if (!isActive(run) && Object.keys(busyWith).length === 0) return false;
    const failure = busyFailure('no dataset can be opened', isActive(run) ? 'run' : 'reading');
    await attempt(store, 'dataset', () => Promise.reject(new StudioError(failure)));
    return true;
  };

  const find = async (picked: Picked): Promise<DatasetSummary> => {
    directory = picked.kind === 'directory' ? picked.directory : null;
    const summary = await engine.call(
      'dataset/find',
      picked.kind === 'directory' ? { files: [], directory: picked.directory } : { files: picked.files },
    );
    if (summary === null) throw notRecognised(picked);
    return summary;
  };

  /** Shows what `look` finds, with the progress in the row of the dataset; the project stays as it is. */
  const looking = async (look: () => Promise<DatasetSummary>): Promise<void> => {
    if (await refused()) return;
    store.setState({ dataset: null });
    await reading('dataset', async () => {
      store.setState({ dataset: await look() });
      return store.getState().project;
    });
  };

  const answerAsBefore = async (found: DatasetSummary, before: RememberedDataset): Promise<DatasetSummary> => {
    let summary = found;
    for (const [key, chosen] of Object.entries(before.answers)) {
      const offered = summary.questions.find((question) => question.key === key)?.options.map(({ value }) => value);
      const still = chosen.filter((value) => offered?.includes(value));
      if (still.length > 0) summary = await engine.call('dataset/choose', { key, chosen: still });
    }
    return summary;
  };

  return {
    findDataset: (read) => {
      const picked = read();
      picked.catch(() => undefined); // told below, unless the drop is refused
      return looking(async () => find(await picked));
    },
    async reconnectDataset() {
      const before = store.getState().remembered.dataset;
      if (before === undefined) return;
      await looking(async () => {
        await askToRead(before.handle);
        return answerAsBefore(await find({ kind: 'directory', directory: before.handle }), before);
      });
    },
    async answerDataset(key, chosen) {
      const { dataset } = store.getState();
      if (dataset === null) return;
      const answer = (newestAnswer += 1);
      const questions = dataset.questions.map((question) =>
        question.key === key ? { ...question, chosen } : question,
      );
      store.setState({ dataset: { ...dataset, questions } });
      const done = await attempt(store, 'dataset', async () => {
        const summary = await engine.call('dataset/choose', { key, chosen });
        // A newer answer is on its way, or the dataset was let go.
        if (answer === newestAnswer && store.getState().dataset !== null) store.setState({ dataset: summary });
      });
      if (!done && answer === newestAnswer) store.setState({ dataset });
    },
    async importDataset() {
      const { dataset } = store.getState();
      if (dataset === null || (await refused())) return;
      const from = directory;
      await reading('dataset', async () => {
        const project = await engine.call('dataset/import', {});
        store.setState({ dataset: null, project });
        for (const role of ['target', 'test', 'pairsRgb', 'pairsTarget'] as const) await keeper.forget(role);
        if (from === null) await keeper.forget('dataset');
        else {
          const answers = Object.fromEntries(dataset.questions.map(({ key, chosen }) => [key, chosen]));
          await keeper.keep({ place: 'dataset', name: dataset.name, handle: from, answers, at: Date.now() });
        }
        return project;
      });
    },
    async closeDataset() {
      store.setState({ dataset: null });
      await attempt(store, 'dataset', async () => {
        await engine.call('dataset/close', {});
      });
    },
  };
}
