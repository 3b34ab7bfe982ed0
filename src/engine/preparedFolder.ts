import type { OpenedFolder } from '../data/folder';
import type { PreparedForm, PreparedImage } from '../data/imageDesk';
import { spreadIndices } from '../data/folder';
import { below } from '../data/paths';
import { createPreparedSource } from '../data/preparedSource';
import type { PreparedSource } from '../data/preparedSource';
import { reasonOf } from '../data/reasons';
import type { SourceFile } from '../data/sourceFile';
import type { PackedImage } from '../data/transforms/packed';
import { StudioError } from '../shared/failure';
import type { FailureCode } from '../shared/failure';
import type { ImageSetFile } from './storage/imageSetFile';
import type { PreparedCache } from './storage/preparedCache';

export interface PrepareArgs {
  readonly folder: OpenedFolder;
  readonly form: PreparedForm;
  readonly cache: PreparedCache;
  /** Images under way at a time. */
  readonly atOnce: number;
  /** Asked before each image: waits while paused; whether the person has ended the run. */
  readonly ended: () => Promise<boolean>;
  /**
   * `cached`: those whose pixels were found in storage. `decoded`: those that were decoded now. What has no room and is
   * known already is neither: it is decoded when it is needed.
   */
  readonly onProgress: (progress: { done: number; total: number; cached: number; decoded: number }) => void;
}

/** A folder whose images all were looked at. Indices are those of the folder. */
export interface PreparedFolder {
  readonly source: PreparedSource;
  /** null of those that cannot be used. */
  readonly contentKeys: readonly (string | null)[];
  readonly unreadable: ReadonlyMap<number, string>;
  /** How many of those were changed, moved or removed after the folder was opened. */
  readonly withdrawn: number;
}

/** Faults of a file; anything else (a recipe that does not fit, a mistake of the studio) ends the run. */
const faultsOfFile: ReadonlySet<FailureCode> = new Set([
  'unknown-format',
  'unsupported-format',
  'damaged-file',
  'missing-file',
  'too-large',
]);

/** Memory for images that are decoded ahead. */
const aheadBytes = 64 * 2 ** 20;
/** Images from storage that are prepared again, to see whether they come out the same. */
const spotChecks = 4;

/**
 * Tells a file of a folder from all others, and from itself before it was changed: by size and time of change, since reading
 * it is what storage saves. The content of images that were measured is compared too, see `isTrue`.
 */
const keyOf = (root: string, { path, size, lastModified, source }: SourceFile): string =>
  [below(root, path), size, lastModified, ...(source instanceof Blob ? [] : [source.crc])].join('|');

/** Channels of most prepared images: those of one channel stand for grey, which fits into three. */
function channelsOf({ digests }: OpenedFolder, { recipe, channels }: PreparedForm): 1 | 3 {
  if (channels === 1) return 1;
  return recipe.encoding.kind !== 'replicate' || digests.some((digest) => digest.channels > 2) ? 3 : 1;
}

/** The values of an image in so many channels; null where they do not fit. */
function fitted({ channels, values }: PackedImage, wanted: 1 | 3): Uint16Array | null {
  if (channels === wanted) return values;
  if (channels === 3) return null;
  const repeated = new Uint16Array(values.length * 3);
  values.forEach((value, pixel) => repeated.fill(value, pixel * 3, pixel * 3 + 3));
  return repeated;
}

/** The images of one folder between its files and the cache. */
class Preparation {
  readonly channels: 1 | 3;
  readonly keys: readonly string[];

  constructor(
    readonly folder: OpenedFolder,
    readonly form: PreparedForm,
    readonly set: ImageSetFile,
  ) {
    this.channels = channelsOf(folder, form);
    this.keys = folder.files.map((file) => keyOf(folder.root, file));
  }

  key(index: number): string {
    const key = this.keys[index];
    if (key === undefined) throw new RangeError(`image ${String(index)} of ${String(this.keys.length)}`);
    return key;
  }

  isKept(index: number): boolean {
    return this.set.find(this.key(index))?.kind === 'kept';
  }

  kept(index: number): PackedImage | null {
    const values = this.set.read(this.key(index));
    const [height, width] = this.form.resize;
    return values && { width, height, channels: this.channels, values };
  }

  contentKey(index: number): string | null {
    return this.set.find(this.key(index))?.contentKey ?? this.folder.contentKeys[index] ?? null;
  }

  async prepare(index: number): Promise<PreparedImage> {
    const prepared = await this.folder.prepare(index, this.form);
    this.set.put(this.key(index), prepared.contentKey, fitted(prepared.image, this.channels));
    return prepared;
  }

  /** An image that was prepared before, and is not kept. */
  async prepareAgain(index: number): Promise<PackedImage> {
    const known = this.contentKey(index);
    const { image, contentKey } = await this.prepare(index);
    if (contentKey === known) return image;
    const path = this.folder.files[index]?.path ?? '';
    throw new StudioError({
      code: 'missing-file',
      message: `${path} was changed while the run was going on.`,
      remedy: 'Choose the folder again, and start again.',
    });
  }

