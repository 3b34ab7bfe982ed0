import { selectImages } from '../data/batches';
import { blindOrderOf } from '../data/folderFacts';
import { createPairSet } from '../data/pairing';
import type { ImageSet, PairSet } from '../shared/imageSet';
import type { Settings } from '../shared/settings';
import { imagesFor } from './imageSets';
import { evaluatedImages, pairingOf, requireFolder, requireModel, sharedPreprocessing } from './project';
import type { Evaluated, Project } from './project';

/** The images of a run, as the networks see them. */
export interface RunImages {
  /**
   * The target images: in an order that depends on pixels alone, so that no name of a file or class folder can reach the
   * weights.
   */
  readonly training: ImageSet;
  readonly pairs: PairSet | null;
  /** What is measured, in file order. */
  readonly measured: ImageSet;
  readonly evaluated: Evaluated;
}

export const usesPairs = (settings: Settings): boolean => settings.pairWeight > 0 || settings.discriminatorWeight > 0;

/** Prepares every image that a run needs. */
export async function prepareImages(project: Project, settings: Settings): Promise<RunImages> {
  const model = requireModel(project);
  const preprocessing = sharedPreprocessing(project);
  const opened = requireFolder(project, 'target');
  const evaluated = evaluatedImages(project);
  const target = await imagesFor(model, opened, preprocessing);
  const measured = evaluated.role === 'target' ? target : await imagesFor(model, evaluated.opened, preprocessing);
  return {
    training: selectImages(target, blindOrderOf(opened.folder.contentKeys.map((key) => key ?? ''))),
    pairs: await preparePairs(project, settings),
    measured,
    evaluated,
  };
}

async function preparePairs(project: Project, settings: Settings): Promise<PairSet | null> {
  const pairing = pairingOf(project);
  if (!pairing || !usesPairs(settings)) return null;
  const model = requireModel(project);
  const preprocessing = sharedPreprocessing(project);
  const [rgb, target] = [requireFolder(project, 'pairsRgb'), requireFolder(project, 'pairsTarget')];
  return createPairSet(
    pairing,
    await imagesFor(model, rgb, preprocessing),
    await imagesFor(model, target, preprocessing),
  );
}
