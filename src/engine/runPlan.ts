import { planRun } from '../method/adaptation';
import { StudioError } from '../shared/failure';
import type { Args, RunPlan } from '../shared/protocol';
import { presets } from '../shared/settings';
import type { Settings } from '../shared/settings';
import { blockersOf, classesOf, evaluatedImages, requireFolder } from './project';
import type { Project } from './project';

export const usesPairs = (settings: Settings): boolean => settings.pairWeight > 0 || settings.discriminatorWeight > 0;

/**
 * What a run would do.
 * @throws StudioError for the first thing that stands in its way
 */
export function planOf(project: Project, { preset, settings }: Args<'run/plan'>): RunPlan {
  const { pairing } = project;
  const trains = presets[preset].kind === 'train';
  const blocker = blockersOf(project).find(({ code }) => code !== 'no-pairs' || (trains && usesPairs(settings)));
  if (blocker) throw new StudioError(blocker);
  if (presets[preset].kind === 'refresh') requireBatchNorm(project);
  const images = requireFolder(project, 'target').folder.entries.length;
  const pairs = pairing && 'matches' in pairing ? pairing.matches.length : 0;
  const { steps, stepsPerEpoch } = trains ? planRun(settings, images, pairs) : { steps: 0, stepsPerEpoch: 0 };
  return {
    steps,
    stepsPerEpoch,
    targetImages: images,
    pairs: trains && usesPairs(settings) ? pairs : 0,
    labelled: evaluatedImages(project).labels !== null,
    classes: classesOf(project).names,
    formats: project.models.map(({ metadata }) => metadata.format),
  };
}

/** @throws StudioError 'bad-setting' for models that have nothing to re-estimate */
function requireBatchNorm({ models }: Project): void {
  if (models.some(({ spec }) => spec.nodes.some(({ op }) => op === 'batchNorm'))) return;
  throw new StudioError({
    code: 'bad-setting',
    message:
      'This preset re-estimates batch-norm statistics, and the model has no batch-norm layers: nothing would change.',
    remedy: 'Choose a preset that trains, for example SHOT, or a model with batch norm.',
  });
}
