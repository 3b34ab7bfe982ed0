import { createStore, del, entries, set } from 'idb-keyval';
import type { FolderListing, ImageRole } from '../../shared/images';
import type { ImageRecipe } from '../../shared/recipe';

export type RememberedPlace = ImageRole | 'dataset';

interface Remembered {
  readonly name: string;
  readonly handle: FileSystemDirectoryHandle;
  /** When it was opened, in milliseconds since 1970. */
  readonly at: number;
}

/** A folder of images that was open in a role. */
export interface RememberedFolder extends Remembered {
  readonly place: ImageRole;
  /** Its files at that time, to tell what changed since. */
  readonly listing: FolderListing;
  /** What the person set by hand; null for the suggestion. */
  readonly recipe: ImageRecipe | null;
}

export type RoleRecipes = Readonly<Partial<Record<ImageRole, ImageRecipe>>>;

/** A dataset that was imported, with the answers to its questions. */
export interface RememberedDataset extends Remembered {
  readonly place: 'dataset';
  readonly answers: Readonly<Record<string, readonly string[]>>;
  /** What the person set by hand in the roles that it fills. */
  readonly recipes?: RoleRecipes;
}

export type AnyRemembered = RememberedFolder | RememberedDataset;
export type RememberedFolders = Readonly<
  Partial<Record<ImageRole, RememberedFolder>> & { readonly dataset?: RememberedDataset }
>;

/** Keeps the handles of folders from one visit to the next. Every promise rejects with what the browser says. */
export interface FolderMemory {
  readonly load: () => Promise<RememberedFolders>;
  readonly keep: (folder: AnyRemembered) => Promise<void>;
  readonly forget: (place: RememberedPlace) => Promise<void>;
}

/** Another shape of what is kept needs another name: what an older studio kept is not read. */
const databaseName = 'socket-studio-folders-1';

/** In IndexedDB, which holds handles; the files themselves are never copied. */
export function createFolderMemory(): FolderMemory {
  const store = createStore(databaseName, 'folders');
  return {
    load: async () => Object.fromEntries(await entries<RememberedPlace, AnyRemembered>(store)),
    keep: (folder) => set(folder.place, folder, store),
    forget: (place) => del(place, store),
  };
}

/** Remembers nothing: for browsers without handles, and for pages that are driven. */
export const noMemory: FolderMemory = {
  load: () => Promise.resolve({}),
  keep: () => Promise.resolve(),
  forget: () => Promise.resolve(),
};

const msADay = 24 * 60 * 60 * 1000;

/** How long ago, in words: `today`, `yesterday`, `12 days ago`. By calendar days of this computer. */
export function daysAgo(at: number, now: number): string {
  const dayOf = (time: number): number => {
    const date = new Date(time);
    return Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / msADay;
  };
  const days = Math.max(0, dayOf(now) - dayOf(at));
  if (days === 0) return 'today';
  return days === 1 ? 'yesterday' : `${days} days ago`;
}
