import { recogniseDataset, rolesOf } from '../data/datasets/registry';
import type { Answers, Dataset } from '../data/datasets/dataset';

/** Files of a dropped tree with their text; images are empty. */
export type Tree = Readonly<Record<string, string>>;
export const noAnswers: Answers = new Map();

export const recognise = (files: Tree, modelClasses: readonly string[] | null = null): Promise<Dataset | null> =>
  recogniseDataset(
    {
      name: 'set',
      paths: Object.keys(files),
      readText: (path) => Promise.resolve(files[path] ?? ''),
    },
    { modelClasses },
  );

export async function recognised(files: Tree, modelClasses: readonly string[] | null = null): Promise<Dataset> {
  const dataset = await recognise(files, modelClasses);
  if (!dataset) throw new Error('not recognised');
  return dataset;
}

export const images = (...paths: readonly string[]): Tree => Object.fromEntries(paths.map((path) => [path, '']));

/** Label or pair key of each file of a role. */
export function roleOf(
  dataset: Dataset,
  role: 'target' | 'test' | 'pairsRgb' | 'pairsTarget',
  answers = noAnswers,
): Readonly<Record<string, string | undefined>> {
  const files = rolesOf(dataset, answers).get(role);
  return Object.fromEntries([...(files ?? [])].map(([path, { label, pairKey }]) => [path, label ?? pairKey]));
}

/** A frame of SUN RGB-D as the raw tree has it. @param scene text of `scene.txt`; null where there is none */
export function sunFrame(folder: string, scene: string | null, parts = ['image', 'depth', 'depth_bfx']): Tree {
  const path = `SUNRGBD/${folder}`;
  return {
    ...images(
      ...parts.map((part) => `${path}/${part}/0000001.${part === 'image' ? 'jpg' : 'png'}`),
      `${path}/fullres/0000001.jpg`,
      `${path}/annotation2Dfinal/index.json`,
    ),
    [`${path}/intrinsics.txt`]: '529.5 0 365 \n0 528.5 265 \n0 0 1 \n',
    ...(scene === null ? {} : { [`${path}/scene.txt`]: scene }),
  };
}
