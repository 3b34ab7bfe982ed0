import { visibleText } from '../../shared/visibleText';

const longestName = 120;

/** A file, class, layer or model name as it is shown: visible, and cut at 120 characters. */
export function shownName(name: string): string {
  if (name.length <= longestName) return visibleText(name);
  const start = name.slice(0, longestName - 1).replace(/[\ud800-\udbff]$/, ''); // no half of a surrogate pair
  return `${visibleText(start)}…`;
}

/** The last `longest` characters of a path, visible: what tells the files of a folder apart. */
export function shownEnd(path: string, longest: number): string {
  if (path.length <= longest) return visibleText(path);
  const end = path.slice(1 - longest).replace(/^[\udc00-\udfff]/, ''); // no half of a surrogate pair
  return `…${visibleText(end)}`;
}
