import { imageExtensions } from '../../formats/images/registry';
import { StudioError } from '../../shared/failure';
import { extensionOf } from '../paths';
import { countNames } from './classNames';
import { counted, someOf } from './dataset';
import { knownLayouts } from './registry';
import type { DatasetTree } from './dataset';

const kindsShown = 3;

/** What lies in a tree, by the endings of its files: `5 files (3 .png, 1 without ending, 1 .md)`; images alone are called so. */
function contentOf(paths: readonly string[]): string {
  if (paths.length === 0) return 'no file';
  const kinds = [...countNames(paths.map(extensionOf))].sort(([, a], [, b]) => b - a);
  const shown = kinds.slice(0, kindsShown).map(([ending, count]) => `${count} ${ending === '' ? 'without ending' : `.${ending}`}`); // prettier-ignore
  const others = kinds.slice(kindsShown).reduce((sum, [, count]) => sum + count, 0);
  const images = paths.filter((path) => imageExtensions.has(extensionOf(path))).length;
  const what =
    images === paths.length ? `${counted(images, 'image')} in no layout that is known` : counted(paths.length, 'file');
  return `${what} (${[...shown, ...(others > 0 ? [`${others} others`] : [])].join(', ')})`;
}

/** The folders right below the top, as a part of a sentence; empty where there are none. */
function foldersOf(name: string, paths: readonly string[]): string {
  const insides = paths.map((path) => (path.startsWith(`${name}/`) ? path.slice(name.length + 1) : path));
  const folders = [...new Set(insides.flatMap((path) => (path.includes('/') ? (path.split('/')[0] ?? '') : [])))];
  return folders.length === 0 ? '' : `, in ${folders.length === 1 ? 'the folder' : 'the folders'} ${someOf(folders.sort())}`; // prettier-ignore
}

/** `unknown-format`: says what was found in a tree that is no known dataset, and which ones are known. */
export const unknownDataset = ({ name, paths }: Pick<DatasetTree, 'name' | 'paths'>): StudioError =>
  new StudioError({
    code: 'unknown-format',
    message: `"${name}" is no dataset that the studio knows. In it: ${contentOf(paths)}${foldersOf(name, paths)}.`,
    remedy: `Known are ${knownLayouts.join('; ')}. Drop the top folder as it was unpacked, or open folders one by one in the rows below.`,
  });
