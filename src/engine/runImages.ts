import { selectImages } from '../data/batches';
import { blindOrderOf } from '../data/folderFacts';
import type { ImageDesk } from '../data/imageDesk';
import { createPairSet } from '../data/pairing';
import type { Pairing } from '../data/pairing';
import type { PreparedSource } from '../data/preparedSource';
import { StudioError } from '../shared/failure';
import type { ImageRole } from '../shared/images';
import type { ImageSet, PairSet } from '../shared/imageSet';
import { presets } from '../shared/settings';
import type { PresetName, Settings } from '../shared/settings';
import type { Emit } from './host';
import { formFor, imageSetFor } from './imageSets';
import type { Journal } from './journal';
import { prepareFolder } from './preparedFolder';
import type { PreparedFolder } from './preparedFolder';
import { evaluatedImages, pairingOf, replaceFolder, requireModel, sharedPreprocessing } from './project';
import type { Evaluated, Project, ProjectFolder } from './project';
import { summarizeProject } from './projectSummary';
import { planOf, usesPairs } from './runPlan';
import type { PreparedCache } from './storage/preparedCache';

/** The images of a run, as the networks see them. */
export interface RunImages {
  /**
   * The target images: in an order that depends on pixels alone, so that no name of a file or class folder can reach the
   * weights.
   */
  readonly training: ImageSet;
  /** In the order of their files: their names decide which pair a draw gives; they have no labels. */
  readonly pairs: PairSet | null;
  /** What is measured, in file order. */
  readonly measured: ImageSet;
  readonly evaluated: Evaluated;
}

export interface PrepareRunArgs {
  readonly project: Project;
  readonly desk: ImageDesk;
  readonly cache: PreparedCache;
  readonly emit: Emit;
  readonly journal: Journal;
  readonly now: () => number;
  /** Waits while paused; whether the person has ended the run. */
  readonly ended: () => Promise<boolean>;
}

/** A folder of the run, without the images that cannot be used. */
interface ReadyFolder {
  readonly opened: ProjectFolder;
  readonly source: PreparedSource;
  /** Whether images were left out. */
  readonly changed: boolean;
}

/** A run with more than this share of damaged images is not what the person meant. */
const mostUnreadable = 0.2;
/** Milliseconds between two tellings of how far it is. */
const tellEvery = 100;

/** The folders that a run with these settings works on, target first. */
export function usedFolders(
  project: Project,
  method: { readonly preset: PresetName; readonly settings: Settings },
): ProjectFolder[] {
  const { target, pairsRgb, pairsTarget, test } = project.folders;
  const pairs = usedPairing(project, method) === null ? [] : [pairsRgb, pairsTarget];
  return [target, ...pairs, test].filter((opened) => opened !== undefined);
}

/** The pairs that a run with these settings works on; null where it takes none. */
export const usedPairing = (
  project: Project,
  { preset, settings }: { readonly preset: PresetName; readonly settings: Settings },
): Pairing | null => (presets[preset].kind === 'train' && usesPairs(settings) ? pairingOf(project) : null);

/**
 * Prepares every image that a run needs, and tells how far it is. Files that turn out not to be readable are left out: the
 * folders of the run and of the project then are those without them, and so is the plan.
 * @returns null when the person has ended the run
 * @throws StudioError `no-images` when too many cannot be read; whatever then stands in the way of the run
 */
export async function prepareRun(args: PrepareRunArgs): Promise<RunImages | null> {
  const { project, journal, cache, emit } = args;
  const { runId, preset, settings } = journal.subject;
  cache.startRun();
  const ready = new Map<ImageRole, ReadyFolder>();
  for (const opened of usedFolders(project, journal.subject)) {
    const folder = await prepareOne(args, opened);
    if (!folder) return null;
    ready.set(opened.folder.role, folder);
  }
  const changed = [...ready.values()].filter((folder) => folder.changed);
  for (const { opened } of changed) replaceFolder(project, opened.folder);
  const folders = [...ready.values()].map(({ opened }) => opened);
  journal.subject = { ...journal.subject, folders, pairing: usedPairing(project, journal.subject) };
  if (changed.length > 0) {
    emit({ type: 'project/changed', project: summarizeProject(project) });
    const plan = planOf(project, { preset, settings });
    journal.subject = { ...journal.subject, plan };
    emit({ type: 'run/plan', runId, plan });
  }
  return imagesOf(args, ready);
}

