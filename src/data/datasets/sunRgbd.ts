import { imageExtensions } from '../../formats/images/registry';
import { extensionOf, naturalOrder, sortByPath } from '../paths';
import { classQuestion, countNames, namesOfModel } from './classNames';
import { answerTo, counted, someOf } from './dataset';
import { knownCameras, readScenes } from './sunRgbdTexts';
import type { Answers, Dataset, DatasetContent, DatasetHints, DatasetImporter, DatasetTree } from './dataset';
import type { KnownCamera, SceneNames } from './sunRgbdTexts';
import type { DatasetQuestion } from '../../shared/datasets';

/** The four cameras, in the order of the dataset. */
const cameras = {
  kv1: { label: 'Kinect v1', parts: ['nyudata', 'b3dodata'] },
  kv2: { label: 'Kinect v2', parts: ['align_kv2', 'kinect2data'] },
  realsense: { label: 'Intel RealSense', parts: ['lg', 'sa', 'sh', 'shr'] },
  xtion: { label: 'Asus Xtion', parts: ['sun3ddata', 'xtion_align_data'] },
} as const;
type Camera = keyof typeof cameras;
const cameraNames = Object.keys(cameras) as Camera[];

/** `depth` as measured, with holes; `depth_bfx` with the holes filled by the authors of the dataset. */
const depthKinds = ['depth_bfx', 'depth'] as const;
type DepthKind = (typeof depthKinds)[number];

/** Scene names that all four cameras have, in the complete dataset, as the released code of SOCKET has it. */
const scenesInCommon = 17;

/** One moment of one camera: a folder with `image/`, `depth/`, `depth_bfx/` and `scene.txt`. */
export interface SunFrame {
  /** Its folder. */
  readonly path: string;
  readonly camera: Camera;
  readonly image: string | null;
  readonly depth: Readonly<Record<DepthKind, string | null>>;
  readonly sceneFile: string | null;
  readonly intrinsicsFile: string | null;
}

type FramePart = 'image' | DepthKind | 'scene' | 'intrinsics';

function cameraOf(segments: readonly string[]): Camera | null {
  const lower = segments.map((segment) => segment.toLowerCase());
  return (
    cameraNames.find((camera) => lower.includes(camera)) ??
    cameraNames.find((camera) => cameras[camera].parts.some((part) => lower.includes(part))) ??
    null
  );
}

/** Which part of which frame a file is; null for all others (`fullres/`, `annotation2Dfinal/`, ...). */
function partOf(path: string): { frame: string; part: FramePart } | null {
  const [file = '', folder = ''] = path.split('/').reverse();
  const above = path.slice(0, Math.max(0, path.length - file.length - 1));
  if (file === 'scene.txt') return { frame: above, part: 'scene' };
  if (file === 'intrinsics.txt') return { frame: above, part: 'intrinsics' };
  if (folder !== 'image' && folder !== 'depth' && folder !== 'depth_bfx') return null;
  if (!imageExtensions.has(extensionOf(file))) return null;
  return { frame: above.slice(0, Math.max(0, above.length - folder.length - 1)), part: folder };
}

/** The frames of a tree in natural order; empty where it is not SUN RGB-D. */
function findFrames(paths: readonly string[]): SunFrame[] {
  const parts = new Map<string, Partial<Record<FramePart, string>>>();
  for (const path of paths) {
    const found = partOf(path);
    if (!found) continue;
    const known = parts.get(found.frame) ?? {};
    const earlier = known[found.part];
    // Of several files in a folder the first counts, whatever order they came in.
    if (earlier === undefined || naturalOrder(path, earlier) < 0) known[found.part] = path;
    parts.set(found.frame, known);
  }
  const frames: SunFrame[] = [];
  for (const [path, part] of parts) {
    const camera = cameraOf(path.split('/'));
    if (!camera || (!part.image && !part.depth && !part.depth_bfx)) continue;
    frames.push({
      path,
      camera,
      image: part.image ?? null,
      depth: { depth: part.depth ?? null, depth_bfx: part.depth_bfx ?? null },
      sceneFile: part.scene ?? null,
      intrinsicsFile: part.intrinsics ?? null,
    });
  }
  const isSun = frames.some(({ sceneFile }) => sceneFile !== null);
  return isSun ? sortByPath(frames, ({ path }) => path) : [];
}

/** A tree of SUN RGB-D with its small texts read. */
interface SunTree {
  readonly frames: readonly SunFrame[];
  readonly scenes: SceneNames;
  readonly present: readonly Camera[];
  /** Scene names that all cameras that are here have. */
  readonly common: readonly string[];
  readonly hints: DatasetHints;
  readonly known: ReadonlyMap<string, KnownCamera>;
}

