import { imageFormatNames } from '../formats/images/registry';
import { StudioError } from '../shared/failure';
import { listFolder } from './catalog';
import { mapConcurrently } from './concurrency';
import { digestImage, sha256, summarizeDigests } from './digest';
import { sortDrop } from './intake';
import { baseName, below, extensionOf, plainOrder } from './paths';
import { createRawStore, decodeFile } from './rawStore';
import { suggestRecipe, warningsFor } from './transforms/recipes';
import { unitSymbols } from './units';
import type { CatalogEntry } from './catalog';
import type { FolderStatistics, ImageDigest } from './digest';
import type { Decoder } from './rawStore';
import type { RawImage } from '../formats/images/format';
import type { DroppedFile, FolderSummary, ImageRole } from '../shared/images';
import type { ImageRecipe, SkippedFile } from '../shared/recipe';

/** A folder of images, all of which were decoded once. The same index always names the same image. */
export interface OpenedFolder {
  readonly role: ImageRole;
  readonly name: string;
  /** Directory that contains all images, '' if they have none in common. */
  readonly root: string;
  /** In natural order of their paths. */
  readonly entries: readonly CatalogEntry[];
  /** What was measured of each entry. */
  readonly digests: readonly ImageDigest[];
  /** Class names in order; null without labels. */
  readonly classes: readonly string[] | null;
  readonly statistics: FolderStatistics;
  readonly skipped: readonly SkippedFile[];
  /** Suggested from what is in the folder. */
  readonly recipe: ImageRecipe;
  readonly recipeReason: string;
  /** Of paths below the root and pixels, whatever the folder itself is called. */
  readonly fingerprint: string;
  /**
   * All indices in an order that depends on nothing but pixels. Training walks the images in this order, so that no
   * name of a file or a class folder can reach it; images with the same pixels are interchangeable.
   */
  readonly blindOrder: readonly number[];
  /** @param recipe what is set now, if it is not the suggested one */
  readonly summary: (recipe?: ImageRecipe, recipeReason?: string) => FolderSummary;
  /**
   * Pixels of one image, decoded again when memory did not suffice to keep them.
   * @throws StudioError `missing-file` when the file changed since
   */
  readonly raw: (index: number) => Promise<RawImage>;
}

export interface OpenFolderArgs {
  readonly role: ImageRole;
  readonly files: readonly DroppedFile[];
  readonly decode: Decoder;
  readonly onProgress?: (done: number, total: number) => void;
  /** Decoded pixels kept in memory; the rest is decoded again when needed. */
  readonly memoryBudgetBytes?: number;
  /** Files decoded at the same time. */
  readonly concurrency?: number;
}

const defaultBudgetBytes = 256 * 1024 * 1024;
const defaultConcurrency = 8;
/** Batch statistics of one image mean nothing. */
const fewestTargetImages = 2;

type DecodedFile = { readonly digest: ImageDigest } | { readonly reason: string };

const roleNames: Readonly<Record<ImageRole, string>> = {
  target: 'target images',
  pairsRgb: 'paired RGB images',
  pairsTarget: 'paired target images',
  test: 'labelled test images',
};

function noImages(
  role: ImageRole,
  name: string,
  usable: number,
  files: readonly DroppedFile[],
  skipped: readonly SkippedFile[],
): StudioError {
  const extensions = new Map<string, number>();
  for (const { path } of files) {
    const extension = extensionOf(path);
    extensions.set(extension, (extensions.get(extension) ?? 0) + 1);
  }
  const found = [...extensions]
    .sort((a, b) => b[1] - a[1])
    .slice(0, 5)
    .map(([extension, count]) => `${String(count)} ${extension === '' ? 'without ending' : `.${extension}`}`);
  const message =
    usable === 0
      ? `No readable images in "${name}": ${files.length === 0 ? 'it is empty' : `${String(files.length)} files (${found.join(', ')})`}.`
      : `Only ${String(usable)} readable image in "${name}", but ${roleNames[role]} need at least ${String(fewestTargetImages)}.`;
  return new StudioError({
    code: 'no-images',
    message,
    remedy: `Choose a folder or a zip of images: ${imageFormatNames}.`,
    ...(skipped.length === 0
      ? {}
      : {
          detail: skipped
            .slice(0, 20)
            .map(({ path, reason }) => `${path} ${reason}`)
            .join('\n'),
        }),
  });
}

/** The reason without the path that it starts with: lists show the path beside it. */
const reasonOf = (error: StudioError, path: string): string => {
  const { message } = error.failure;
  return (message.startsWith(`${path} `) ? message.slice(path.length + 1) : message).replace(/\.$/, '');
};

async function fingerprintOf(
  root: string,
  entries: readonly CatalogEntry[],
  digests: readonly ImageDigest[],
): Promise<string> {
  const lines = entries.map(({ path }, index) => `${below(root, path)}:${digests[index]?.contentKey ?? ''}`);
  return sha256(new TextEncoder().encode(lines.sort(plainOrder).join('\n')));
}

function blindOrderOf(digests: readonly ImageDigest[]): number[] {
  const order = digests.map((_, index) => index);
  return order.sort((a, b) => plainOrder(digests[a]?.contentKey ?? '', digests[b]?.contentKey ?? ''));
}

