import { StudioError } from '../shared/failure';
import { listFolder } from './catalog';
import { mapConcurrently } from './concurrency';
import { describeFolder } from './folderFacts';
import type { FolderImage } from './folderFacts';
import { sortDrop } from './intake';
import { baseName } from './paths';
import { fewestImages, reasonOf, roleNames, tooFewImages } from './reasons';
import type { CatalogEntry, FileFacts } from './catalog';
import type { FolderStatistics, ImageDigest } from './digest';
import type { ImageDesk, PreparedForm, PreparedImage } from './imageDesk';
import type { RoleDescription } from './datasets/dataset';
import type { SourceFile } from './sourceFile';
import type { RawImage } from '../formats/images/format';
import type { FolderSummary, ImageRole } from '../shared/images';
import type { ImageRecipe, SkippedFile } from '../shared/recipe';

/** What follows from the measured images of a folder. */
export interface FolderFacts {
  /** What was measured: of all entries of a small folder, else of a sample spread over it. */
  readonly digests: readonly ImageDigest[];
  /** Suggested from what is in the folder. */
  readonly recipe: ImageRecipe;
  readonly recipeReason: string;
  /** @param recipe what is set now, if it is not the suggested one */
  readonly summary: (recipe?: ImageRecipe, recipeReason?: string) => FolderSummary;
}

/** A folder of images. The same index always names the same image. */
export interface OpenedFolder extends FolderFacts {
  readonly role: ImageRole;
  readonly name: string;
  /** Directory that contains all images, '' if they have none in common. */
  readonly root: string;
  /** In natural order of their paths. */
  readonly entries: readonly CatalogEntry[];
  /** The file of each entry. */
  readonly files: readonly SourceFile[];
  /** Names the pixels of each entry; null of those that were not decoded yet. */
  readonly contentKeys: readonly (string | null)[];
  /** Class names in order; null without labels. */
  readonly classes: readonly string[] | null;
  readonly statistics: FolderStatistics;
  readonly skipped: readonly SkippedFile[];
  /**
   * Of paths below the root and pixels, whatever the folder itself is called. While only a sample was decoded it begins
   * with `sample:` and knows the others by their sizes.
   */
  readonly fingerprint: string;
  /** The facts from some images alone, as those that have a partner; from all where none of them was measured. */
  readonly factsOf: (indices: readonly number[]) => FolderFacts;
  /**
   * Pixels of one image; the last few are remembered.
   * @throws StudioError of its file: `missing-file` when it changed since, `damaged-file`, ...
   */
  readonly raw: (index: number) => Promise<RawImage>;
  /**
   * Decodes and prepares one image.
   * @throws StudioError of its file; `bad-setting` for a recipe that does not fit it
   */
  readonly prepare: (index: number, form: PreparedForm) => Promise<PreparedImage>;
  /** The same folder once all images were decoded: without those that cannot be used. */
  readonly afterDecoding: (outcome: DecodedEntries) => Promise<OpenedFolder>;
}

/** What decoding all images of a folder brought to light. */
export interface DecodedEntries {
  /** Of each entry; null of those that cannot be used. */
  readonly contentKeys: readonly (string | null)[];
  /** Why an entry cannot be used, by its index. */
  readonly unreadable: ReadonlyMap<number, string>;
}

export interface OpenFolderArgs {
  readonly role: ImageRole;
  readonly files: readonly SourceFile[];
  readonly desk: ImageDesk;
  /** Files of the same choice that were found not to be readable before. */
  readonly skipped?: readonly SkippedFile[];
  /** What the importer of a dataset knows of the files, by path; labels then come from nowhere else. */
  readonly facts?: ReadonlyMap<string, FileFacts>;
  /** What the images are called, and their camera, where the importer of a dataset knows it. */
  readonly description?: RoleDescription | undefined;
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the opening between two files, by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Folders of up to so many images are decoded and measured whole. */
  readonly measureWhole?: number;
  /** Images measured of larger ones. */
  readonly sample?: number;
}

const defaultWhole = 2000;
const defaultSample = 500;

/** `wanted` indices spread evenly over `count`, ascending. */
export function spreadIndices(count: number, wanted: number): number[] {
  const taken = Math.min(count, wanted);
  return Array.from({ length: taken }, (_, at) => Math.floor((at * count) / taken));
}

/** What became of an image: measured, left for later, or found not to be usable. */
type Outcome = { readonly digest: ImageDigest | null } | { readonly reason: string };

async function measure(desk: ImageDesk, file: SourceFile): Promise<Outcome> {
  try {
    return { digest: await desk.measure(file) };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { reason: reasonOf(error, file.path) };
  }
}

/** Measures `wanted` of the files, spread evenly; the others are left for later. */
async function measureSome(
  files: readonly SourceFile[],
  wanted: number,
  { desk, signal }: Pick<OpenFolderArgs, 'desk' | 'signal'>,
  onMeasured: () => void,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = files.map(() => ({ digest: null }));
  await mapConcurrently(spreadIndices(files.length, wanted), desk.atOnce, async (index) => {
    signal?.throwIfAborted();
    const file = files[index];
    if (file) outcomes[index] = await measure(desk, file);
    onMeasured();
  });
  return outcomes;
}

/**
 * Opens a folder: lists the images, and decodes all of a small folder, or a sample of a large one, to measure it.
 * What is no image is told by the first bytes of the files, in a large folder by their names and sizes. Files that cannot be used are skipped and named with the reason; those that a
 * sample left out are found when all images are prepared.
 * @throws StudioError `no-images` when too few are left; what `signal` was aborted with
 */
export async function openFolder(args: OpenFolderArgs): Promise<OpenedFolder> {
  const { role, files, desk, onProgress, signal, measureWhole = defaultWhole, sample = defaultSample } = args;
  const toMeasure = (images: number): number => (images <= measureWhole ? images : sample);
  let looked = 0;
  const intake = await sortDrop(files, {
    signal,
    lookAtAll: measureWhole,
    onProgress: (done, total) => {
      looked = total;
      onProgress?.(done, total + toMeasure(total));
    },
  });
  const listed = listFolder(
    intake.images.map(({ path }) => path),
    intake.list,
    args.facts,
  );
  const name = args.description?.name ?? (baseName(listed.root) || files[0]?.path.split('/')[0] || roleNames[role]);
  const fileAt = new Map(intake.images.map((file) => [file.path, file]));
  const images = listed.entries.flatMap((entry) => {
    const file = fileAt.get(entry.path);
    return file ? [{ entry, file }] : [];
  });
  const wanted = toMeasure(images.length);
  let measured = 0;
  const outcomes = await measureSome(
    images.map(({ file }) => file),
    wanted,
    args,
    () => onProgress?.(looked + ++measured, looked + wanted),
  );
  const skipped = [...(args.skipped ?? []), ...intake.skipped, ...listed.skipped];
  const usable: FolderImage[] = [];
  images.forEach((image, index) => {
    const outcome = outcomes[index] ?? { digest: null };
    if ('digest' in outcome)
      usable.push({ ...image, digest: outcome.digest, contentKey: outcome.digest?.contentKey ?? null });
    else skipped.push({ path: image.entry.path, reason: outcome.reason });
  });
  const found = usable.some(({ digest }) => digest) ? usable.length : 0;
  if (found < fewestImages(role)) throw tooFewImages(role, name, found, files, skipped);
  const { intrinsics } = args.description ?? {};
  return describeFolder({ role, name, intrinsics, ...listed, skipped, images: usable, desk });
}
