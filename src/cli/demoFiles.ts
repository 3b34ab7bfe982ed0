import { classOf, demoPack, renderPair, renderTarget } from '../data/demo/demoSet';
import { taskClasses } from '../data/demo/taskShapes';
import type { FileBytes } from '../formats/models/format';
import { encodePng } from './encodePng';

/** Names of the files in `public/demo`. */
export const demoFileNames = {
  manifest: 'manifest.json',
  model: ['model/model.json', 'model/weights.bin'],
  target: 'target.zip',
  pairsRgb: 'pairs-rgb.zip',
  pairsTarget: 'pairs-target.zip',
} as const;

/** What the page says of the demo and where its parts are. */
export const demoManifest = {
  title: 'Tabletop objects: from colour to depth',
  description:
    `A small network knows ${taskClasses.slice(0, -1).join(', ')} and ${taskClasses.at(-1) ?? ''} from rendered colour ` +
    `photographs. Adapt it to ${demoPack.targetCount} images of a depth camera, with the help of ` +
    `${demoPack.pairCount} pairs that show other things.`,
  model: demoFileNames.model,
  target: demoFileNames.target,
  pairsRgb: demoFileNames.pairsRgb,
  pairsTarget: demoFileNames.pairsTarget,
};

const numbered = (index: number): string => `${String(index).padStart(4, '0')}.png`;

/** One target image, in the folder of its class: that label measures, it never trains. */
export function targetFile(index: number): FileBytes {
  const path = `${taskClasses[classOf(index)] ?? ''}/${numbered(index)}`;
  return { path, bytes: encodePng(renderTarget(index)) };
}

/** Both files of a pair; the name is what pairs them. */
export function pairFiles(index: number): { readonly rgb: FileBytes; readonly target: FileBytes } {
  const { rgb, target } = renderPair(index);
  const path = numbered(index);
  return { rgb: { path, bytes: encodePng(rgb) }, target: { path, bytes: encodePng(target) } };
}

export const indices = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

/** Files by path, as folders list them. */
export const inOrder = (files: readonly FileBytes[]): FileBytes[] =>
  files.toSorted((first, second) => (first.path < second.path ? -1 : 1));
