import { StudioError } from '../../shared/failure';
import { mapConcurrently } from '../concurrency';
import type { Intrinsics } from '../../shared/recipe';
import type { DatasetTree } from './dataset';

/** The scene of each frame that names one. */
export interface SceneNames {
  /** Folder of the frame -> scene name, trimmed and in lower case. */
  readonly nameOf: ReadonlyMap<string, string>;
  /** Why a frame has none, as the end of a sentence -> folders of the frames. */
  readonly without: ReadonlyMap<string, readonly string[]>;
}

interface Named {
  readonly path: string;
  readonly sceneFile: string | null;
}

const readAtOnce = 32;
/** What annotators wrote where they did not know: `idk`, I don't know. */
const unknown: ReadonlySet<string> = new Set(['idk', 'unknown', 'none']);

/** Why a frame has no scene, or its name. */
async function sceneOf({ sceneFile }: Named, readText: DatasetTree['readText']): Promise<{ name: string } | string> {
  if (sceneFile === null) return 'there is no scene.txt';
  let text: string;
  try {
    text = await readText(sceneFile);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return 'scene.txt cannot be read';
  }
  const [line = ''] = text
    .replaceAll('\0', '')
    .replace(/^\uFEFF/, '')
    .trim()
    .split(/\r\n|\n|\r/);
  const name = line.trim().toLowerCase();
  if (name === '') return 'scene.txt is empty';
  return unknown.has(name) ? `scene.txt says "${name}"` : { name };
}

/** Reads the scene names of all frames, several at a time. */
export async function readScenes(frames: readonly Named[], readText: DatasetTree['readText']): Promise<SceneNames> {
  const found = await mapConcurrently(frames, readAtOnce, (frame) => sceneOf(frame, readText));
  const nameOf = new Map<string, string>();
  const without = new Map<string, string[]>();
  frames.forEach(({ path }, index) => {
    const scene = found[index];
    if (scene === undefined) return;
    if (typeof scene === 'object') nameOf.set(path, scene.name);
    else if (without.has(scene)) without.get(scene)?.push(path);
    else without.set(scene, [path]);
  });
  return { nameOf, without };
}

/** A camera by the numbers of one of its frames. */
export interface KnownCamera {
  readonly intrinsics: Intrinsics;
  /** The numbers and where they were read, as a sentence. */
  readonly sentence: string;
}

/**
 * What an `intrinsics.txt` says of a camera: nine numbers, row by row, focal lengths and principal point in pixels.
 * @returns null where there is none, or it holds something else
 */
async function readCamera(label: string, path: string, readText: DatasetTree['readText']): Promise<KnownCamera | null> {
  let numbers: number[];
  try {
    numbers = (await readText(path)).trim().split(/\s+/).map(Number);
  } catch (error) {
    if (!(error instanceof StudioError)) throw error;
    return null;
  }
  const [fx = NaN, , cx = NaN, , fy = NaN, cy = NaN] = numbers;
  if (numbers.length !== 9 || ![fx, fy, cx, cy].every(Number.isFinite) || fx <= 0 || fy <= 0) return null;
  const sentence = `Camera of ${label}, for surface normals: fx ${fx}, fy ${fy}, cx ${cx}, cy ${cy} pixels (${path}).`;
  return { intrinsics: { fx, fy, cx, cy }, sentence };
}

/** Each camera by the first frame that states it, in the order of the frames. */
export async function knownCameras<Camera extends string>(
  frames: readonly { readonly camera: Camera; readonly intrinsicsFile: string | null }[],
  labelOf: (camera: Camera) => string,
  readText: DatasetTree['readText'],
): Promise<Map<Camera, KnownCamera>> {
  const first = new Map<Camera, string>();
  for (const { camera, intrinsicsFile } of frames) {
    if (intrinsicsFile !== null && !first.has(camera)) first.set(camera, intrinsicsFile);
  }
  const known = new Map<Camera, KnownCamera>();
  for (const [camera, path] of first) {
    const found = await readCamera(labelOf(camera), path, readText);
    if (found) known.set(camera, found);
  }
  return known;
}
