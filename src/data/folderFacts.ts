import { sha256, summarizeDigests } from './digest';
import { below, plainOrder } from './paths';
import { fewestImages, tooFewImages } from './reasons';
import { recentImages } from './recentImages';
import { suggestRecipe } from './transforms/recipes';
import { warningsFor } from './transforms/warnings';
import { unitSymbols } from './units';
import type { CatalogEntry } from './catalog';
import type { FolderStatistics, ImageDigest } from './digest';
import type { DecodedEntries, FolderFacts, OpenedFolder } from './folder';
import type { ImageDesk } from './imageDesk';
import type { SourceFile } from './sourceFile';
import type { FolderSummary, ImageRole } from '../shared/images';
import type { ImageRecipe, Intrinsics, SkippedFile } from '../shared/recipe';

export interface FolderImage {
  readonly entry: CatalogEntry;
  readonly file: SourceFile;
  /** null where it was not measured. */
  readonly digest: ImageDigest | null;
  /** null where it was not decoded yet. */
  readonly contentKey: string | null;
}

/** What a folder is made of. */
export interface FolderParts {
  readonly role: ImageRole;
  readonly name: string;
  /** The camera, where the importer of a dataset knows it. */
  readonly intrinsics?: Intrinsics | undefined;
  readonly root: string;
  readonly classes: readonly string[] | null;
  readonly skipped: readonly SkippedFile[];
  /** How labels were taken, a sentence each. */
  readonly notes: readonly string[];
  /** The list file that gave the labels. */
  readonly labelsFrom: string | null;
  readonly images: readonly FolderImage[];
  readonly desk: ImageDesk;
}

/** The summary lists so many skipped files; the others are asked for page by page. */
const skippedShown = 200;

async function fingerprintOf({ root, images }: FolderParts): Promise<string> {
  const lines = images.map(({ file, contentKey }) => `${below(root, file.path)}:${contentKey ?? `${file.size} bytes`}`);
  const hash = await sha256(new TextEncoder().encode(lines.sort(plainOrder).join('\n')));
  return images.every(({ contentKey }) => contentKey !== null) ? hash : `sample:${hash}`;
}

/**
 * All indices in an order that depends on nothing but pixels. Training walks the target images in this order, so that no
 * name of a file or a class folder can reach it; images with the same key are prepared to the same pixels, and are
 * interchangeable.
 *
 * Pairs are not brought into this order: they are taken in the order of their files, so that their names decide which pair
 * a draw gives. No label is known of them, and none can reach the weights that way.
 * @param contentKeys names of the pixels, one an image
 */
export function blindOrderOf(contentKeys: readonly string[]): number[] {
  const order = contentKeys.map((_, index) => index);
  return order.sort((a, b) => plainOrder(contentKeys[a] ?? '', contentKeys[b] ?? ''));
}

function classCounts(entries: readonly CatalogEntry[], classes: readonly string[] | null): FolderSummary['classes'] {
  if (!classes) return null;
  const counts = new Map<string, number>();
  for (const { label } of entries) if (label !== null) counts.set(label, (counts.get(label) ?? 0) + 1);
  return classes.map((name) => ({ name, count: counts.get(name) ?? 0 }));
}

