import { findClassLevel } from './classLevel';
import { below, commonDirectory, plainOrder, sortNaturally } from './paths';
import type { LabelList } from './labelList';
import type { SkippedFile } from '../shared/recipe';

/** An image of a folder. The label serves evaluation only. */
export interface CatalogEntry {
  readonly path: string;
  readonly label: string | null;
  /** Name that it shares with its partner in the other pair folder, where the importer of a dataset knows it. */
  readonly pairKey?: string;
}

/** What the importer of a dataset knows of an image. */
export interface FileFacts {
  readonly label?: string;
  readonly pairKey?: string;
}

export interface Catalog {
  /** Directory that contains all images, '' if they have none in common. */
  readonly root: string;
  /** In natural order of their paths. */
  readonly entries: readonly CatalogEntry[];
  /** Class names in order; null without labels. */
  readonly classes: readonly string[] | null;
  readonly skipped: readonly SkippedFile[];
  /** How labels were taken where another way was possible, a sentence each. */
  readonly notes: readonly string[];
  /** The list file that gave the labels, below the dropped folder. */
  readonly labelsFrom: string | null;
}

/**
 * Class names in the order that models are trained with: as ImageFolder sorts folders, by code units; names that are
 * all whole numbers are class indices and sort by value.
 */
export function orderClasses(names: Iterable<string>): string[] {
  const unique = [...new Set(names)];
  const numeric = unique.every((name) => /^\d{1,9}$/.test(name));
  return unique.sort(numeric ? (a, b) => Number(a) - Number(b) || plainOrder(a, b) : plainOrder);
}

const unnamedWords = (count: number, list: string): string =>
  count === 1
    ? `1 image is not named in ${list}, and was skipped.`
    : `${String(count)} images are not named in ${list}, and were skipped.`;

function listCatalog(root: string, ordered: readonly string[], list: LabelList): Catalog {
  const entries: CatalogEntry[] = [];
  const skipped: SkippedFile[] = [];
  for (const path of ordered) {
    const label = list.labels.get(path);
    if (label === undefined) skipped.push({ path, reason: `is not named in ${list.path}` });
    else entries.push({ path, label });
  }
  const labelsFrom = list.path.slice(list.path.indexOf('/') + 1);
  const unnamed = skipped.length;
  const notes = [`Labels come from ${labelsFrom}.`, ...(unnamed === 0 ? [] : [unnamedWords(unnamed, labelsFrom)])];
  for (const { path, reason } of list.missing) skipped.push({ path, reason });
  for (const { line, reason } of list.badLines) skipped.push({ path: list.path, reason: `line ${line} ${reason}` });
  return { root, entries, classes: orderClasses(list.labels.values()), skipped, notes, labelsFrom };
}

/** A catalog of all entries, labelled by other means than a list. */
function catalogOf(root: string, entries: readonly CatalogEntry[], notes: readonly string[]): Catalog {
  const labels = entries.flatMap(({ label }) => (label === null ? [] : [label]));
  const classes = labels.length > 0 ? orderClasses(labels) : null;
  return { root, entries, classes, skipped: [], notes, labelsFrom: null };
}

/** Files that the importer of a dataset has chosen: their labels and partners are known, whatever folders they lie in. */
function listFacts(root: string, ordered: readonly string[], facts: ReadonlyMap<string, FileFacts>): Catalog {
  const entries = ordered.map((path): CatalogEntry => {
    const { label = null, pairKey } = facts.get(path) ?? {};
    return { path, label, ...(pairKey !== undefined && { pairKey }) };
  });
  return catalogOf(root, entries, []);
}

/**
 * Lists the images of a folder with their labels: as the importer of a dataset says, else from a list file if there is
 * one, else from class folders; images that lie side by side in one folder have no labels.
 * @param paths relative paths of the images
 */
export function listFolder(
  paths: readonly string[],
  list: LabelList | null,
  facts?: ReadonlyMap<string, FileFacts>,
): Catalog {
  const root = commonDirectory(paths);
  const ordered = sortNaturally(paths);
  if (facts) return listFacts(root, ordered, facts);
  if (list) return listCatalog(root, ordered, list);
  const { labelOf, notes } = findClassLevel(ordered.map((path) => below(root, path)));
  const entries = ordered.map((path) => ({ path, label: labelOf(below(root, path)) }));
  return catalogOf(root, entries, notes);
}