function commonScenes(frames: readonly SunFrame[], scenes: SceneNames, present: readonly Camera[]): string[] {
  const ofCamera = new Map(present.map((camera) => [camera, new Set<string>()]));
  for (const frame of frames) {
    const scene = scenes.nameOf.get(frame.path);
    if (scene !== undefined) ofCamera.get(frame.camera)?.add(scene);
  }
  const [first, ...others] = ofCamera.values();
  return [...(first ?? [])].filter((scene) => others.every((names) => names.has(scene)));
}

/** The answers in force. */
interface SunChoice {
  readonly target: string;
  readonly depth: DepthKind;
  readonly classes: readonly string[];
  readonly pairCameras: readonly string[];
}

const proposedDepth = ({ frames }: SunTree): DepthKind =>
  frames.some(({ depth }) => depth.depth_bfx !== null) ? 'depth_bfx' : 'depth';

function choiceOf(tree: SunTree, answers: Answers): SunChoice {
  const [target = ''] = answerTo(answers, 'target', tree.present.slice(0, 1));
  const [depth] = answerTo(answers, 'depth', [proposedDepth(tree)]);
  const ofModel = [...namesOfModel(new Set(tree.scenes.nameOf.values()), tree.hints).keys()];
  return {
    target,
    depth: depth === 'depth' ? 'depth' : 'depth_bfx',
    classes: answerTo(answers, 'classes', ofModel.length > 0 ? ofModel : [...countNames(tree.common).keys()]),
    pairCameras: answerTo(answers, 'pairs', tree.present),
  };
}

function questionsOf(tree: SunTree, choice: SunChoice): DatasetQuestion[] {
  const { frames, present, scenes } = tree;
  const framesOf = (camera: string): number => frames.filter((frame) => frame.camera === camera).length;
  const options = present.map((value) => ({ value, label: `${cameras[value].label} (${framesOf(value)} frames)` }));
  const ofTarget = countNames(
    frames.flatMap((frame) => (frame.camera === choice.target ? (scenes.nameOf.get(frame.path) ?? []) : [])),
  );
  const counts = countNames(scenes.nameOf.values());
  for (const name of counts.keys()) counts.set(name, ofTarget.get(name) ?? 0);
  const questions: DatasetQuestion[] = [
    {
      key: 'target',
      label: 'Which camera took the target images?',
      help: 'Its depth images of the task classes are what the model is adapted to.',
      options,
      multiple: false,
      chosen: [choice.target],
    },
    classQuestion(
      counts,
      choice.classes,
      'Scenes of the target images, with their number. All other scenes become pairs.',
    ),
    {
      key: 'pairs',
      label: 'Which cameras give the pairs?',
      help: 'Colour and depth images of scenes outside the task. The method uses all cameras together.',
      options,
      multiple: true,
      chosen: choice.pairCameras,
    },
  ];
  const kinds = depthKinds.filter((kind) => frames.some(({ depth }) => depth[kind] !== null));
  if (kinds.length < 2) return questions;
  const depthQuestion: DatasetQuestion = {
    key: 'depth',
    label: 'Which depth images?',
    help: 'The paper does not say which were used. Filled ones have no holes; measured ones are what a camera gives.',
    options: [
      { value: 'depth_bfx', label: 'depth_bfx: holes filled' },
      { value: 'depth', label: 'depth: as measured' },
    ],
    multiple: false,
    chosen: [choice.depth],
  };
  return [...questions.slice(0, 1), depthQuestion, ...questions.slice(1)];
}

function factsOf({ frames, present, common, scenes }: SunTree): string[] {
  const perCamera = present.map((camera) => {
    const count = frames.filter((frame) => frame.camera === camera).length;
    return `${cameras[camera].label} ${count}`;
  });
  const names = new Set(scenes.nameOf.values()).size;
  const who = present.length === cameraNames.length ? 'all four cameras have' : 'every camera that is here has';
  return [
    `${counted(frames.length, 'frame')}: ${perCamera.join(', ')}.`,
    `${counted(names, 'scene name')}, of which ${who} ${common.length}${common.length > 0 ? `: ${[...countNames(common).keys()].join(', ')}` : ''}.`,
  ];
}

