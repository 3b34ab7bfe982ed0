import { below, commonDirectory, naturalOrder, plainOrder } from './paths';
import type { LabelList } from './labelList';
import type { SkippedFile } from '../shared/recipe';

/** An image of a folder. The label serves evaluation only. */
export interface CatalogEntry {
  readonly path: string;
  readonly label: string | null;
}

export interface Catalog {
  /** Directory that contains all images, '' if they have none in common. */
  readonly root: string;
  /** In natural order of their paths. */
  readonly entries: readonly CatalogEntry[];
  /** Class names in order; null without labels. */
  readonly classes: readonly string[] | null;
  readonly skipped: readonly SkippedFile[];
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

/** The first folder level below the root is the class, whatever lies deeper (`chair/session1/0001.png`). */
function folderLabel(root: string, path: string): string | null {
  const inside = below(root, path);
  const slash = inside.indexOf('/');
  return slash < 0 ? null : inside.slice(0, slash);
}

function listCatalog(root: string, ordered: readonly string[], list: LabelList): Catalog {
  const entries: CatalogEntry[] = [];
  const skipped: SkippedFile[] = [];
  for (const path of ordered) {
    const label = list.labels.get(path);
    if (label === undefined) skipped.push({ path, reason: `is not named in ${list.path}` });
    else entries.push({ path, label });
  }
  for (const path of list.missing)
    skipped.push({ path, reason: `is named in ${list.path}, but is not among the files` });
  for (const line of list.badLines)
    skipped.push({ path: list.path, reason: `line ${String(line)} holds no path and label` });
  return { root, entries, classes: orderClasses(list.labels.values()), skipped };
}

/**
 * Lists the images of a folder with their labels: from a list file if there is one, else from class folders; images
 * that lie side by side in one folder have no labels.
 * @param paths relative paths of the images
 */
export function listFolder(paths: readonly string[], list: LabelList | null): Catalog {
  const root = commonDirectory(paths);
  const ordered = [...paths].sort(naturalOrder);
  if (list) return listCatalog(root, ordered, list);
  const entries = ordered.map((path) => ({ path, label: folderLabel(root, path) }));
  const labels = entries.flatMap(({ label }) => (label === null ? [] : [label]));
  return { root, entries, classes: labels.length > 0 ? orderClasses(labels) : null, skipped: [] };
}
