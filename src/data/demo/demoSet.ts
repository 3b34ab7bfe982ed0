import type { RawImage } from '../../formats/images/format';
import { createRng, type Rng } from '../../shared/rng';
import { photograph } from './colorCamera';
import { captureDepth } from './depthCamera';
import { vivid } from './materials';
import { otherClasses, otherShapes } from './otherShapes';
import { drawScene, type Scene } from './scene';
import { taskClasses, taskShapes, usualColors } from './taskShapes';

/** Everything about the demo pack that is a number. Another seed gives another pack. */
export const demoPack = {
  seed: 20250607,
  /** Width and height of every image in pixels. */
  imageSize: 64,
  /** RGB images that train the source model; not part of the pack. */
  sourceCount: 1800,
  validationCount: 240,
  targetCount: 420,
  pairCount: 180,
} as const;

const shares = ['source', 'validation', 'target', 'pairs'] as const;
type Share = (typeof shares)[number];

/** The generator of one image: no image depends on another, so any of them can be made alone. */
const rngOf = (share: Share, index: number): Rng =>
  createRng((demoPack.seed + 0x9e3779b1 * (shares.indexOf(share) + 1) + Math.imul(index + 1, 0x85ebca6b)) >>> 0);

const pick = <T>(list: readonly T[], index: number): T => {
  const item = list[index % list.length];
  if (item === undefined) throw new Error('the list is empty');
  return item;
};

/** Class of a task image: the classes take turns, so that all are equally frequent. */
export const classOf = (index: number): number => index % taskClasses.length;

/** Share of the task images whose object has the usual colour of its class. */
const usualShare = 0.85;

/** The scene of one image and the generator that made it, to be used further for the sensor. */
function sceneOf(share: Share, index: number): { scene: Scene; rng: Rng } {
  const rng = rngOf(share, index);
  if (share === 'pairs') return { scene: drawScene(rng, otherShapes[pick(otherClasses, index)], vivid), rng };
  const name = pick(taskClasses, classOf(index));
  const palette = rng.next() < usualShare ? usualColors[name] : vivid;
  return { scene: drawScene(rng, taskShapes[name], palette), rng };
}

/** RGB image of a task scene, for source training. */
export function renderSource(share: 'source' | 'validation', index: number): RawImage {
  const { scene, rng } = sceneOf(share, index);
  return photograph(scene, rng, demoPack.imageSize);
}

/** Depth image of a task scene, in millimetres. */
export function renderTarget(index: number): RawImage {
  const { scene, rng } = sceneOf('target', index);
  return captureDepth(scene, rng, demoPack.imageSize);
}

/** Both images of one scene without any of the task's classes. */
export function renderPair(index: number): { readonly rgb: RawImage; readonly target: RawImage } {
  const { scene, rng } = sceneOf('pairs', index);
  return { rgb: photograph(scene, rng, demoPack.imageSize), target: captureDepth(scene, rng, demoPack.imageSize) };
}
