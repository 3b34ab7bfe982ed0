import { imageExtensions } from '../formats/images/registry';
import { below, directoryOf, extensionOf, plainOrder } from './paths';
import type { SkippedFile } from '../shared/recipe';

/** A line that holds no path and label. */
interface BadLine {
  /** From 1. */
  readonly line: number;
  /** As the end of a sentence: `holds no path and label`. */
  readonly reason: string;
}

/** A list file applied to a folder. */
export interface LabelList {
  readonly path: string;
  /** Image path -> label. */
  readonly labels: ReadonlyMap<string, string>;
  /** Listed paths that name none of the images, or several. */
  readonly missing: readonly SkippedFile[];
  readonly badLines: readonly BadLine[];
}

/** One line of a list file, resolved or not. */
interface ListedImage {
  readonly line: number;
  readonly listedPath: string;
  readonly label: string;
}

/** No path and label need more, and what is matched against a line takes time and memory with its length. */
const longestLine = 8192;
const pathHeading =
  /^(?:path|file|file_?name|file_?path|image|img|image_?path|img_?path|image_?name|name|relative_?path)$/i;
const labelHeading = /^(?:label|label_?name|class|class_?name|class_?id|category|target|scene)$/i;
const endings = [...imageExtensions].join('|');
/** `path label`, where the ending of the image tells where the path ends and the label begins. */
const pathThenLabel = new RegExp(`^(.*\\.(?:${endings}))"?(?:\\s*[,;]\\s*|\\s+)(\\S.*)$`, 'is');

/** Splits a line of separated values; quoted fields may contain separators and doubled quotes. */
function splitSeparated(line: string, separator: string): string[] {
  const fields: string[] = [];
  const pattern = new RegExp(`(?:^|${separator})[^\\S\\t]*(?:"((?:[^"]|"")*)"\\s*|([^${separator}]*))`, 'g');
  for (const match of line.matchAll(pattern)) {
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
  }
  return fields;
}

const unquoted = (text: string): string =>
  text
    .trim()
    .replace(/^"(.*)"$/, '$1')
    .replace(/^"/, '');

/** `path label`: up to the ending of an image, else all but the last word, is the path, spaces included. */
function splitWords(text: string): { listedPath: string; label: string } | null {
  const match = pathThenLabel.exec(text) ?? /^(.*\S)(?:\s+|,)([^\s,]+)$/s.exec(text);
  const [, listedPath, label] = match ?? [];
  return listedPath && label ? { listedPath: unquoted(listedPath.replace(/,$/, '')), label: unquoted(label) } : null;
}

interface NumberedLine {
  readonly line: number;
  readonly text: string;
}

/** How lines of separated values are read; null where they have no two columns that could be path and label. */
function columnsOf(heading: string): { separator: string; path: number; label: number; headed: boolean } | null {
  for (const separator of [',', ';', '\t']) {
    const names = splitSeparated(heading, separator).map((name) => name.trim());
    const [path, label] = [
      names.findIndex((name) => pathHeading.test(name)),
      names.findIndex((name) => labelHeading.test(name)),
    ];
    if (path >= 0 && label >= 0 && path !== label) return { separator, path, label, headed: true };
    if (names.length === 2 && separator !== '\t') return { separator, path: 0, label: 1, headed: false };
    if (names.length === 2) return { separator, path: 0, label: 1, headed: false };
  }
  return null;
}

/** The images that a text lists, and its lines that list none. */
function parseLines(path: string, text: string): { listed: ListedImage[]; badLines: BadLine[] } {
  const all = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((content, index): NumberedLine => ({ line: index + 1, text: content.trim() }))
    .filter((line) => line.text !== '' && !line.text.startsWith('#'));
  const badLines = all
    .filter((line) => line.text.length > longestLine)
    .map(({ line }): BadLine => ({ line, reason: `is longer than ${longestLine} characters` }));
  const lines = all.filter((line) => line.text.length <= longestLine);
  const separated = /^(?:csv|tsv)$/.test(extensionOf(path));
  const columns = separated || lines[0]?.text.includes('\t') ? columnsOf(lines[0]?.text ?? '') : null;
  if (separated && !columns) return { listed: [], badLines: [] };
  const listed: ListedImage[] = [];
  for (const { line, text: content } of columns?.headed ? lines.slice(1) : lines) {
    const fields = columns ? splitSeparated(content, columns.separator) : [];
    const [listedPath, label] = columns ? [fields[columns.path], fields[columns.label]] : [];
    const item = columns ? (listedPath && label ? { listedPath, label } : null) : splitWords(content);
    if (item) listed.push({ line, ...item });
    else badLines.push({ line, reason: 'holds no path and label' });
  }
  return { listed, badLines: badLines.sort((a, b) => a.line - b.line) };
}

/** Path segments for comparing, whatever system wrote them. */
const segmentsOf = (path: string): string[] =>
  path
    .normalize('NFC')
    .replaceAll('\\', '/')
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.');

/** How many segments two paths share from the end. */
function sharedEnd(a: readonly string[], b: readonly string[]): number {
  let shared = 0;
  while (shared < Math.min(a.length, b.length) && a.at(-1 - shared) === b.at(-1 - shared)) shared++;
  return shared;
}

/** Images that a listed path may mean: one, none, or several that it fits equally well. */
export type Resolver = (listedPath: string) => readonly string[];

/** Images of one path below the root; differently written, as with `./`, they may be several. */
interface SamePath {
  readonly segments: readonly string[];
  readonly paths: string[];
}

/** By the path from the root on. */
function indexByInside(images: readonly string[], root: string): ReadonlyMap<string, SamePath> {
  const index = new Map<string, SamePath>();
  for (const path of images) {
    const inside = segmentsOf(below(root, path)).join('/');
    const known = index.get(inside);
    if (known) known.paths.push(path);
    else index.set(inside, { segments: segmentsOf(path), paths: [path] });
  }
  return index;
}

/** Finds the images whose path ends with these segments, in their order; quick however many share the end of their path. */
function createEndIndex(images: readonly string[]): (segments: readonly string[]) => readonly string[] {
  const keyOf = (segments: readonly string[]): string => `${segments.toReversed().join('/')}/`;
  const sorted = images
    .map((path, position) => ({ path, position, key: keyOf(segmentsOf(path)) }))
    .sort((a, b) => plainOrder(a.key, b.key));
  /** How many keys stand before a text. */
  const before = (text: string): number => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sorted[middle]?.key ?? '') < text) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  // A list may name thousands of images by one path that fits them all.
  const known = new Map<string, readonly string[]>();
  return (segments) => {
    const key = keyOf(segments);
    const [start, end] = [before(key), before(`${key.slice(0, -1)}0`)]; // 0 is the character behind /
    const range = `${start}-${end}`;
    const found =
      known.get(range) ??
      sorted
        .slice(start, end)
        .sort((a, b) => a.position - b.position)
        .map(({ path }) => path);
    if (found.length > 1) known.set(range, found);
    return found;
  };
}

