import type { StoreApi } from 'zustand/vanilla';
import type { AnyRemembered, FolderMemory, RememberedFolders, RememberedPlace } from './remembered';
import type { StudioState } from './studioState';

/** What the page remembers of folders, in its state and in the browser; remembering never fails aloud. */
export interface FolderKeeper {
  /** Takes over what earlier visits left. */
  readonly recall: () => Promise<void>;
  readonly keep: (folder: AnyRemembered) => Promise<void>;
  readonly forget: (place: RememberedPlace) => Promise<void>;
}

/** The folders of this page and of the next one. What storage refuses is told once, and everything else goes on. */
export function createFolderKeeper(store: StoreApi<StudioState>, memory: FolderMemory): FolderKeeper {
  const attempt = async (work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (thrown) {
      const message = `This browser does not remember folders for the next visit: ${String(thrown)}.`;
      store.setState(({ engineNotices: told }) =>
        told.some((notice) => notice.message === message)
          ? {}
          : { engineNotices: [...told, { level: 'info', message }] },
      );
    }
  };
  return {
    recall: async () => {
      try {
        const kept = await memory.load();
        store.setState(({ remembered }) => ({ remembered: { ...kept, ...remembered } }));
      } catch {
        // Without storage (a private window, a full disk) there is nothing to offer; that is no news before a folder is opened.
      }
    },
    keep: async (folder) => {
      store.setState(({ remembered }) => ({ remembered: withFolder(remembered, folder) }));
      await attempt(() => memory.keep(folder));
    },
    forget: async (place) => {
      store.setState(({ remembered }) => ({ remembered: withoutPlace(remembered, place) }));
      await attempt(() => memory.forget(place));
    },
  };
}

const withFolder = (all: RememberedFolders, folder: AnyRemembered): RememberedFolders =>
  folder.place === 'dataset' ? { ...all, dataset: folder } : { ...all, [folder.place]: folder };

function withoutPlace(all: RememberedFolders, place: RememberedPlace): RememberedFolders {
  const rest = { ...all };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy, and the key is one of a closed set
  delete rest[place];
  return rest;
}