function warningsOf(tree: SunTree, choice: SunChoice): string[] {
  const { frames, present, common, scenes } = tree;
  const warnings: string[] = [];
  const missing = cameraNames.filter((camera) => !present.includes(camera));
  if (missing.length > 0) {
    const names = missing.map((camera) => cameras[camera].label).join(', ');
    warnings.push(`There are no frames of ${names}: the method takes the scenes that all four cameras have.`);
  } else if (common.length !== scenesInCommon) {
    warnings.push(
      `The cameras have ${common.length} scene names in common; the complete dataset is known to have ${scenesInCommon}. Files may be missing.`,
    );
  }
  for (const [what, paths] of scenes.without) {
    warnings.push(`${counted(paths.length, 'frame')} without a scene, because ${what}: ${someOf(paths)}.`);
  }
  const used = frames.filter((frame) => frame.camera === choice.target || choice.pairCameras.includes(frame.camera));
  const report = (what: string, without: readonly SunFrame[]): void => {
    if (without.length > 0)
      warnings.push(`${counted(without.length, 'frame')} without ${what}: ${someOf(without.map(({ path }) => path))}.`);
  };
  report(
    `an image in ${choice.depth}/`,
    used.filter(({ depth }) => depth[choice.depth] === null),
  );
  report(
    'an image in image/',
    used.filter(({ image }) => image === null),
  );
  return warnings;
}

/** What the images of each role are called, and the camera of those that one camera took. */
function rolesOf({ known }: SunTree, { target, depth, pairCameras }: SunChoice): NonNullable<DatasetContent['roles']> {
  const labelOf = (camera: string): string => cameraNames.flatMap((name) => (name === camera ? cameras[name].label : [])).join(); // prettier-ignore
  const [only = '', ...others] = pairCameras;
  const taken = others.length === 0 ? labelOf(only) : `${pairCameras.length} cameras`;
  return {
    target: { name: `SUN RGB-D, ${labelOf(target)}, ${depth}`, intrinsics: known.get(target)?.intrinsics },
    pairsRgb: { name: `SUN RGB-D, ${taken}, colour` },
    pairsTarget: {
      name: `SUN RGB-D, ${taken}, ${depth}`,
      intrinsics: others.length === 0 ? known.get(only)?.intrinsics : undefined,
    },
  };
}

function contentOf(tree: SunTree, answers: Answers): DatasetContent {
  const { frames, scenes, hints } = tree;
  const choice = choiceOf(tree, answers);
  const task = new Set(choice.classes);
  const written = namesOfModel(task, hints);
  const sceneOf = (frame: SunFrame): string | undefined => scenes.nameOf.get(frame.path);
  return {
    facts: factsOf(tree),
    cameras: [...tree.known.values()].map(({ sentence }) => sentence),
    roles: rolesOf(tree, choice),
    warnings: warningsOf(tree, choice),
    questions: questionsOf(tree, choice),
    target: frames.flatMap((frame) => {
      const [scene, path] = [sceneOf(frame), frame.depth[choice.depth]];
      if (frame.camera !== choice.target || scene === undefined || !task.has(scene) || path === null) return [];
      return [{ path, label: written.get(scene) ?? scene }];
    }),
    test: [],
    pairs: frames.flatMap((frame) => {
      const [scene, target] = [sceneOf(frame), frame.depth[choice.depth]];
      if (!choice.pairCameras.includes(frame.camera) || scene === undefined || task.has(scene)) return [];
      return frame.image !== null && target !== null ? [{ key: frame.path, rgb: frame.image, target }] : [];
    }),
  };
}

async function recognise(tree: DatasetTree, hints: DatasetHints): Promise<Dataset | null> {
  const frames = findFrames(tree.paths);
  if (frames.length === 0) return null;
  const present = cameraNames.filter((camera) => frames.some((frame) => frame.camera === camera));
  const scenes = await readScenes(frames, tree.readText);
  const sun: SunTree = {
    frames,
    scenes,
    present,
    common: commonScenes(frames, scenes, present),
    hints,
    known: await knownCameras(frames, (camera) => cameras[camera].label, tree.readText),
  };
  return {
    kind: 'sunRgbd',
    title: 'SUN RGB-D',
    name: tree.name,
    contentOf: (answers) => contentOf(sun, answers),
  };
}

/**
 * The raw tree of SUN RGB-D (Song, Lichtenberg, Xiao, CVPR 2015): `SUNRGBD/<camera>/.../<frame>/` with `image/`,
 * `depth/`, `depth_bfx/` and `scene.txt`. As SOCKET does, the classes of the task are by default the scenes that all
 * cameras have, target images are the depth images of one camera, and the frames of all other scenes are the pairs.
 */
export const sunRgbd: DatasetImporter = {
  layout: 'SUN RGB-D (frames with image/, depth/ and scene.txt below kv1, kv2, realsense and xtion)',
  recognise,
};
