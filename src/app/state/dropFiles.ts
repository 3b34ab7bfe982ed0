import { StudioError } from '../../shared/failure';
import type { DroppedFile } from '../../shared/images';

/** What a drop or a chooser gave: files, or one directory whose files whoever opens it lists. */
export type Picked =
  | { readonly kind: 'files'; readonly files: readonly DroppedFile[] }
  | { readonly kind: 'directory'; readonly directory: FileSystemDirectoryHandle };

type Dropped = FileSystemHandle | FileSystemEntry | DroppedFile | null;

/**
 * What was dropped. A single folder comes as its handle where the browser has handles; else every file comes with its
 * path inside the dropped folder, which it begins with, as a directory input does with `webkitRelativePath`.
 * Call it inside the drop event: the browser empties the transfer afterwards.
 * @throws StudioError `missing-file` where no file was dropped, or one cannot be read
 */
export async function pickDrop(transfer: DataTransfer): Promise<Picked> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  // All handles must be asked for before the first await.
  const asked = items.map(openItem);
  if (asked.length === 0) {
    throw new StudioError({
      code: 'missing-file',
      message: 'What was dropped is no file.',
      remedy: 'Drop a folder, files or a zip from the file manager of this computer.',
    });
  }
  const dropped = await readable(Promise.all(asked));
  const [only, ...more] = dropped;
  if (only && more.length === 0 && isDirectoryHandle(only)) return { kind: 'directory', directory: only };
  return pickedFiles((await readable(Promise.all(dropped.map(filesOf)))).flat());
}

/** What an input gave; of a directory input every file with its path inside the folder. */
export function pickInput(list: FileList | null): Picked {
  return pickedFiles(filesOfInput(list));
}

/** Files of an input, in path order; of a directory input with their path inside the folder. */
export function filesOfInput(list: FileList | null): readonly DroppedFile[] {
  return inOrder(
    [...(list ?? [])].map((file) => ({
      path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath,
      file,
    })),
  );
}

/** Whether this browser can hand out a folder that it may remember. */
export const hasDirectoryPicker = (): boolean => 'showDirectoryPicker' in window;

/**
 * Asks for a folder; call it inside a click.
 * @param id the browser opens the chooser where the last one with this id ended
 * @returns null when the person chose none
 * @throws StudioError `missing-file` when the browser refuses to ask
 */
export async function pickDirectory(id: string): Promise<Picked | null> {
  try {
    return { kind: 'directory', directory: await window.showDirectoryPicker({ id, mode: 'read' }) };
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') return null;
    throw new StudioError({
      code: 'missing-file',
      message: 'The browser gave no folder.',
      remedy: 'Drop the folder onto this place instead.',
      detail: String(thrown),
    });
  }
}

/**
 * The files of what was picked, listed in this thread: for models, which have few.
 * @throws StudioError `missing-file` where one cannot be read
 */
export async function filesOfPicked(picked: Picked): Promise<readonly DroppedFile[]> {
  if (picked.kind === 'files') return picked.files;
  return inOrder(await readable(filesOf(picked.directory)));
}

const inOrder = (files: readonly DroppedFile[]): readonly DroppedFile[] =>
  [...files].sort((a, b) => (a.path < b.path ? -1 : 1));

const pickedFiles = (files: readonly DroppedFile[]): Picked => ({ kind: 'files', files: inOrder(files) });

async function readable<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (thrown) {
    throw new StudioError({
      code: 'missing-file',
      message: 'A file of the drop cannot be read.',
      remedy: 'Check that it still exists and that you may read it, or choose the folder with the button.',
      detail: String(thrown),
    });
  }
}

async function openItem(item: DataTransferItem): Promise<Dropped> {
  const entry = item.webkitGetAsEntry();
  const file = entry === null ? item.getAsFile() : null;
  const handle = typeof item.getAsFileSystemHandle === 'function' ? await item.getAsFileSystemHandle() : null;
  return handle ?? entry ?? (file === null ? null : { path: file.name, file });
}

const isHandle = (dropped: FileSystemHandle | FileSystemEntry | DroppedFile): dropped is FileSystemHandle =>
  'kind' in dropped;

const isDirectoryHandle = (
  dropped: FileSystemHandle | FileSystemEntry | DroppedFile,
): dropped is FileSystemDirectoryHandle => isHandle(dropped) && dropped.kind === 'directory';

async function filesOf(dropped: Dropped): Promise<readonly DroppedFile[]> {
  if (dropped === null) return [];
  if (isHandle(dropped)) return walkHandle(dropped, dropped.name);
  return 'file' in dropped && 'path' in dropped ? [dropped] : walkEntry(dropped, dropped.name);
}

async function walkHandle(handle: FileSystemHandle, path: string): Promise<readonly DroppedFile[]> {
  if (!isDirectoryHandle(handle)) return [{ path, file: await (handle as FileSystemFileHandle).getFile() }];
  const files: DroppedFile[] = [];
  for await (const child of handle.values()) files.push(...(await walkHandle(child, `${path}/${child.name}`)));
  return files;
}

async function walkEntry(entry: FileSystemEntry, path: string): Promise<readonly DroppedFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => {
      (entry as FileSystemFileEntry).file(resolve, reject);
    });
    return [{ path, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const files: DroppedFile[] = [];
  for (;;) {
    // A reader hands out at most 100 entries a call; an empty answer is the end.
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (batch.length === 0) return files;
    for (const child of batch) files.push(...(await walkEntry(child, `${path}/${child.name}`)));
  }
}
