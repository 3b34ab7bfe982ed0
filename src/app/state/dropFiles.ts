import { StudioError } from '../../shared/failure';
import type { DroppedFile } from '../../shared/images';

/**
 * Every file of a drop with its path inside the dropped folder. A single dropped folder gives paths
 * relative to itself, as its directory input does with `webkitRelativePath`.
 * Call it inside the drop event: the browser empties the transfer afterwards.
 * @throws StudioError `missing-file` where no file was dropped, or one cannot be read
 */
export async function filesOfDrop(transfer: DataTransfer): Promise<readonly DroppedFile[]> {
  const items = [...transfer.items].filter((item) => item.kind === 'file');
  // All handles must be asked for before the first await.
  const opened = items.map(openItem);
  if (opened.length === 0) {
    throw new StudioError({
      code: 'missing-file',
      message: 'What was dropped is no file.',
      remedy: 'Drop a folder, files or a zip from the file manager of this computer.',
    });
  }
  const files = (await readable(Promise.all(opened))).flat();
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

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

function openItem(item: DataTransferItem): Promise<readonly DroppedFile[]> {
  if (typeof item.getAsFileSystemHandle === 'function') {
    const entry = item.webkitGetAsEntry();
    return item.getAsFileSystemHandle().then((handle) => {
      if (handle !== null) return walkHandle(handle as FileSystemDirectoryHandle | FileSystemFileHandle, handle.name);
      return entry === null ? [] : walkEntry(entry, entry.name);
    });
  }
  const entry = item.webkitGetAsEntry();
  if (entry !== null) return walkEntry(entry, entry.name);
  const file = item.getAsFile();
  return Promise.resolve(file === null ? [] : [{ path: file.name, file }]);
}

async function walkHandle(
  handle: FileSystemDirectoryHandle | FileSystemFileHandle,
  path: string,
): Promise<readonly DroppedFile[]> {
  if (handle.kind === 'file') return [{ path, file: await handle.getFile() }];
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

/** Files of an input, in path order; of a directory input with their path inside the folder. */
export function filesOfInput(list: FileList | null): readonly DroppedFile[] {
  return [...(list ?? [])]
    .map((file) => ({ path: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
