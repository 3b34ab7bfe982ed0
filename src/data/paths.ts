/** Directory part of a relative path with `/`; empty at the top. */
export const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** Ending of the file name in lower case, without the dot; empty without one. */
export function extensionOf(path: string): string {
  const name = baseName(path);
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(dot + 1).toLowerCase() : '';
}

/** The path without its file name ending. */
export function withoutExtension(path: string): string {
  const extension = extensionOf(path);
  return extension === '' ? path : path.slice(0, -extension.length - 1);
}

/** The part of a path below a directory that contains it; the whole path for the directory ''. */
export const below = (directory: string, path: string): string =>
  directory === '' ? path : path.slice(directory.length + 1);

/** The deepest directory that contains all paths; '' if there is none. */
export function commonDirectory(paths: readonly string[]): string {
  let common: string[] | null = null;
  for (const path of paths) {
    const segments = path.split('/').slice(0, -1);
    if (!common) common = segments;
    let shared = 0;
    while (shared < common.length && common[shared] === segments[shared]) shared++;
    common = common.slice(0, shared);
  }
  return (common ?? []).join('/');
}

/** Files that systems leave behind, and hidden ones: nobody means them. */
export function isIgnored(path: string): boolean {
  return path
    .split('/')
    .some(
      (segment) =>
        segment.startsWith('.') || segment === '__MACOSX' || segment === 'Thumbs.db' || segment === 'desktop.ini',
    );
}

const compareText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** By code units, as Python sorts file names. */
export const plainOrder = compareText;

interface SortKey {
  readonly path: string;
  /** Text and runs of digits, alternately. */
  readonly parts: readonly string[];
}

const sortKeyOf = (path: string): SortKey => ({ path, parts: path.split(/(\d+)/) });

function compareKeys(a: SortKey, b: SortKey): number {
  const [partsA, partsB] = [a.parts, b.parts];
  for (let i = 0; i < Math.min(partsA.length, partsB.length); i++) {
    const [partA, partB] = [partsA[i] ?? '', partsB[i] ?? ''];
    if (partA === partB) continue;
    if (i % 2 === 0) return compareText(partA, partB);
    const [digitsA, digitsB] = [partA.replace(/^0+/, ''), partB.replace(/^0+/, '')];
    const order = digitsA.length - digitsB.length || compareText(digitsA, digitsB);
    if (order !== 0) return order;
  }
  return partsA.length - partsB.length || compareText(a.path, b.path);
}

/**
 * Order of paths for people: runs of digits compare as numbers (`2.png` before `10.png`), the rest by code units, so
 * that the order is the same on every system and in every language.
 */
export const naturalOrder = (a: string, b: string): number => compareKeys(sortKeyOf(a), sortKeyOf(b));

/** Items in natural order of their paths; of very many far faster than by {@link naturalOrder}, which takes each apart again. */
export const sortByPath = <Item>(items: readonly Item[], pathOf: (item: Item) => string): Item[] =>
  items
    .map((item) => ({ item, key: sortKeyOf(pathOf(item)) }))
    .sort((a, b) => compareKeys(a.key, b.key))
    .map(({ item }) => item);

export const sortNaturally = (paths: readonly string[]): string[] => sortByPath(paths, (path) => path);
