import { sha256 } from '../../data/digest';
import type { PreparedForm } from '../../data/imageDesk';
import type { CacheSummary } from '../../shared/images';
import { ImageSetFile } from './imageSetFile';
import { createMemoryShelf } from './shelf';
import type { Shelf, StoredFile } from './shelf';

/** Raised when the files themselves mean something else; what is prepared otherwise than before is found by comparing. */
const version = 2;

export interface CachedSetArgs {
  /** Which folder, whatever is in it: images are told apart by path, size, time of change and content. */
  readonly folder: string;
  readonly form: PreparedForm;
  /** Of the prepared images. */
  readonly channels: 1 | 3;
  /** Keys of the images that are needed now. */
  readonly keys: ReadonlySet<string>;
}

/** Prepared images that outlive a run, and where there is storage a visit. */
export interface PreparedCache {
  /** Those of earlier runs may be thrown away from now on. */
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

/**
 * @param openShelf called once, with the first set
 * @param onRefused told when the storage takes no more; runs go on all the same
 */
export function createPreparedCache(openShelf: () => Promise<Shelf>, onRefused: (error: Error) => void): PreparedCache {
  let shelf: Promise<Shelf> | null = null;
  const theShelf = (): Promise<Shelf> => (shelf ??= openShelf());
  const open = new Map<string, ImageSetFile>();
  const inUse = new Set<string>();

  const removeSet = async (name: string): Promise<void> => {
    open.get(name)?.close();
    open.delete(name);
    inUse.delete(name);
    const place = await theShelf();
    const files = new Set((await place.list()).map((file) => file.name));
    for (const file of [pixelsOf(name), indexOf(name)]) if (files.has(file)) await place.remove(file);
  };

  /** Bytes left for a set when the oldest others, as many as must, have gone. */
  const makeRoomFor = async (name: string, wanted: number): Promise<number> => {
    const place = await theShelf();
    let others = setsOf(await place.list()).filter((set) => set.name !== name);
    const left = (): number => place.limitBytes - others.reduce((sum, { bytes }) => sum + bytes, 0);
    for (;;) {
      const oldest = others.find((set) => !inUse.has(set.name));
      if (left() >= wanted || !oldest) return Math.max(0, left());
      await removeSet(oldest.name);
      others = others.filter((set) => set !== oldest);
    }
  };

  const openSet = async (name: string, title: string, length: number): Promise<ImageSetFile> => {
    const place = await theShelf();
    const pixels = await place.open(pixelsOf(name));
    return new ImageSetFile({ pixels, index: await place.open(indexOf(name)), title, length, onRefused });
  };

  const openKept = async (args: CachedSetArgs): Promise<ImageSetFile> => {
    const { name, title } = await nameOfSet(args);
    const length = lengthOf(args);
    const imageBytes = length * Uint16Array.BYTES_PER_ELEMENT + indexBytesPerImage;
    inUse.add(name);
    const room = await makeRoomFor(name, args.keys.size * imageBytes);
    const set = open.get(name) ?? (await openSet(name, title, length));
    open.set(name, set);
    set.makeRoom(Math.floor(room / imageBytes), args.keys);
    return set;
  };

  return {
    startRun() {
      inUse.clear();
    },
    async open(args) {
      try {
        return await openKept(args);
      } catch (error) {
        if (!(error instanceof DOMException)) throw error;
        onRefused(error);
        return openUnkept(args, onRefused);
      }
    },
    summary: async () => summaryOf(await theShelf()),
    async clear() {
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
