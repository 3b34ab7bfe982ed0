import type { FolderFacts, OpenedFolder } from '../data/folder';
import type { Pairing } from '../data/pairing';
import { pairFolders } from '../data/pairing';
import { recipeOfSameCamera } from '../data/transforms/recipes';
import type { FileBytes, OpenedModel, Preprocessing } from '../formats/models/format';
import type { OpenOptions } from '../formats/models/modelFormat';
import { StudioError, toFailure } from '../shared/failure';
import type { Failure } from '../shared/failure';
import type { PreprocessingSummary } from '../shared/modelSummary';
import type { FolderChange, FolderListing, ImageRole } from '../shared/images';
import type { PairCheck, PairRule } from '../shared/pairs';
import type { ImageRecipe } from '../shared/recipe';
import { labelsOf, matchClasses } from './labels';

/** A model of the project, as it was opened. */
export interface SourceModel extends OpenedModel {
  /** As they were dropped: an adapted model is written back into them. */
  readonly files: readonly FileBytes[];
  /** What the person decided where the files leave something open. */
  readonly options: OpenOptions;
  readonly modelId: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly fingerprint: string;
  preprocessing: PreprocessingSummary;
}

/** A folder of the project with the recipe that is in force. */
export interface ProjectFolder {
  readonly folder: OpenedFolder;
  recipe: ImageRecipe;
  recipeReason: string;
  /** Whether a person set the recipe, so that no suggestion takes its place. */
  isSetByHand: boolean;
  /** Null for a folder that no person chose as it is. */
  readonly history: FolderHistory | null;
}

/** The files of a folder when it was opened, unusable ones too. */
export interface FolderHistory {
  readonly listing: FolderListing;
  /** What had become of them since the time before. */
  readonly change: FolderChange | null;
  /** Title of the known dataset that they are. */
  readonly looksLike: string | null;
}

/** Everything that is open. Weights and pixels are plain data: no tensor lives between commands. */
export interface Project {
  models: readonly SourceModel[];
  readonly folders: Partial<Record<ImageRole, ProjectFolder>>;
  /** Of both pair folders, once both are there; a failure when no name fits. */
  pairing: Pairing | Failure | null;
  /** How partners are found; belongs to the two folders that are open. */
  pairRule: PairRule;
  /** Whether the pairs show the same scenes, once that was looked at. */
  pairCheck: PairCheck | null;
  isDemo: boolean;
  nextModelId: number;
}

const byStem: PairRule = { kind: 'stem' };

export function createProject(): Project {
  return {
    models: [],
    folders: {},
    pairing: null,
    pairRule: byStem,
    pairCheck: null,
    isDemo: false,
    nextModelId: 1,
  };
}

export function resetProject(project: Project): void {
  Object.assign(project, { models: [], pairing: null, isDemo: false });
  for (const role of ['target', 'pairsRgb', 'pairsTarget', 'test'] as const) removeFolder(project, role);
}

export const pairingOf = ({ pairing }: Project): Pairing | null => (pairing && 'matches' in pairing ? pairing : null);

/** Puts a folder in its place, takes over the camera's recipe, and pairs the pair folders as soon as both are there. */
export function setFolder(project: Project, folder: OpenedFolder, history: FolderHistory | null = null): void {
  const { recipe, recipeReason, role, name, root } = folder;
  const before = project.folders[role]?.folder;
  if (isPairRole(role) && (before?.name !== name || before.root !== root)) project.pairRule = byStem;
  project.folders[role] = { folder, recipe, recipeReason, isSetByHand: false, history };
  renewPairing(project);
  renewRecipes(project);
}

/** Puts another state of a folder in its place: its recipe stays in force, pairs are found anew. */
export function replaceFolder(project: Project, folder: OpenedFolder): void {
  project.folders[folder.role] = { ...requireFolder(project, folder.role), folder };
  renewPairing(project);
}

export function removeFolder(project: Project, role: ImageRole): void {
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- the key is one of a closed set
  delete project.folders[role];
  if (!isPairRole(role)) return;
  project.pairRule = byStem;
  renewPairing(project);
  renewRecipes(project);
}

/** Sets a recipe by hand; of the target images also for the other folders of the same camera. */
export function setRecipe(project: Project, role: ImageRole, recipe: ImageRecipe): void {
  const opened = requireFolder(project, role);
  opened.recipe = recipe;
  opened.recipeReason = 'Set by hand.';
  opened.isSetByHand = true;
  if (role === 'target') for (const other of ['pairsTarget', 'test'] as const) shareCameraRecipe(project, other);
}

/** What a folder is like in the use that is made of it: of a pair folder, the images that have a partner. */
export function factsInUse(project: Project, role: ImageRole): FolderFacts {
  const { folder } = requireFolder(project, role);
  const pairing = isPairRole(role) ? pairingOf(project) : null;
  if (!pairing) return folder;
  const side = role === 'pairsRgb' ? 0 : 1;
  return folder.factsOf(pairing.matches.map((pair) => pair[side]));
}

/** Suggests again what depends on which images are in use, and shares the camera's recipe; what was set by hand stays. */
function renewRecipes(project: Project): void {
  for (const role of ['pairsRgb', 'pairsTarget', 'test'] as const) {
    const opened = project.folders[role];
    if (!opened || opened.isSetByHand) continue;
    if (isPairRole(role)) {
      const { recipe, recipeReason } = factsInUse(project, role);
      Object.assign(opened, { recipe, recipeReason });
    }
    if (role !== 'pairsRgb') shareCameraRecipe(project, role);
  }
}

