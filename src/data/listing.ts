import type { FolderChange, FolderListing } from '../shared/images';
import { isIgnored, plainOrder } from './paths';
import type { SourceFile } from './sourceFile';

type Listed = Pick<SourceFile, 'path' | 'size' | 'lastModified'>;

/**
 * The part of a path below the folder that was opened. Files lie below one folder when their paths all begin with it;
 * its own name does not count, so that a folder may be renamed.
 */
function belowFolder(paths: readonly string[]): (path: string) => string {
  const [first] = paths;
  const slash = first === undefined ? -1 : first.indexOf('/');
  if (first === undefined || slash < 0) return (path) => path;
  const folder = first.slice(0, slash + 1);
  return paths.every((path) => path.startsWith(folder)) ? (path) => path.slice(slash + 1) : (path) => path;
}

/** The files as they are now, hidden ones and leftovers of systems aside: paths in order, bytes, milliseconds since 1970. */
export function listFiles(files: readonly Listed[]): FolderListing {
  const listed = files.filter(({ path }) => !isIgnored(path)).sort((a, b) => plainOrder(a.path, b.path));
  return {
    paths: listed.map(({ path }) => path),
    sizes: Float64Array.from(listed, ({ size }) => size),
    modified: Float64Array.from(listed, ({ lastModified }) => lastModified),
  };
}

/**
 * What became of a folder since it was listed: files with another size or time of change, new ones, and those that are
 * gone; paths below the folder, in order. The name of the folder itself does not count.
 * @returns null where nothing changed
 */
export function compareListings(before: FolderListing, now: FolderListing): FolderChange | null {
  const oldPath = belowFolder(before.paths);
  const newPath = belowFolder(now.paths);
  const places = new Map(before.paths.map((path, place) => [oldPath(path), place]));
  const changed: string[] = [];
  const added: string[] = [];
  now.paths.forEach((full, place) => {
    const path = newPath(full);
    const old = places.get(path);
    if (old === undefined) added.push(path);
    else if (before.sizes[old] !== now.sizes[place] || before.modified[old] !== now.modified[place]) changed.push(path);
    places.delete(path);
  });
  const removed = [...places.keys()];
  return changed.length + added.length + removed.length === 0 ? null : { changed, added, removed };
}