/**
 * Finds images by listed paths, which may be absolute paths of another machine, written with `\`, or start at another
 * directory. A path below the folder of the list itself is taken as that; any other fits an image when one of both, the
 * image from `root` on, is the end of the other, and the one that shares the longest end is meant.
 * @param listFolder directory of the list file
 */
export function createResolver(images: readonly string[], root: string, listFolder: string): Resolver {
  const endingWith = createEndIndex(images);
  const byInside = indexByInside(images, root);
  let deepest = 0;
  for (const inside of byInside.keys()) deepest = Math.max(deepest, inside.split('/').length);
  const besides = segmentsOf(listFolder);
  const bySegments = new Map(images.map((path) => [segmentsOf(path).join('/'), path]));
  return (listedPath) => {
    const wanted = segmentsOf(listedPath);
    if (wanted.length === 0) return [];
    const beside = bySegments.get([...besides, ...wanted].join('/'));
    if (beside !== undefined) return [beside];
    const longer = endingWith(wanted);
    if (longer.length > 0) return longer;
    let [longest, meant]: [number, readonly string[]] = [0, []];
    for (let count = Math.min(deepest, wanted.length); count > 0; count--) {
      const fitting = byInside.get(wanted.slice(-count).join('/'));
      if (!fitting) continue;
      const shared = sharedEnd(fitting.segments, wanted);
      if (shared > longest) [longest, meant] = [shared, fitting.paths];
      else if (shared === longest) meant = [...meant, ...fitting.paths];
    }
    return meant;
  };
}

/**
 * The lines of a list file, in their order, with the images that they name.
 * @param resolve of the images that it may name
 */
export function readListLines(
  path: string,
  text: string,
  resolve: Resolver,
): { lines: (ListedImage & { image: string | null; reason: string | null })[]; badLines: readonly BadLine[] } {
  const { listed, badLines } = parseLines(path, text);
  const lines = listed.map((item) => {
    const found = resolve(item.listedPath);
    const [image = null] = found;
    if (found.length === 1) return { ...item, image, reason: null };
    const reason =
      found.length === 0
        ? `is named in ${path}, but is not among the files`
        : `is named in ${path}, but ${found.length} files could be meant: ${found.slice(0, 3).join(', ')}`;
    return { ...item, image: null, reason };
  });
  return { lines, badLines };
}

/**
 * Reads a list file: lines `path label`, or separated values with two columns or a heading that names path and label.
 * Lines that start with `#` are remarks.
 * @param images paths of the images that it may name
 * @param root directory that contains them all
 * @returns null when the text is no such list: fewer than half of its lines name an image of the folder
 */
export function readLabelList(path: string, text: string, images: readonly string[], root: string): LabelList | null {
  const resolve = createResolver(images, root, directoryOf(path));
  const { lines, badLines } = readListLines(path, text, resolve);
  const labels = new Map<string, string>();
  const missing: SkippedFile[] = [];
  for (const { line, image, label, listedPath, reason } of lines) {
    if (image === null) missing.push({ path: listedPath, reason: reason ?? '' });
    else if ((labels.get(image) ?? label) === label) labels.set(image, label);
    else
      missing.push({
        path: image,
        reason: `is named twice in ${path} with different labels (line ${line}); the first counts`,
      });
  }
  return labels.size > 0 && labels.size * 2 >= lines.length + badLines.length
    ? { path, labels, missing, badLines }
    : null;
}

/**
 * The list that names most of the images, for a drop that holds several texts; the first of equals.
 * @param texts every text of the drop that may be a list
 */
export function chooseLabelList(
  texts: readonly { readonly path: string; readonly text: string }[],
  images: readonly string[],
  root: string,
): LabelList | null {
  let best: LabelList | null = null;
  for (const { path, text } of texts) {
    const list = readLabelList(path, text, images, root);
    if (list && list.labels.size > (best?.labels.size ?? 0)) best = list;
  }
  return best;
}