  /**
   * Whether what is in storage can be relied on: pixels that were measured when the folder was opened have the same
   * content there, and a few images come out the same when they are prepared again.
   */
  async isTrue(): Promise<boolean> {
    const { keys, folder, set } = this;
    const sameContent = keys.every((key, index) => {
      const [found, measured] = [set.find(key)?.contentKey, folder.contentKeys[index]];
      return found === undefined || measured === null || found === measured;
    });
    if (!sameContent) return false;
    const kept = keys.flatMap((_, index) => (this.isKept(index) ? [index] : []));
    for (const place of spreadIndices(kept.length, spotChecks)) {
      const index = kept[place] ?? 0;
      const stored = this.kept(index);
      const values = await this.#valuesNow(index);
      if (stored && values && !sameValues(stored.values, values)) return false;
    }
    return true;
  }

  /** null where the file cannot be read any more, and what is in storage is all there is. */
  async #valuesNow(index: number): Promise<Uint16Array | null> {
    try {
      return fitted((await this.folder.prepare(index, this.form)).image, this.channels);
    } catch (error) {
      if (error instanceof StudioError && faultsOfFile.has(error.failure.code)) return null;
      throw error;
    }
  }
}

const sameValues = (a: Uint16Array, b: Uint16Array): boolean =>
  a.length === b.length && a.every((value, at) => value === b[at]);

async function openPreparation({ folder, form, cache }: PrepareArgs): Promise<Preparation> {
  const channels = channelsOf(folder, form);
  const keys = new Set(folder.files.map((file) => keyOf(folder.root, file)));
  const set = await cache.open({ folder: `${folder.role}/${folder.name}`, form, channels, keys });
  const preparation = new Preparation(folder, form, set);
  if (!(await preparation.isTrue())) set.clear();
  return preparation;
}

/**
 * Prepares every image of a folder that is not in storage, so that training finds it there. What has no room is decoded
 * once all the same, to know that it can be.
 * @returns null when the person has ended it
 * @throws StudioError `bad-setting` for a recipe that does not fit the images
 */
export async function prepareFolder(args: PrepareArgs): Promise<PreparedFolder | null> {
  const preparation = await openPreparation(args);
  const { set, keys } = preparation;
  const total = keys.length;
  const isReady = (index: number): boolean =>
    preparation.isKept(index) || (!set.hasRoom() && preparation.contentKey(index) !== null);
  const todo = keys.flatMap((_, index) => (isReady(index) ? [] : [index]));
  const ready = total - todo.length;
  const cached = keys.filter((_, index) => preparation.isKept(index)).length;
  const unreadable = new Map<number, string>();
  let decoded = 0;
  let withdrawn = 0;
  const report = (): void => args.onProgress({ done: ready + decoded, total, cached, decoded });
  report();
  const prepareOne = async (index: number): Promise<void> => {
    try {
      if (!isReady(index)) await preparation.prepare(index);
    } catch (error) {
      if (!(error instanceof StudioError) || !faultsOfFile.has(error.failure.code)) throw error;
      if (error.failure.code === 'missing-file') withdrawn++;
      unreadable.set(index, reasonOf(error, args.folder.files[index]?.path ?? ''));
    }
    decoded++;
    report();
  };
  try {
    if (!(await eachInTurn(todo, args, prepareOne))) return null;
  } finally {
    set.flush();
  }
  return {
    source: sourceOf(preparation),
    contentKeys: keys.map((_, index) => (unreadable.has(index) ? null : preparation.contentKey(index))),
    unreadable,
    withdrawn,
  };
}

/** Works on some indices at a time, and asks before each whether to go on. @returns false when it was ended */
async function eachInTurn(
  indices: readonly number[],
  { atOnce, ended }: Pick<PrepareArgs, 'atOnce' | 'ended'>,
  work: (index: number) => Promise<void>,
): Promise<boolean> {
  const underWay = new Set<Promise<void>>();
  for (const index of indices) {
    if (await ended()) {
      await Promise.allSettled(underWay);
      return false;
    }
    const piece: Promise<void> = work(index).finally(() => underWay.delete(piece));
    underWay.add(piece);
    if (underWay.size >= atOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
  return true;
}

function sourceOf(preparation: Preparation): PreparedSource {
  const [height, width] = preparation.form.resize;
  const imageBytes = height * width * preparation.channels * Uint16Array.BYTES_PER_ELEMENT;
  return createPreparedSource({
    count: preparation.keys.length,
    isKept: (index) => preparation.isKept(index),
    kept: (index) => preparation.kept(index),
    prepare: (index) => preparation.prepareAgain(index),
    ahead: Math.min(256, Math.max(8, Math.floor(aheadBytes / imageBytes))),
  });
}