function listingWarnings(
  entries: readonly CatalogEntry[],
  classes: readonly string[] | null,
  skipped: readonly SkippedFile[],
): string[] {
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

/** The folder without the images that turned out to be unusable when all were decoded. */
function decodedFolder(parts: FolderParts, { contentKeys, unreadable }: DecodedEntries): Promise<OpenedFolder> {
  const skipped = [...parts.skipped];
  const images: FolderImage[] = [];
  parts.images.forEach((image, index) => {
    const reason = unreadable.get(index);
    if (reason !== undefined) skipped.push({ path: image.file.path, reason });
    else images.push({ ...image, contentKey: contentKeys[index] ?? image.contentKey });
  });
  if (images.length < fewestImages(parts.role)) {
    const files = parts.images.map(({ file }) => file);
    return Promise.reject(tooFewImages(parts.role, parts.name, images.length, files, skipped));
  }
  return describeFolder({ ...parts, skipped, images });
}

type FolderFigures = Omit<FolderStatistics, 'unit'> & Pick<FolderSummary, 'unit'>;

/** What only those know who opened a folder for a person. */
const withoutHistory = { change: null, looksLike: null } as const;

const digestsOf = (images: readonly FolderImage[]): ImageDigest[] => images.flatMap(({ digest }) => digest ?? []);

/** What a recipe makes of the figures: SUN RGB-D stores millimetres rotated. */
function readFigures(digests: readonly ImageDigest[], { scaling }: ImageRecipe): FolderFigures {
  const { unit, ...figures } = summarizeDigests(digests);
  if (scaling.kind === 'sunRgbd') {
    const ranges = digests.flatMap(({ unrotatedRange }) => unrotatedRange ?? []);
    if (ranges.length > 0) return { ...figures, valueRange: [Math.min(...ranges), Math.max(...ranges)], unit: 'mm' };
  }
  return { ...figures, ...(unit !== undefined && { unit: unitSymbols[unit] }) };
}

/** Suggestion and summary of a folder, from some of its images or from all. */
function factsOf(parts: FolderParts, fingerprint: string, used: ReadonlySet<number> | null): FolderFacts {
  const { role, name, skipped, images } = parts;
  const entries = images.map(({ entry }) => entry);
  const present = new Set(entries.map(({ label }) => label));
  const classes = parts.classes?.filter((label) => present.has(label)) ?? null;
  const considered = used ? images.filter((_, index) => used.has(index)) : images;
  const digests = digestsOf(considered);
  const { recipe: suggested, reason } = suggestRecipe(
    digests,
    considered.map(({ file }) => file.path),
  );
  const warnings = (recipe: ImageRecipe): string[] => [
    ...warningsFor(role, digests, recipe).map((text) =>
      digests.length < considered.length ? `In a sample of ${String(digests.length)}: ${text}` : text,
    ),
    ...listingWarnings(entries, classes, skipped),
  ];
  return {
    digests,
    recipe: suggested,
    recipeReason: reason,
    summary: (recipe = suggested, recipeReason = recipe === suggested ? reason : 'Set by hand.') => ({
      role,
      name,
      usable: entries.length,
      measured: digestsOf(images).length,
      inPairs: used ? considered.length : null,
      skippedCount: skipped.length,
      skipped: skipped.slice(0, skippedShown),
      suggestedRecipe: suggested,
      ...withoutHistory,
      classes: classCounts(entries, classes),
      labelsFrom: parts.labelsFrom,
      ...readFigures(digests, recipe),
      ...(parts.intrinsics && { intrinsics: parts.intrinsics }),
      recipe,
      recipeReason,
      fingerprint,
      warnings: warnings(recipe),
      remarks: parts.notes,
    }),
  };
}

/** A folder from its parts: counts, recipe and warnings follow from them. */
export async function describeFolder(parts: FolderParts): Promise<OpenedFolder> {
  const { role, name, root, skipped, images, desk } = parts;
  const entries = images.map(({ entry }) => entry);
  const present = new Set(entries.map(({ label }) => label));
  const fingerprint = await fingerprintOf(parts);
  const files = images.map(({ file }) => file);
  const whole = factsOf(parts, fingerprint, null);
  return {
    ...whole,
    role,
    name,
    root,
    entries,
    files,
    contentKeys: images.map(({ contentKey }) => contentKey),
    classes: parts.classes?.filter((label) => present.has(label)) ?? null,
    statistics: summarizeDigests(whole.digests),
    skipped,
    fingerprint,
    factsOf(indices) {
      const used = new Set(indices);
      const known = used.size < images.length && images.some(({ digest }, index) => digest !== null && used.has(index));
      return known ? factsOf(parts, fingerprint, used) : whole;
    },
    raw: recentImages(files, desk),
    prepare(index, form) {
      const file = files[index];
      if (!file) throw new RangeError(`image ${String(index)} of ${String(files.length)}`);
      return desk.prepare(file, form);
    },
    afterDecoding: (outcome) => decodedFolder(parts, outcome),
  };
}