function shareCameraRecipe(project: Project, role: 'pairsTarget' | 'test'): void {
  const { target, [role]: other } = project.folders;
  if (!target || !other) return;
  const camera = { digests: target.folder.digests, recipe: target.recipe };
  const shared = recipeOfSameCamera(camera, factsInUse(project, role));
  if (shared) Object.assign(other, { recipe: shared.recipe, recipeReason: shared.reason, isSetByHand: false });
}

const isPairRole = (role: ImageRole): boolean => role === 'pairsRgb' || role === 'pairsTarget';

/**
 * Pairs both pair folders by another rule.
 * @throws StudioError `no-images` without both folders, `no-pairs` or `bad-setting` when the rule gives no pair; then
 *   nothing changes
 */
export function setPairRule(project: Project, rule: PairRule): void {
  const pairing = pairBy(project, rule);
  Object.assign(project, { pairRule: rule, pairing, pairCheck: null });
  renewRecipes(project);
}

/** What a rule gives; nothing changes. @throws StudioError as {@link setPairRule} */
export const pairBy = (project: Project, rule: PairRule): Pairing =>
  pairFolders(requireFolder(project, 'pairsRgb').folder, requireFolder(project, 'pairsTarget').folder, rule);

function renewPairing(project: Project): void {
  const { pairsRgb, pairsTarget } = project.folders;
  project.pairing = null;
  project.pairCheck = null;
  if (!pairsRgb || !pairsTarget) return;
  try {
    project.pairing = pairBy(project, project.pairRule);
  } catch (thrown) {
    project.pairing = toFailure(thrown);
  }
}

const roleWords: Readonly<Record<ImageRole, string>> = {
  target: 'target images',
  pairsRgb: 'paired RGB images',
  pairsTarget: 'paired target images',
  test: 'labelled test images',
};

/** @throws StudioError `no-images` */
export function requireFolder({ folders }: Project, role: ImageRole): ProjectFolder {
  const opened = folders[role];
  if (opened) return opened;
  throw new StudioError({
    code: 'no-images',
    message: `There are no ${roleWords[role]}.`,
    remedy:
      role === 'target'
        ? 'Add the folder of unlabelled depth or infrared images.'
        : `Add the folder of ${roleWords[role]}.`,
  });
}

/** @throws StudioError `missing-file` */
export function requireModel({ models }: Project): SourceModel {
  const [first] = models;
  if (first) return first;
  throw new StudioError({
    code: 'missing-file',
    message: 'There is no source model.',
    remedy: 'Add a model: a folder, the files or a zip of a TensorFlow.js layers model.',
  });
}

/** Class names, and who gave them. */
export function classesOf({ models, folders }: Project): {
  names: readonly string[];
  from: 'file' | 'folders' | 'numbers';
} {
  const count = models[0]?.spec.classCount ?? 0;
  const stated = models.find(({ metadata }) => metadata.classes?.length === count)?.metadata.classes;
  if (stated) return { names: stated, from: 'file' };
  const given = folders.test?.folder.classes ?? folders.target?.folder.classes;
  if (given?.length === count) return { names: given, from: 'folders' };
  return { names: Array.from({ length: count }, (_, output) => String(output)), from: 'numbers' };
}

/** The images that measure, and their labels if they have any. */
export interface Evaluated {
  readonly role: 'target' | 'test';
  readonly opened: ProjectFolder;
  /** Output of the model for each image, -1 where unknown; null without labels. */
  readonly labels: Int32Array | null;
  readonly notice: string | null;
}

/**
 * The labelled test images if there are any, else the target images.
 * @throws StudioError `mismatch` when their classes are not the model's; `no-images` without target images
 */
export function evaluatedImages(project: Project): Evaluated {
  const role = project.folders.test ? 'test' : 'target';
  const opened = requireFolder(project, role);
  if (opened.folder.classes === null) return { role, opened, labels: null, notice: null };
  const { names, from } = classesOf(project);
  const match = matchClasses(opened.folder, names, from === 'file');
  if (match) return { role, opened, labels: labelsOf(opened.folder, match), notice: match.notice };
  const notice = `The subfolders of "${opened.folder.name}" are not the classes of the model, so they are taken for no labels and there is no accuracy.`;
  return { role, opened, labels: null, notice };
}

/** The preprocessing that all sources share. @throws StudioError `mismatch` when they do not */
export function sharedPreprocessing(project: Project): Preprocessing {
  const { preprocessing: first, name } = requireModel(project);
  const numbers = ({ mean, std }: Preprocessing): string => [...mean, ...std].map((value) => value.toFixed(6)).join();
  const other = project.models.find(({ preprocessing }) => numbers(preprocessing) !== numbers(first));
  if (!other) return first;
  throw new StudioError({
    code: 'mismatch',
    message: `The source models "${name}" and "${other.name}" expect differently prepared pixels.`,
    remedy: 'Set the same preprocessing for all source models, or leave one out.',
  });
}

/** What stands in the way of any run. Pairs are the business of the presets that use them. */
export function blockersOf(project: Project): readonly Failure[] {
  const complete = project.models.length > 0 && project.folders.target !== undefined;
  const checks = complete
    ? [() => evaluatedImages(project), () => sharedPreprocessing(project)]
    : [() => requireModel(project), () => requireFolder(project, 'target')];
  const failures = checks.flatMap(failureOf);
  const { pairing } = project;
  return pairing && !('matches' in pairing) ? [...failures, pairing] : failures;
}

function failureOf(check: () => unknown): readonly Failure[] {
  try {
    check();
    return [];
  } catch (thrown) {
    return [toFailure(thrown)];
  }
}
