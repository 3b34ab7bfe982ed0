import type { Dataset } from '../data/datasets/dataset';
import { recogniseDataset, rolesOf } from '../data/datasets/registry';
import { openArchive } from '../data/intake';
import { isIgnored } from '../data/paths';
import { readSource } from '../data/sourceFile';
import type { SourceFile } from '../data/sourceFile';
import { StudioError } from '../shared/failure';
import { classesOf } from './project';
import type { Project } from './project';

/** The files of a drop by their paths, those in a zip that was dropped alone included. */
export interface DroppedTree {
  readonly name: string;
  readonly files: ReadonlyMap<string, SourceFile>;
}

/** @throws StudioError for a zip that is damaged, unsafe or encrypted */
export async function treeOf(given: readonly SourceFile[], name?: string): Promise<DroppedTree> {
  const listed = (await openArchive(given)).filter(({ path }) => !isIgnored(path));
  return {
    name: name ?? listed[0]?.path.split('/')[0] ?? '',
    files: new Map(listed.map((file) => [file.path, file])),
  };
}

/**
 * The known dataset that a tree is; its texts are read only where its paths are those of one.
 * @returns null where it is none
 */
export const datasetOf = ({ name, files }: DroppedTree, project: Project): Promise<Dataset | null> =>
  recogniseDataset(
    { name, paths: [...files.keys()], readText: (path) => readTextFile(files.get(path), path) },
    { modelClasses: statedClasses(project) },
  );

/**
 * Title of the known dataset that the files of one role are, when as such they would fill several roles. It is only
 * offered: texts that cannot be read make it none here, and are told when it is opened as a dataset.
 */
export async function looksLike(given: readonly SourceFile[], project: Project): Promise<string | null> {
  try {
    const dataset = await datasetOf(await treeOf(given), project);
    return dataset && rolesOf(dataset, new Map()).size > 1 ? dataset.title : null;
  } catch (thrown) {
    if (thrown instanceof StudioError) return null;
    throw thrown;
  }
}

/** Lists and scene names are small; whatever is larger is none. */
const maxTextBytes = 32 * 1024 * 1024;

async function readTextFile(file: SourceFile | undefined, path: string): Promise<string> {
  if (file && file.size <= maxTextBytes) {
    const bytes = await readSource(file);
    const utf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
    return new TextDecoder(utf16 ? (bytes[0] === 0xff ? 'utf-16le' : 'utf-16be') : 'utf-8').decode(bytes);
  }
  throw new StudioError({
    code: 'too-large',
    message: `${path} is too large for a text of a dataset.`,
    remedy: 'Leave it out.',
  });
}

/** Class names that the model itself states. */
function statedClasses(project: Project): readonly string[] | null {
  if (project.models.length === 0) return null;
  const { names, from } = classesOf(project);
  return from === 'file' ? names : null;
}
