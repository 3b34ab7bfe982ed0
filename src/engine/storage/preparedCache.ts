import { sha256 } from '../../data/digest';
import type { PreparedForm } from '../../data/imageDesk';
import type { CacheSummary } from '../../shared/images';
import { ImageSetFile } from './imageSetFile';
import type { ImageSetFileArgs } from './imageSetFile';
import { createMemoryShelf } from './shelf';
import type { RandomFile, Shelf, StoredFile } from './shelf';

/** Raised when the files themselves mean something else; what is prepared otherwise than before is found by comparing. */
const version = 2;

export interface CachedSetArgs {
  /** Which folder, whatever is in it: images are told apart by path, size and time of change. */
  readonly folder: string;
  readonly form: PreparedForm;
  /** Of the prepared images. */
  readonly channels: 1 | 3;
  /** Keys of the images that are needed now. */
  readonly keys: ReadonlySet<string>;
}

/**
 * Prepared images that outlive a run, and where there is storage a visit. What is kept of a file is taken for the file as
 * long as its path, size and time of change are the same, as rsync and make do; the content of images that were measured is
 * compared too. Those are all images of folders of up to 2,000, and 500 of larger ones: any other picture of these that was
 * exchanged for one of the same size, with its time of change put back, goes unnoticed.
 */
export interface PreparedCache {
  /** Those of earlier runs may be thrown away from now on, and what fails is told anew. */
  startRun(): void;
  /** Opens the images of a folder in one form, and makes room for as many of `keys` as fit: the oldest sets go. */
  open(args: CachedSetArgs): Promise<ImageSetFile>;
  summary(): Promise<CacheSummary>;
  clear(): Promise<CacheSummary>;
}

/** A line of the index, about. */
const indexBytesPerImage = 300;

const pixelsOf = (name: string): string => `${name}.pixels`;
const indexOf = (name: string): string => `${name}.index`;
const nameOf = (file: string): string => file.replace(/\.\w+$/, '');

interface StoredSet {
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
}

/** Both files of each set together, the one that was used longest ago first. */
function setsOf(files: readonly StoredFile[]): StoredSet[] {
  const sets = new Map<string, StoredSet>();
  for (const file of files) {
    const name = nameOf(file.name);
    const { bytes = 0, modified = 0 } = sets.get(name) ?? {};
    sets.set(name, { name, bytes: bytes + file.bytes, modified: Math.max(modified, file.modified) });
  }
  return [...sets.values()].sort((a, b) => a.modified - b.modified);
}

async function nameOfSet({ folder, form, channels }: CachedSetArgs): Promise<{ name: string; title: string }> {
  const title = JSON.stringify([version, folder, form, channels]);
  return { name: (await sha256(new TextEncoder().encode(title))).slice(0, 32), title };
}

/** Values of an image. */
const lengthOf = ({ form, channels }: CachedSetArgs): number => form.resize[0] * form.resize[1] * channels;

async function summaryOf(shelf: Shelf): Promise<CacheSummary> {
  const sets = setsOf(await shelf.list());
  const bytes = sets.reduce((sum, set) => sum + set.bytes, 0);
  return { bytes, limitBytes: shelf.limitBytes, sets: sets.length };
}

interface RoomArgs {
  /** The set that needs room, and how many bytes. */
  readonly name: string;
  readonly wanted: number;
  readonly mayGo: (name: string) => boolean;
  /** @returns whether it is gone */
  readonly remove: (name: string) => Promise<boolean>;
}

/** Bytes left for a set when the oldest others, as many as must, have gone. */
async function makeRoomFor(shelf: Shelf, { name, wanted, mayGo, remove }: RoomArgs): Promise<number> {
  let others = setsOf(await shelf.list()).filter((set) => set.name !== name);
  const stuck = new Set<StoredSet>();
  const left = (): number => shelf.limitBytes - others.reduce((sum, { bytes }) => sum + bytes, 0);
  for (;;) {
    const oldest = others.find((set) => mayGo(set.name) && !stuck.has(set));
    if (left() >= wanted || !oldest) return Math.max(0, left());
    if (await remove(oldest.name)) others = others.filter((set) => set !== oldest);
    else stuck.add(oldest);
  }
}

