import { findImageFormat, headBytes, imageExtensions } from '../formats/images/registry';
import { describeContent } from '../formats/images/sniff';
import { defaultZipLimits, isZip, unzip } from '../formats/zip';
import { mapConcurrently } from './concurrency';
import { readLabelList } from './labelList';
import { baseName, commonDirectory, extensionOf, isIgnored, withoutExtension } from './paths';
import type { LabelList } from './labelList';
import type { DroppedFile } from '../shared/images';
import type { SkippedFile } from '../shared/recipe';

/** A drop, sorted by what its files are. */
export interface Intake {
  /** Files to decode: by name or by content an image. */
  readonly images: readonly DroppedFile[];
  readonly list: LabelList | null;
  readonly skipped: readonly SkippedFile[];
}

const listExtensions: ReadonlySet<string> = new Set(['txt', 'csv', 'lst', 'list']);
const maxListBytes = 32 * 1024 * 1024;
const readAtOnce = 16;
/** Image sets have many small files. */
const imageZipLimits = { ...defaultZipLimits, entries: 100_000 };

async function headOf({ file }: DroppedFile): Promise<Uint8Array> {
  return new Uint8Array(await file.slice(0, headBytes).arrayBuffer());
}

/** Finds images among files whose names do not say that they are any. */
async function sortByContent(
  files: readonly DroppedFile[],
): Promise<{ images: DroppedFile[]; others: { file: DroppedFile; what: string }[] }> {
  const images: DroppedFile[] = [];
  const others: { file: DroppedFile; what: string }[] = [];
  const heads = await mapConcurrently(files, readAtOnce, headOf);
  files.forEach((file, index) => {
    const head = heads[index] ?? new Uint8Array(0);
    if (findImageFormat(head)) images.push(file);
    else others.push({ file, what: describeContent(head).what });
  });
  return { images, others };
}

/** The first of the files that is a list of the images with labels. */
async function findList(files: readonly DroppedFile[], images: readonly string[]): Promise<LabelList | null> {
  const root = commonDirectory(images);
  for (const { path, file } of files) {
    if (!listExtensions.has(extensionOf(path)) || file.size > maxListBytes) continue;
    const list = readLabelList(path, await file.text(), images, root);
    if (list) return list;
  }
  return null;
}

/** The files of a zip that was dropped alone, below a folder of its name; any other drop as it is. */
async function openArchive(files: readonly DroppedFile[]): Promise<readonly DroppedFile[]> {
  const [only, ...more] = files;
  if (!only || more.length > 0 || !isZip(await headOf(only))) return files;
  const bytes = new Uint8Array(await only.file.arrayBuffer());
  const unpacked = await unzip(bytes, only.path, imageZipLimits);
  return unpacked.map(({ path, bytes: content }) => ({
    path: `${withoutExtension(only.path)}/${path}`,
    file: new File([new Uint8Array(content)], baseName(path)),
  }));
}

/**
 * Sorts dropped files into images, a list of labels and what is neither; leftovers of systems vanish silently. A zip
 * dropped alone is opened.
 * @throws StudioError for a zip that is damaged, unsafe or too large
 */
export async function sortDrop(dropped: readonly DroppedFile[]): Promise<Intake> {
  const files = await openArchive(dropped);
  const meant = files.filter(({ path }) => !isIgnored(path));
  const named = meant.filter(({ path }) => imageExtensions.has(extensionOf(path)));
  const { images, others } = await sortByContent(meant.filter(({ path }) => !imageExtensions.has(extensionOf(path))));
  const all = [...named, ...images];
  const list = await findList(
    others.map(({ file }) => file),
    all.map(({ path }) => path),
  );
  const skipped = others
    .filter(({ file }) => file.path !== list?.path)
    .map(({ file, what }) => ({ path: file.path, reason: `is ${what}` }));
  return { images: all, list, skipped };
}
