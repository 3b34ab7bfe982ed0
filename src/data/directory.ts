import { StudioError } from '../shared/failure';
import type { SkippedFile } from '../shared/recipe';
import { mapConcurrently } from './concurrency';
import { isIgnored, plainOrder } from './paths';
import type { SourceFile } from './sourceFile';

/** The files of a directory and of everything below it. */
export interface DirectoryFiles {
  /** By path; paths begin with the name of the directory, as those of a dropped folder do. */
  readonly files: readonly SourceFile[];
  /** Folders and files that are there, but cannot be listed or read. */
  readonly skipped: readonly SkippedFile[];
}

export interface WalkOptions {
  /** While folders are listed, `total` is 0 and `done` the files found; then how many of them were looked at. */
  readonly onProgress?: (done: number, total: number) => void;
  /** How many files of this directory are remembered from an earlier visit, where it was open before. */
  readonly rememberedFiles?: number | undefined;
  /** Ends the listing between two entries, by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
  /** For tests; by default what the studio stands in for. */
  readonly mostFiles?: number;
  readonly mostFolders?: number;
}

/** Several times what a dataset of 10,000 scenes has; beyond this it was a whole disk. */
const mostFilesByDefault = 500_000;
/** Room for twelve to a scene of SUN RGB-D's 10,335; folders that lead into each other double at each level. */
const mostFoldersByDefault = 300_000;
/** Deeper is a folder that leads into itself: a mount or junction, since browsers follow no symbolic link. */
const deepestFolder = 40;
/** Each question goes to the browser's own process and back; so many on the way keep both ends busy. */
const questionsAtOnce = 64;

interface Folder {
  readonly handle: FileSystemDirectoryHandle;
  readonly path: string;
}
interface Found {
  readonly handle: FileSystemFileHandle;
  readonly path: string;
}

const isOneOf = (thrown: unknown, ...names: readonly string[]): boolean =>
  thrown instanceof Error && names.includes(thrown.name);

/** What keeps from reading anything here, as the failure of the whole walk; null where only this entry is concerned. */
function endOfWalk(thrown: unknown, root: string): StudioError | null {
  if (!isOneOf(thrown, 'NotAllowedError', 'SecurityError')) return null;
  return new StudioError({
    code: 'missing-file',
    message: `The browser has no permission any more to read "${root}". Your files are untouched.`,
    remedy: 'Reconnect the folder and allow reading it, or choose it again.',
    detail: String(thrown),
  });
}

/** @throws what ends the walk; faults of the studio itself surface as they are */
function reasonOf(thrown: unknown, root: string): string {
  const end = endOfWalk(thrown, root);
  if (end) throw end;
  if (isOneOf(thrown, 'NotFoundError')) return 'vanished while the folder was read';
  if (isOneOf(thrown, 'NotReadableError', 'TypeMismatchError', 'InvalidStateError', 'NoModificationAllowedError')) {
    return 'cannot be read: the system refuses it';
  }
  throw thrown;
}

/**
 * Lists a directory and everything below it in this thread, many folders and files at a time. Hidden files and what
 * systems leave behind are left out; entries that cannot be read are named in `skipped`.
 * @throws StudioError `missing-file` when the directory is gone or may no longer be read, `too-large` for more files
 * or folders than any set of images has; the reason of the signal
 */
export async function walkDirectory(
  directory: FileSystemDirectoryHandle,
  options: WalkOptions = {},
): Promise<DirectoryFiles> {
  const { onProgress, rememberedFiles, signal } = options;
  const { mostFiles = mostFilesByDefault, mostFolders = mostFoldersByDefault } = options;
  const { name } = directory;
  const skipped: SkippedFile[] = [];
  const onCount = (count: number): void => {
    if (count > mostFiles) throw tooMany(name, `${mostFiles} files`);
    onProgress?.(count, 0);
  };
  const onFolders = (count: number): void => {
    if (count > mostFolders) throw tooMany(name, `${mostFolders} folders`);
  };
  const found = await findFiles(directory, { skipped, onCount, onFolders, rememberedFiles, signal });

  let done = 0;
  const files = await mapConcurrently(found, questionsAtOnce, async ({ handle, path }) => {
    signal?.throwIfAborted();
    try {
      const source = await handle.getFile();
      return [{ path, size: source.size, lastModified: source.lastModified, source, handle }];
    } catch (thrown) {
      skipped.push({ path, reason: reasonOf(thrown, name) });
      return [];
    } finally {
      onProgress?.(++done, found.length);
    }
  });
  const byPath = <T extends { readonly path: string }>(list: readonly T[]): T[] =>
    [...list].sort((a, b) => plainOrder(a.path, b.path));
  return { files: byPath(files.flat()), skipped: byPath(skipped) };
}

interface Finding {
  /** Grows by what cannot be listed. */
  readonly skipped: SkippedFile[];
  /** Told how many files were found. */
  readonly onCount: (count: number) => void;
  /** Told how many folders were found. */
  readonly onFolders: (count: number) => void;
  readonly rememberedFiles: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Goes down level by level; the folders of a level are listed side by side. */
async function findFiles(
  directory: FileSystemDirectoryHandle,
  { skipped, onCount, onFolders, rememberedFiles, signal }: Finding,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  let folderCount = 0;
  let level: readonly Folder[] = [{ handle: directory, path: directory.name }];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > deepestFolder) {
      const reason = `lies more than ${deepestFolder} folders deep, where folders lead into themselves`;
      skipped.push(...level.map(({ path }) => ({ path, reason })));
      break;
    }
    const below = await mapConcurrently(level, questionsAtOnce, async (folder) => {
      const folders: Folder[] = [];
      try {
        for await (const handle of folder.handle.values()) {
          signal?.throwIfAborted();
          const path = folder.path === '' ? handle.name : `${folder.path}/${handle.name}`;
          if (isIgnored(handle.name)) continue;
          if (isDirectory(handle)) {
            folders.push({ handle, path });
            onFolders(++folderCount);
          } else if (found.push({ handle, path }) % 500 === 0) onCount(found.length);
        }
      } catch (thrown) {
        if (folder.handle === directory && isOneOf(thrown, 'NotFoundError'))
          throw gone(directory.name, rememberedFiles);
        skipped.push({ path: folder.path, reason: reasonOf(thrown, directory.name) });
      }
      onCount(found.length);
      return folders;
    });
    level = below.flat();
  }
  return found;
}

const isDirectory = (handle: FileSystemHandle): handle is FileSystemDirectoryHandle => handle.kind === 'directory';

const gone = (name: string, rememberedFiles: number | undefined): StudioError =>
  new StudioError({
    code: 'missing-file',
    message: `The folder "${name}" was moved, renamed or removed.`,
    remedy:
      rememberedFiles === undefined
        ? 'Choose it again where it is now.'
        : `Choose it again where it is now; it is compared with the ${rememberedFiles} files that are remembered.`,
  });

const tooMany = (name: string, most: string): StudioError =>
  new StudioError({
    code: 'too-large',
    message: `"${name}" holds more than ${most}.`,
    remedy: 'Choose the folder of the images itself, not one far above it.',
  });
