import { baseName, below, directoryOf, extensionOf } from './paths';

/** One line of a list file: which image, and its label. */
interface ListedImage {
  readonly listedPath: string;
  readonly label: string;
}

/** A list file applied to a folder. */
export interface LabelList {
  readonly path: string;
  /** Image path -> label. */
  readonly labels: ReadonlyMap<string, string>;
  /** Listed paths that name none of the images. */
  readonly missing: readonly string[];
  /** Numbers (from 1) of lines that hold no path and label. */
  readonly badLines: readonly number[];
}

/** Splits a CSV line; quoted fields may contain commas and doubled quotes. */
function splitCsv(line: string): string[] {
  const fields: string[] = [];
  for (const match of line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))/g)) {
    fields.push(match[1] === undefined ? (match[2] ?? '').trim() : match[1].replaceAll('""', '"'));
  }
  return fields;
}

/** `path label`: the last word is the label, the rest is the path, spaces included. */
function splitLine(line: string): ListedImage | null {
  const match = /^(.*\S)(?:\s+|,)([^\s,]+)$/.exec(line.trim());
  return match?.[1] !== undefined && match[2] !== undefined
    ? { listedPath: match[1].replace(/,$/, ''), label: match[2] }
    : null;
}

const pathHeading = /^(path|file|filename|file_name|image|image_path)$/i;
const labelHeading = /^(label|class|class_name|category|target)$/i;

function readCsv(lines: readonly string[]): (ListedImage | null)[] {
  const heading = splitCsv(lines[0] ?? '');
  const pathColumn = heading.findIndex((name) => pathHeading.test(name));
  const labelColumn = heading.findIndex((name) => labelHeading.test(name));
  const headed = pathColumn >= 0 && labelColumn >= 0;
  if (!headed && heading.length !== 2) return [];
  return lines.slice(headed ? 1 : 0).map((line) => {
    const fields = splitCsv(line);
    const [listedPath, label] = [fields[headed ? pathColumn : 0], fields[headed ? labelColumn : 1]];
    return listedPath && label ? { listedPath, label } : null;
  });
}

/** Finds images by listed paths, which may be absolute or start at another directory. */
function createResolver(images: readonly string[], root: string): (listedPath: string) => string | null {
  const byName = new Map<string, string[]>();
  for (const image of images) {
    const name = baseName(image);
    byName.set(name, [...(byName.get(name) ?? []), image]);
  }
  const endsWithPath = (path: string, ending: string): boolean => path === ending || path.endsWith(`/${ending}`);
  return (listedPath) => {
    const wanted = listedPath.replaceAll('\\', '/').replace(/^(\.\/)+/, '');
    const fitting = (byName.get(baseName(wanted)) ?? []).filter(
      (image) => endsWithPath(image, wanted) || endsWithPath(wanted, below(root, image)),
    );
    return fitting.length === 1 ? (fitting[0] ?? null) : null;
  };
}

/**
 * Reads a list file: lines `path label`, or CSV with two columns or a heading that names path and label.
 * @param images paths of the images that it may name
 * @param root directory that contains them all
 * @returns null when the text is no such list: fewer than half of its lines name an image of the folder
 */
export function readLabelList(path: string, text: string, images: readonly string[], root: string): LabelList | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const listed = extensionOf(path) === 'csv' ? readCsv(lines) : lines.map(splitLine);
  const resolve = createResolver(images, root === '' ? directoryOf(path) : root);
  const labels = new Map<string, string>();
  const missing: string[] = [];
  const badLines: number[] = [];
  listed.forEach((item, index) => {
    if (!item) {
      badLines.push(index + 1);
      return;
    }
    const image = resolve(item.listedPath);
    if (image === null) missing.push(item.listedPath);
    else labels.set(image, item.label);
  });
  return labels.size > 0 && labels.size * 2 >= listed.length ? { path, labels, missing, badLines } : null;
}
