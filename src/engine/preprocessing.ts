import type { Preprocessing } from '../formats/models/format';
import { preprocessingPresets } from '../formats/models/metadata';
import { preprocessingScore } from '../method/preprocessingScore';
import { createNetwork, disposeNetwork } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { ImageSet } from '../shared/imageSet';
import type { PreprocessingChoice, PreprocessingSummary } from '../shared/modelSummary';
import type { Device } from './device';
import { imagesFor } from './imageSets';
import type { Project, SourceModel } from './project';

/** Images behind a guess: some batches' worth; variances are stable long before. */
const imagesScored = 64;
const batchSize = 32;

/** What a model starts with: its file's own word, else 0..1 until there are images to guess from. */
export function initialPreprocessing(stated: Preprocessing | null): PreprocessingSummary {
  if (stated) return { ...stated, origin: 'file', scores: [] };
  return { ...preprocessingPresets['0to1'], origin: 'default', scores: [] };
}

/** Guesses for every model that says nothing itself and that nobody decided for, once there are RGB images. */
export async function guessWhereOpen(project: Project, device: Device): Promise<void> {
  if (!project.folders.pairsRgb) return;
  for (const model of project.models) {
    if (model.preprocessing.origin === 'default') model.preprocessing = await guess(project, model, device);
  }
}

/**
 * The preprocessing of a choice.
 * @throws StudioError `bad-setting` when the file states none, when there is nothing to guess from, or for a deviation
 *   that is not above 0
 */
export async function choosePreprocessing(
  project: Project,
  model: SourceModel,
  choice: PreprocessingChoice,
  device: () => Device,
): Promise<PreprocessingSummary> {
  const { scores } = model.preprocessing;
  if (choice === 'guess') return guess(project, model, device());
  if (typeof choice === 'object') return { ...ownPreprocessing(choice), origin: 'person', scores };
  if (choice !== 'file') return { ...preprocessingPresets[choice], origin: 'person', scores };
  const stated = model.metadata.preprocessing;
  if (stated) return { ...stated, origin: 'file', scores };
  throw new StudioError({
    code: 'bad-setting',
    message: `The model "${model.name}" does not say how its pixels are prepared.`,
    remedy: 'Choose one of the usual ways, or let it be guessed from RGB images.',
  });
}

function ownPreprocessing({ mean, std }: Exclude<PreprocessingChoice, string>): Preprocessing {
  const usable = [...mean, ...std].every(Number.isFinite) && std.every((value) => value > 0);
  if (usable) return { preset: 'own', mean, std };
  throw new StudioError({
    code: 'bad-setting',
    message: `The mean ${mean.join(', ')} and the deviation ${std.join(', ')} cannot be used.`,
    remedy: 'Give finite numbers, and deviations above 0.',
  });
}

/** Tries the usual ways on paired RGB images: the one that the stored statistics of the batch-norm layers fit best. */
async function guess(project: Project, model: SourceModel, device: Device): Promise<PreprocessingSummary> {
  const { pairsRgb } = project.folders;
  if (!pairsRgb) {
    throw new StudioError({
      code: 'bad-setting',
      message: `There are no RGB images to guess the preprocessing of "${model.name}" from.`,
      remedy: 'Add the paired RGB images, or choose the preprocessing.',
    });
  }
  const indices = spread(pairsRgb.folder.entries.length, imagesScored);
  const plain = await imagesFor(model, pairsRgb, preprocessingPresets['0to1'], indices);
  const stated = model.metadata.preprocessing;
  const candidates = [...Object.values(preprocessingPresets), ...(stated?.preset === 'own' ? [stated] : [])];
  const scored = await device.guard(async () => {
    const network = createNetwork(model.spec, model.weights);
    try {
      const results: { candidate: Preprocessing; score: number }[] = [];
      for (const candidate of candidates) {
        const score = await preprocessingScore(network, normalised(plain, candidate), batchSize);
        results.push({ candidate, score });
      }
      return results.filter(({ score }) => Number.isFinite(score)).sort((a, b) => a.score - b.score);
    } finally {
      disposeNetwork(network);
    }
  });
  const [best] = scored;
  if (!best) return initialPreprocessing(stated);
  return {
    ...best.candidate,
    origin: 'guess',
    scores: scored.map(({ candidate, score }) => ({ preset: candidate.preset, score })),
  };
}

/** `wanted` indices spread evenly over `count`. */
function spread(count: number, wanted: number): number[] {
  const taken = Math.min(count, wanted);
  return Array.from({ length: taken }, (_, at) => Math.floor((at * count) / taken));
}

/** Images whose values are in 0..1, brought to a candidate's range. */
function normalised(images: ImageSet, { mean, std }: Preprocessing): ImageSet {
  const channels = images.shape[2];
  return {
    ...images,
    async read(requests) {
      const pixels = await images.read(requests);
      for (let at = 0; at < pixels.length; at++) {
        const channel = at % channels;
        pixels[at] = ((pixels[at] ?? 0) - (mean[channel] ?? 0)) / (std[channel] ?? 1);
      }
      return pixels;
    },
  };
}
