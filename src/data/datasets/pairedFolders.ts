import { imageExtensions } from '../../formats/images/registry';
import { findClassLevel } from '../classLevel';
import { baseName, below, commonDirectory, directoryOf, extensionOf, withoutExtension } from '../paths';
import { counted } from './dataset';
import { gatherScenes, isComplete, pairedContent } from './pairedScenes';
import { sideOfFolder, sideOfName } from './sideNames';
import type { Dataset, DatasetHints, DatasetImporter, DatasetTree } from './dataset';
import type { SideWord } from './sideNames';
import type { PairedDescription, PairedTree, Side } from './pairedScenes';

/** The folder that says which camera it is of, and the path without it. */
interface NamedFolder {
  readonly named: SideWord | null;
  readonly rest: string;
}

function folderOf(directory: string): NamedFolder {
  const segments = directory === '' ? [] : directory.split('/');
  for (let at = segments.length - 1; at >= 0; at--) {
    const named = sideOfFolder(segments[at] ?? '');
    if (named) return { named, rest: [...segments.slice(0, at), ...segments.slice(at + 1)].join('/') };
  }
  return { named: null, rest: directory };
}

/**
 * Which camera took a picture, by its folder and its name; where they differ the name counts, if it says more than a
 * letter. The key is the path without the words that say it.
 */
function sideOf(path: string, folder: NamedFolder): Omit<Side, 'label'> | null {
  const stem = withoutExtension(baseName(path));
  const byName = sideOfName(stem);
  const sameSide = byName !== null && byName.word.side === folder.named?.side;
  const nameCounts = byName !== null && (sameSide || byName.certain || !folder.named);
  const key = (rest: string): string => (folder.rest === '' ? rest : `${folder.rest}/${rest}`).toLowerCase();
  if (!nameCounts) return folder.named && { ...folder.named, key: key(stem) };
  const { word, rest } = byName;
  // `depth_raw` says more than `depth`, wherever it stands.
  const ofFolder = sameSide ? folder.named.form : '';
  const form = ofFolder.length > word.form.length ? ofFolder : word.form;
  return { side: word.side, form, key: key(rest) };
}

/** How far down folders and files are looked at to tell the classes: keys without the words of the cameras. */
function gather(images: readonly string[]): { tree: PairedTree; notes: readonly string[] } {
  const folders = new Map<string, NamedFolder>();
  const folderOfImage = (path: string): NamedFolder => {
    const directory = directoryOf(path);
    const folder = folders.get(directory) ?? folderOf(directory);
    folders.set(directory, folder);
    return folder;
  };
  const found = gatherScenes(images, (path) => {
    const side = sideOf(path, folderOfImage(path));
    return side && { ...side, label: null };
  });
  // Folders keep their letter case as labels: they come from a picture of each scene, not from its key.
  const unsided = found.scenes.map(({ rgb, forms }) => {
    const path = rgb ?? [...forms.values()][0] ?? '';
    const { rest } = folderOfImage(path);
    return rest === '' ? baseName(path) : `${rest}/${baseName(path)}`;
  });
  const root = commonDirectory(unsided);
  const insides = unsided.map((path) => below(root, path));
  const { labelOf, notes } = findClassLevel(insides);
  return {
    tree: { ...found, scenes: found.scenes.map((scene, at) => ({ ...scene, label: labelOf(insides[at] ?? '') })) },
    notes,
  };
}

/** Depth as it is mostly used: with holes filled, else as the camera gave it. */
const preferred = ['depth_filled', 'filled_depth', 'depth_vi', 'depth', 'depth_raw', 'raw_depth'];

function recognise({ name, paths }: DatasetTree, hints: DatasetHints): Promise<Dataset | null> {
  const images = paths.filter((path) => imageExtensions.has(extensionOf(path)));
  const { tree, notes } = gather(images);
  const pairs = tree.scenes.filter(isComplete);
  const pictures = pairs.reduce((sum, { forms }) => sum + 1 + forms.size, 0);
  if (pairs.length < 2 || pictures * 2 < images.length) return Promise.resolve(null);
  const classes = new Set(tree.scenes.flatMap(({ label }) => label ?? []));
  const forms = new Set(tree.scenes.flatMap((scene) => [...scene.forms.keys()]));
  const description: PairedDescription = {
    tree,
    hints,
    targetWord: 'depth or infrared',
    preferredForm: (present) => preferred.find((form) => present.includes(form)) ?? present[0] ?? '',
    facts: [
      `${counted(pairs.length, 'pair')} of RGB and ${[...forms].join(' or ')} images.`,
      ...(classes.size > 0 ? [`${counted(classes.size, 'folder')} that can be classes.`] : []),
      ...notes,
    ],
  };
  return Promise.resolve({
    kind: 'pairedFolders',
    title: 'RGB-D pairs (NYU, DIML, ...)',
    name,
    contentOf: (answers) => pairedContent(description, answers),
  });
}

/**
 * RGB-D sets whose folders or file names say which camera took a picture: `color/` and `depth/`, `x_c.png` and `x_d.png`,
 * `rgb_00001.jpg` and `depth_00001.png` (NYU Depth V2, DIML/CVL, and many recorded alike). Where there are class folders
 * around them, some of the classes can be the task.
 */
export const pairedFolders: DatasetImporter = {
  layout: 'pairs as of NYU and DIML (color/ and depth/, or x_c.png and x_d.png)',
  recognise,
};
