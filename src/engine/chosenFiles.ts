import { walkDirectory } from '../data/directory';
import type { DirectoryFiles, WalkOptions } from '../data/directory';
import { fromDropped } from '../data/sourceFile';
import type { DroppedFile } from '../shared/images';

/** What a person chose: files, or a directory that is listed here. */
export interface Chosen {
  readonly files: readonly DroppedFile[];
  readonly directory?: FileSystemDirectoryHandle;
}

/**
 * The files of a choice.
 * @throws StudioError of {@link walkDirectory} for a directory that cannot be read
 */
export async function chosenFiles({ files, directory }: Chosen, options: WalkOptions = {}): Promise<DirectoryFiles> {
  if (directory) return walkDirectory(directory, options);
  return { files: files.map(fromDropped), skipped: [] };
}