async function removeFiles(shelf: Shelf, name: string): Promise<void> {
  const files = new Set((await shelf.list()).map((file) => file.name));
  for (const file of [pixelsOf(name), indexOf(name)]) if (files.has(file)) await shelf.remove(file);
}

async function openSet(
  shelf: Shelf,
  name: string,
  set: Pick<ImageSetFileArgs, 'title' | 'length' | 'onRefused'>,
): Promise<ImageSetFile> {
  const files: RandomFile[] = [];
  try {
    for (const file of [pixelsOf(name), indexOf(name)]) files.push(await shelf.open(file));
    const [pixels, index] = files as [RandomFile, RandomFile];
    return new ImageSetFile({ pixels, index, ...set });
  } catch (error) {
    // An open file can neither be opened again nor be removed.
    for (const file of files) file.close();
    throw error;
  }
}

/**
 * @param openShelf called once, with the first set
 * @param onRefused told, once a run, when the storage fails or has no room; runs go on all the same, and decode again what is
 * not kept
 */
export function createPreparedCache(openShelf: () => Promise<Shelf>, onRefused: (error: Error) => void): PreparedCache {
  let shelf: Promise<Shelf> | null = null;
  const theShelf = (): Promise<Shelf> => (shelf ??= openShelf());
  const open = new Map<string, ImageSetFile>();
  const inUse = new Set<string>();
  let told = false;
  const refuse = (error: unknown): void => {
    if (!(error instanceof Error)) throw error;
    if (told) return;
    told = true;
    onRefused(error);
  };

  const removeSet = async (name: string): Promise<boolean> => {
    open.get(name)?.close();
    open.delete(name);
    inUse.delete(name);
    try {
      await removeFiles(await theShelf(), name);
      return true;
    } catch (error) {
      refuse(error);
      return false;
    }
  };

  const openKept = async (args: CachedSetArgs): Promise<ImageSetFile> => {
    const { name, title } = await nameOfSet(args);
    const length = lengthOf(args);
    const imageBytes = length * Uint16Array.BYTES_PER_ELEMENT + indexBytesPerImage;
    const place = await theShelf();
    // Also where the limit is no number.
    if (!(place.limitBytes >= imageBytes)) throw new DOMException('No image has room.', 'QuotaExceededError');
    inUse.add(name);
    const wanted = args.keys.size * imageBytes;
    const room = await makeRoomFor(place, { name, wanted, mayGo: (other) => !inUse.has(other), remove: removeSet });
    const set = open.get(name) ?? (await openSet(place, name, { title, length, onRefused: refuse }));
    open.set(name, set);
    set.makeRoom(Math.floor(room / imageBytes), args.keys);
    return set;
  };

  return {
    startRun() {
      inUse.clear();
      told = false;
    },
    open: (args) =>
      openKept(args).catch((error: unknown) => {
        refuse(error);
        return openUnkept(args, refuse);
      }),
    summary: async () => summaryOf(await theShelf()),
    async clear() {
      told = false;
      for (const { name } of setsOf(await (await theShelf()).list())) await removeSet(name);
      return summaryOf(await theShelf());
    },
  };
}

/** A set that keeps nothing, for a storage that refuses: it only remembers what is in the files. */
async function openUnkept(args: CachedSetArgs, onRefused: (error: Error) => void): Promise<ImageSetFile> {
  const place = createMemoryShelf(0);
  const [pixels, index] = [await place.open('pixels'), await place.open('index')];
  return new ImageSetFile({ pixels, index, title: '', length: lengthOf(args), onRefused });
}