async function prepareOne(args: PrepareRunArgs, opened: ProjectFolder): Promise<ReadyFolder | null> {
  const { folder, recipe } = opened;
  const prepared = await prepareFolder({
    folder,
    form: formFor(requireModel(args.project), recipe),
    cache: args.cache,
    atOnce: args.desk.atOnce,
    ended: args.ended,
    onProgress: teller(args, folder.role),
  });
  if (!prepared) return null;
  requireMost(opened, prepared);
  const { unreadable, contentKeys } = prepared;
  const left = contentKeys.flatMap((key, index) => (key === null ? [] : [index]));
  return {
    opened: { ...opened, folder: await folder.afterDecoding({ contentKeys, unreadable }) },
    source: unreadable.size === 0 ? prepared.source : selectSource(prepared.source, left),
    changed: unreadable.size > 0,
  };
}

/** Tells how far a folder is: at once, then every so often, and when all is done. */
function teller({ emit, journal, now }: PrepareRunArgs, role: ImageRole) {
  const started = now();
  let last = -Infinity;
  return (progress: { done: number; total: number; cached: number; decoded: number }): void => {
    const { done, total, cached, decoded } = progress;
    if (done < total && now() - last < tellEvery) return;
    last = now();
    const seconds = (last - started) / 1000;
    const imagesPerSecond = seconds > 0 ? decoded / seconds : 0;
    emit({ type: 'run/preparing', runId: journal.subject.runId, role, done, total, cached, imagesPerSecond });
  };
}

function requireMost({ folder }: ProjectFolder, { unreadable, withdrawn }: PreparedFolder): void {
  const { name, files } = folder;
  if (unreadable.size <= mostUnreadable * files.length) return;
  const examples = [...unreadable].slice(0, 20).map(([index, reason]) => `${files[index]?.path ?? ''} ${reason}`);
  if (withdrawn > mostUnreadable * files.length) {
    throw new StudioError({
      code: 'missing-file',
      message: `Of ${files.length} images in "${name}", ${withdrawn} were changed, moved or removed after the folder was opened.`,
      remedy: 'Reconnect the folder, or choose it again where it is now, and start again.',
      detail: examples.join('\n'),
    });
  }
  throw new StudioError({
    code: 'no-images',
    message: `Of ${files.length} images in "${name}", ${unreadable.size} cannot be read: more than a fifth.`,
    remedy: 'See in the detail what is wrong with them, copy the folder again from its source, and choose it again.',
    detail: examples.join('\n'),
  });
}

/** A source of some images of another, in the given order. */
const selectSource = (source: PreparedSource, indices: readonly number[]): PreparedSource => {
  const originalOf = (index: number): number => indices[index] ?? -1;
  return {
    count: indices.length,
    take: (index) => source.take(originalOf(index)),
    expect: (upcoming) => source.expect(upcoming.map(originalOf)),
  };
};

function imagesOf({ project, journal }: PrepareRunArgs, ready: ReadonlyMap<ImageRole, ReadyFolder>): RunImages {
  const model = requireModel(project);
  const preprocessing = sharedPreprocessing(project);
  const setOf = (role: ImageRole): ImageSet => {
    const folder = ready.get(role);
    if (!folder) throw new RangeError(`The run did not prepare its ${role} folder.`);
    return imageSetFor(model, folder.source, preprocessing);
  };
  const evaluated = evaluatedImages(project);
  const target = setOf('target');
  const contentKeys = ready.get('target')?.opened.folder.contentKeys ?? [];
  const { pairing } = journal.subject;
  return {
    training: selectImages(target, blindOrderOf(contentKeys.map((key) => key ?? ''))),
    pairs: pairing && createPairSet(pairing, setOf('pairsRgb'), setOf('pairsTarget')),
    measured: evaluated.role === 'target' ? target : setOf('test'),
    evaluated,
  };
}
