import type { RandomFile, Shelf, StoredFile } from './shelf';

const folderName = 'prepared-images';
const lockName = 'lock';
/** Most that the studio takes of a disk for images that it can prepare again. */
const mostBytes = 8 * 2 ** 30;
/** Of what the browser would allow: models and checkpoints need room, too. */
const shareOfQuota = 0.5;

/** A shelf, or why there is none, as the end of a sentence. */
export type OpenedShelf = { readonly shelf: Shelf } | { readonly reason: string };

function randomFile(handle: FileSystemSyncAccessHandle): RandomFile {
  return {
    size: () => handle.getSize(),
    read: (into, at) => handle.read(into, { at }),
    write(bytes, at) {
      const written = handle.write(bytes, { at });
      if (written < bytes.length) throw new DOMException('The file was not written whole.', 'QuotaExceededError');
    },
    truncate: (bytes) => handle.truncate(bytes),
    flush: () => handle.flush(),
    close: () => handle.close(),
  };
}

async function listFiles(folder: FileSystemDirectoryHandle): Promise<StoredFile[]> {
  const files: StoredFile[] = [];
  for await (const handle of folder.values()) {
    if (handle.kind !== 'file' || handle.name === lockName) continue;
    const { size, lastModified } = await handle.getFile();
    files.push({ name: handle.name, bytes: size, modified: lastModified });
  }
  return files;
}

/**
 * Opens the browser's private storage for this thread, a worker. Only one tab owns it: the others are told so, and so is
 * who has no such storage (private windows of some browsers) or no room in it.
 */
export async function openOpfsShelf(storage: StorageManager): Promise<OpenedShelf> {
  try {
    const root = await storage.getDirectory();
    const { quota = mostBytes } = await storage.estimate();
    // Also where it is no number.
    if (!(quota > 0)) return { reason: 'this browser has no room for them' };
    const folder = await root.getDirectoryHandle(folderName, { create: true });
    const lock = await folder.getFileHandle(lockName, { create: true });
    // Held until the worker ends: the browser gives it to nobody else meanwhile, and frees it whatever happens.
    await lock.createSyncAccessHandle();
    const shelf: Shelf = {
      limitBytes: Math.min(mostBytes, Math.floor(quota * shareOfQuota)),
      list: () => listFiles(folder),
      open: async (name) =>
        randomFile(await (await folder.getFileHandle(name, { create: true })).createSyncAccessHandle()),
      remove: (name) => folder.removeEntry(name),
    };
    return { shelf };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error.name === 'NoModificationAllowedError')
      return { reason: 'another tab of the studio is using the storage' };
    return { reason: `this browser gives no storage for them (${error.name})` };
  }
}
