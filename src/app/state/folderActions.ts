import type { StoreApi } from 'zustand/vanilla';
import { StudioError } from '../../shared/failure';
import type { FolderListing, ImageRole } from '../../shared/images';
import type { PairRule } from '../../shared/pairs';
import type { ProjectSummary } from '../../shared/protocol';
import type { ImageRecipe } from '../../shared/recipe';
import { without } from './attempt';
import { refuseWhileBusy } from './busy';
import type { Picked } from './dropFiles';
import type { Engine } from './engine';
import type { FolderKeeper } from './folderKeeper';
import type { ProjectSteps } from './projectSteps';
import type { RememberedDataset, RememberedFolder, RememberedPlace } from './remembered';
import type { StudioState } from './studioState';

export interface FolderActions {
  /** Looks up what earlier visits left. */
  readonly recall: () => Promise<void>;
  /** Opens a remembered folder again; call it inside a click, because the browser may ask for permission. */
  readonly reconnect: (role: ImageRole) => Promise<void>;
  readonly forgetFolder: (place: RememberedPlace) => Promise<void>;
  readonly removeFolder: (role: ImageRole) => Promise<void>;
  readonly setRecipe: (role: ImageRole, recipe: ImageRecipe) => Promise<void>;
  readonly setPairRule: (rule: PairRule) => Promise<void>;
}

/** Opens what was picked in a role; a folder that has a handle is remembered. */
export type FolderOpener = (role: ImageRole, picked: Picked) => Promise<ProjectSummary>;

type Store = StoreApi<StudioState>;

/**
 * Asks the browser for permission to read; nothing may be awaited before it in a click.
 * @throws StudioError `missing-file` when the person or the browser refuses
 */
export async function askToRead(handle: FileSystemDirectoryHandle): Promise<void> {
  if ((await handle.requestPermission({ mode: 'read' })) === 'granted') return;
  throw new StudioError({
    code: 'missing-file',
    message: `The browser may not read "${handle.name}". Your files are untouched.`,
    remedy: 'Reconnect it again and allow reading, or choose the folder.',
  });
}

/** Whether a handle is the one that is remembered; false also where the browser cannot tell. */
async function isSame(directory: FileSystemDirectoryHandle, known: RememberedFolder): Promise<boolean> {
  try {
    return await directory.isSameEntry(known.handle);
  } catch {
    return false;
  }
}

/** The folder of a role is no longer that of the dataset that was imported. */
function leaveImport(store: Store, role: ImageRole): void {
  store.setState(({ imported }) => {
    const roles = imported?.roles.filter((other) => other !== role) ?? [];
    return { imported: imported !== null && roles.length > 0 ? { ...imported, roles } : null };
  });
}

/** The dataset with what was set by hand in a role; a recipe of the target images is also that of the same camera's others. */
function withRecipe(dataset: RememberedDataset, role: ImageRole, byHand: ImageRecipe | null): RememberedDataset {
  const { pairsRgb } = dataset.recipes ?? {};
  const others = role === 'target' ? { ...(pairsRgb && { pairsRgb }) } : without(dataset.recipes ?? {}, role);
  return { ...dataset, recipes: { ...others, ...(byHand && { [role]: byHand }) } };
}

/** Opens folders, and knows which of them are remembered. */
interface FolderDoor {
  readonly openFolder: FolderOpener;
  readonly openAgain: (known: RememberedFolder) => Promise<ProjectSummary>;
  /** The open folder of a role is not the one that is remembered. */
  readonly disconnect: (role: ImageRole) => void;
  /** What the open folder of a role came from; null where no person chose it. */
  readonly pickedFor: (role: ImageRole) => Picked | null;
  readonly isConnected: (role: ImageRole) => boolean;
}

function createFolderDoor(engine: Engine, store: Store, keeper: FolderKeeper): FolderDoor {
  /** Roles whose open folder is the one that is remembered. */
  const connected = new Set<ImageRole>();
  /** Roles whose remembered folder could not be found: what is chosen next stands for it. */
  const lost = new Set<ImageRole>();
  const pickedOf = new Map<ImageRole, Picked>();

  const openDirectory = async (
    role: ImageRole,
    directory: FileSystemDirectoryHandle,
    known: RememberedFolder | undefined,
  ): Promise<ProjectSummary> => {
    connected.delete(role);
    const before: FolderListing | undefined = known?.listing;
    let project = await engine.call('images/open', { role, files: [], directory, ...(before && { before }) });
    pickedOf.set(role, { kind: 'directory', directory });
    leaveImport(store, role);
    store.setState({ project }); // it is open, whatever becomes of its recipe
    const recipe = known?.recipe ?? null;
    if (recipe !== null) project = await engine.call('images/recipe', { role, recipe });
    const listing = await engine.call('images/listing', { role });
    await keeper.keep({ place: role, name: directory.name, handle: directory, listing, recipe, at: Date.now() });
    lost.delete(role);
    connected.add(role);
    return project;
  };

  return {
    async openFolder(role, picked) {
      connected.delete(role);
      if (picked.kind === 'files') {
        const project = await engine.call('images/open', { role, files: picked.files });
        pickedOf.set(role, picked);
        leaveImport(store, role);
        return project;
      }
      const known = store.getState().remembered[role];
      const again = known !== undefined && (lost.has(role) || (await isSame(picked.directory, known)));
      return openDirectory(role, picked.directory, again ? known : undefined);
    },
    async openAgain(known) {
      try {
        return await openDirectory(known.place, known.handle, known);
      } catch (thrown) {
        if (thrown instanceof StudioError && thrown.failure.code === 'missing-file') lost.add(known.place);
        throw thrown;
      }
    },
    disconnect: (role) => connected.delete(role),
    pickedFor: (role) => pickedOf.get(role) ?? null,
    isConnected: (role) => connected.has(role),
  };
}

/** What a person does to the folders of images. */
export function createFolderActions(
  engine: Engine,
  store: Store,
  { reading, changing }: ProjectSteps,
  keeper: FolderKeeper,
): FolderActions & Pick<FolderDoor, 'openFolder' | 'pickedFor'> {
  const door = createFolderDoor(engine, store, keeper);
  return {
    openFolder: door.openFolder,
    pickedFor: door.pickedFor,
    recall: keeper.recall,
    forgetFolder: keeper.forget,
    async reconnect(role) {
      const known = store.getState().remembered[role];
      if (known === undefined || (await refuseWhileBusy(store, role, 'no folder can be opened'))) return;
      await reading(role, async () => {
        await askToRead(known.handle);
        return door.openAgain(known);
      });
    },
    removeFolder: async (role) => {
      door.disconnect(role);
      const removed = await changing(role, () => engine.call('images/remove', { role }));
      if (removed) leaveImport(store, role);
    },
    async setRecipe(role, recipe) {
      await changing(`recipe ${role}`, async () => {
        const project = await engine.call('images/recipe', { role, recipe });
        const { remembered, imported } = store.getState();
        const known = remembered[role];
        const isSuggested = JSON.stringify(project.folders[role]?.suggestedRecipe) === JSON.stringify(recipe);
        const byHand = isSuggested ? null : recipe; // what is shown is kept
        if (imported?.roles.includes(role) === true) {
          if (remembered.dataset) await keeper.keep(withRecipe(remembered.dataset, role, byHand));
        } else if (known !== undefined && door.isConnected(role)) {
          await keeper.keep({ ...known, recipe: byHand });
        }
        return project;
      });
    },
    setPairRule: async (rule) => {
      await changing('pairs', () => engine.call('pairs/rule', { rule }));
    },
  };
}
