import { imageExtensions } from '../../formats/images/registry';
import { baseName, below, commonDirectory, directoryOf, extensionOf, withoutExtension } from '../paths';
import { counted } from './dataset';
import { gatherScenes, isComplete, pairedContent } from './pairedScenes';
import type { Dataset, DatasetHints, DatasetImporter, DatasetTree } from './dataset';
import type { PairedDescription, Side } from './pairedScenes';

const names = /^(.+)_(rgb|nir)$/i;

/** `<class>/NNNN_rgb.tiff` and `<class>/NNNN_nir.tiff`; the folder of the images is the class. */
function sideOf(path: string, root: string): Side | null {
  if (!imageExtensions.has(extensionOf(path))) return null;
  const [, stem, ending] = names.exec(withoutExtension(baseName(path))) ?? [];
  if (stem === undefined || ending === undefined) return null;
  const folder = directoryOf(path);
  return {
    side: ending.toLowerCase() === 'rgb' ? 'rgb' : 'target',
    form: 'nir',
    key: below(root, folder === '' ? stem : `${folder}/${stem}`),
    label: folder === root ? null : baseName(folder),
  };
}

function recognise({ name, paths }: DatasetTree, hints: DatasetHints): Promise<Dataset | null> {
  const images = paths.filter((path) => imageExtensions.has(extensionOf(path)));
  const root = commonDirectory(images.filter((path) => names.test(withoutExtension(baseName(path)))));
  const tree = gatherScenes(images, (path) => sideOf(path, root));
  const pairs = tree.scenes.filter(isComplete).length;
  if (pairs < 2 || pairs * 4 < images.length) return Promise.resolve(null);
  const classes = new Set(tree.scenes.flatMap(({ label }) => label ?? []));
  const description: PairedDescription = {
    tree,
    hints,
    targetWord: 'near-infrared',
    preferredForm: ([form = '']) => form,
    facts: [
      `${counted(pairs, 'pair')} of RGB and near-infrared images in ${classes.size === 0 ? 'one folder' : counted(classes.size, 'class', 'classes')}.`,
    ],
  };
  return Promise.resolve({
    kind: 'rgbNir',
    title: 'RGB-NIR scenes',
    name,
    contentOf: (answers) => pairedContent(description, answers),
  });
}

/**
 * The RGB-NIR scene dataset of EPFL (Brown and Süsstrunk, CVPR 2011) and others named like it: class folders with
 * `NNNN_rgb.tiff` and `NNNN_nir.tiff`. Target images are the near-infrared ones of the task classes, which the model
 * names or a person chooses; all other classes become pairs.
 */
export const rgbNir: DatasetImporter = {
  layout: 'RGB-NIR (class folders with 0001_rgb.tiff and 0001_nir.tiff)',
  recognise,
};
