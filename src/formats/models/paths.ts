import type { FileBytes } from './format';

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** Everything up to and including the last slash. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/') + 1);
}

/** A companion of a file: beside it, else the only one of that name anywhere in the drop. */
export function findCompanion(files: readonly FileBytes[], of: FileBytes, name: string): FileBytes | undefined {
  const beside = files.find((file) => file.path === folderOf(of.path) + name);
  if (beside) return beside;
  const sameName = files.filter((file) => baseName(file.path) === name);
  return sameName.length === 1 ? sameName[0] : undefined;
}
