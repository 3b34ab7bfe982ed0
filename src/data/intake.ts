import { findImageFormat, headBytes, imageExtensions } from '../formats/images/registry';
import { describeContent } from '../formats/images/sniff';
import { isImageArchive } from '../formats/images/npz';
import { isZip } from '../formats/zip';
import { listZip } from '../formats/zipIndex';
import { StudioError } from '../shared/failure';
import { mapConcurrently } from './concurrency';
import { chooseLabelList } from './labelList';
import { commonDirectory, extensionOf, isIgnored, withoutExtension } from './paths';
import { reasonOf } from './reasons';
import { readHead, readText } from './sourceFile';
import type { LabelList } from './labelList';
import type { SourceFile } from './sourceFile';
import type { SkippedFile } from '../shared/recipe';

/** A drop, sorted by what its files are. */
export interface Intake {
  /** Files whose first bytes are those of an image, whatever they are called; of many, also those only called so. */
  readonly images: readonly SourceFile[];
  readonly list: LabelList | null;
  readonly skipped: readonly SkippedFile[];
}

export interface IntakeOptions {
  /** Files looked at so far, of how many. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Ends the work between two files. */
  readonly signal?: AbortSignal | undefined;
  /** Of more files than this, those that are called images are believed: reading a file takes a millisecond or two. */
  readonly lookAtAll?: number;
}

const listExtensions: ReadonlySet<string> = new Set(['txt', 'csv', 'lst', 'list']);
const maxListBytes = 32 * 1024 * 1024;
/** Datasets with a text beside every image have labels of another kind in it. */
const mostLists = 50;
/** A read waits for the browser's file service most of its time. */
const readAtOnce = 32;

/** What a file is by its first bytes: an image, or something else that has a name, or not readable. */
type Sniffed = { readonly image: true } | { readonly image: false; readonly reason: string };

/** Whether a file is an image as far as can be told without reading it. */
const isCalledImage = ({ path, size }: SourceFile): boolean => size > 0 && imageExtensions.has(extensionOf(path));

async function sniff(file: SourceFile): Promise<Sniffed> {
  try {
    const head = await readHead(file, headBytes);
    return findImageFormat(head) ? { image: true } : { image: false, reason: `is ${describeContent(head).what}` };
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return { image: false, reason: reasonOf(error, file.path) };
  }
}

/** The one of the files that is a list of the images with labels. */
async function findList(files: readonly SourceFile[], images: readonly string[]): Promise<LabelList | null> {
  const lists = files.filter(({ path, size }) => listExtensions.has(extensionOf(path)) && size <= maxListBytes);
  const texts: { path: string; text: string }[] = [];
  for (const file of lists.slice(0, mostLists)) texts.push({ path: file.path, text: await readText(file) });
  return chooseLabelList(texts, images, commonDirectory(images));
}

/**
 * The files of a zip that was dropped alone, below a folder of its name; they stay packed until they are read. Any other
 * drop is given back as it is, an NPZ too: it is one image.
 * @throws StudioError for a zip that is damaged, unsafe or encrypted
 */
export async function openArchive(files: readonly SourceFile[]): Promise<readonly SourceFile[]> {
  const [only, ...more] = files;
  if (!only || more.length > 0 || !(only.source instanceof Blob) || !isZip(await readHead(only, headBytes)))
    return files;
  const members = await listZip(only.source, only.path);
  const isImage = isImageArchive(
    only.path,
    members.map(({ path }) => path),
  );
  if (isImage) return files;
  return members.map((member) => ({ ...member, path: `${withoutExtension(only.path)}/${member.path}` }));
}

/**
 * Sorts files into images, a list of labels and what is neither, by their first bytes; of many files, images are told by
 * their names, and what is none shows when it is decoded. Leftovers of systems vanish silently. A zip dropped alone is
 * opened.
 * @throws StudioError for a zip that is damaged, unsafe or too large
 */
export async function sortDrop(dropped: readonly SourceFile[], options: IntakeOptions = {}): Promise<Intake> {
  const files = (await openArchive(dropped)).filter(({ path }) => !isIgnored(path));
  const believing = files.length > (options.lookAtAll ?? Infinity);
  let done = 0;
  const sniffed = await mapConcurrently(files, readAtOnce, async (file) => {
    options.signal?.throwIfAborted();
    const found: Sniffed = believing && isCalledImage(file) ? { image: true } : await sniff(file);
    options.onProgress?.(++done, files.length);
    return found;
  });
  const images = files.filter((_, index) => sniffed[index]?.image);
  const others = files.flatMap((file, index) => {
    const found = sniffed[index];
    return found && !found.image ? [{ file, reason: found.reason }] : [];
  });
  const list = await findList(
    others.map(({ file }) => file).filter(({ path }) => !imageExtensions.has(extensionOf(path))),
    images.map(({ path }) => path),
  );
  const skipped = others
    .filter(({ file }) => file.path !== list?.path)
    .map(({ file, reason }) => ({ path: file.path, reason }));
  return { images, list, skipped };
}