function classCounts(entries: readonly CatalogEntry[], classes: readonly string[] | null): FolderSummary['classes'] {
  if (!classes) return null;
  const counts = new Map<string, number>();
  for (const { label } of entries) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  return classes.map((name) => ({ name, count: counts.get(name) ?? 0 }));
}

function listingWarnings({
  entries,
  classes,
  skipped,
}: Pick<OpenedFolder, 'entries' | 'classes' | 'skipped'>): string[] {
  const warnings: string[] = [];
  const unlabelled = classes ? entries.filter(({ label }) => label === null).length : 0;
  if (unlabelled > 0) warnings.push(`${String(unlabelled)} images lie outside the class folders and have no label.`);
  if (skipped.length * 4 > entries.length) {
    warnings.push(
      `${String(skipped.length)} of ${String(skipped.length + entries.length)} files were skipped. Look at the list before you start.`,
    );
  }
  return warnings;
}

/**
 * Opens a dropped folder: lists it, decodes every image once, and measures it. Files that cannot be used are skipped
 * and named with the reason.
 * @throws StudioError `no-images` when too few are left
 */
export async function openFolder(args: OpenFolderArgs): Promise<OpenedFolder> {
  const { role, files, decode, onProgress, concurrency = defaultConcurrency } = args;
  const intake = await sortDrop(files);
  const listed = listFolder(
    intake.images.map(({ path }) => path),
    intake.list,
  );
  const name = baseName(listed.root) || files[0]?.path.split('/')[0] || roleNames[role];
  const fileAt = new Map(intake.images.map((file) => [file.path, file]));
  const candidates = listed.entries.flatMap(({ path }) => fileAt.get(path) ?? []);

  const firstStore = createRawStore(candidates, decode, args.memoryBudgetBytes ?? defaultBudgetBytes);
  let done = 0;
  const decoded = await mapConcurrently(candidates, concurrency, async (file, index): Promise<DecodedFile> => {
    try {
      const image = await decodeFile(decode, file);
      firstStore.offer(index, image);
      return { digest: await digestImage(image) };
    } catch (error) {
      if (!(error instanceof StudioError)) throw error;
      return { reason: reasonOf(error, file.path) };
    } finally {
      onProgress?.(++done, candidates.length);
    }
  });

  const usable: { entry: CatalogEntry; digest: ImageDigest; candidate: number }[] = [];
  const skipped: SkippedFile[] = [...intake.skipped, ...listed.skipped];
  decoded.forEach((outcome, candidate) => {
    const entry = listed.entries[candidate];
    if (!entry) return;
    if ('digest' in outcome) usable.push({ entry, digest: outcome.digest, candidate });
    else skipped.push({ path: entry.path, reason: outcome.reason });
  });
  if (usable.length < (role === 'target' ? fewestTargetImages : 1))
    throw noImages(role, name, usable.length, files, skipped);
  return describeFolder({
    role,
    name,
    root: listed.root,
    classes: listed.classes,
    skipped,
    usable,
    raw: firstStore.read,
  });
}

interface DecodedFolder {
  readonly role: ImageRole;
  readonly name: string;
  readonly root: string;
  readonly classes: readonly string[] | null;
  readonly skipped: readonly SkippedFile[];
  readonly usable: readonly {
    readonly entry: CatalogEntry;
    readonly digest: ImageDigest;
    readonly candidate: number;
  }[];
  readonly raw: (candidate: number) => Promise<RawImage>;
}

async function describeFolder({
  role,
  name,
  root,
  classes: listedClasses,
  skipped,
  usable,
  raw,
}: DecodedFolder): Promise<OpenedFolder> {
  const entries = usable.map(({ entry }) => entry);
  const digests = usable.map(({ digest }) => digest);
  const present = new Set(entries.map(({ label }) => label));
  const classes = listedClasses?.filter((label) => present.has(label)) ?? null;
  const statistics = summarizeDigests(digests);
  const { unit, ...statisticsWithoutUnit } = statistics;
  const { recipe: suggested, reason } = suggestRecipe(digests);
  const fingerprint = await fingerprintOf(root, entries, digests);
  return {
    role,
    name,
    root,
    entries,
    digests,
    classes,
    statistics,
    skipped,
    fingerprint,
    recipe: suggested,
    recipeReason: reason,
    blindOrder: blindOrderOf(digests),
    summary: (recipe = suggested, recipeReason = recipe === suggested ? reason : 'Set by hand.') => ({
      role,
      name,
      usable: entries.length,
      measured: entries.length,
      skippedCount: skipped.length,
      skipped,
      saturated: 0,
      turned: 0,
      suggestedRecipe: suggested,
      change: null,
      classes: classCounts(entries, classes),
      ...statisticsWithoutUnit,
      ...(unit !== undefined && { unit: unitSymbols[unit] }),
      recipe,
      recipeReason,
      fingerprint,
      warnings: [...warningsFor(role, digests, recipe), ...listingWarnings({ entries, classes, skipped })],
    }),
    raw: (index) => {
      const image = usable[index];
      if (!image) throw new RangeError(`image ${String(index)} of ${String(usable.length)}`);
      return raw(image.candidate);
    },
  };
}
