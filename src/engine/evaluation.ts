import { predict } from '../method/evaluate';
import { accuracyOf, confusionMatrix, meanOf, perClassAccuracy, predictedShare, topClasses } from '../method/metrics';
import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { ImageSet } from '../shared/imageSet';
import type { Evaluation } from '../shared/protocol';

/** What is measured, and against what. */
export interface Measured {
  readonly images: ImageSet;
  readonly role: 'target' | 'test';
  /** Output of the model for each image, -1 where unknown; null without labels. */
  readonly labels: Int32Array | null;
  readonly batchSize: number;
}

/**
 * Looks at every measured image with the networks as they are; nothing changes.
 * @throws StudioError `not-finite` when the networks give no numbers any more
 */
export async function evaluate(
  networks: readonly Network[],
  mixing: readonly number[],
  { images, role, labels, batchSize }: Measured,
  at: Pick<Evaluation, 'moment' | 'step' | 'epoch'>,
): Promise<Evaluation> {
  const { probabilities, classCount } = await predict(networks, mixing, images, batchSize);
  if (!probabilities.every(Number.isFinite)) {
    throw new StudioError({
      code: 'not-finite',
      message: `The predictions became not-a-number at step ${at.step}.`,
      remedy: 'Start again with a smaller learning rate.',
    });
  }
  const { predictions, confidences } = topClasses(probabilities, classCount);
  const confusion = labels && confusionMatrix(predictions, labels, classCount);
  return {
    ...at,
    role,
    imageCount: images.count,
    predictions,
    confidences,
    labels,
    predictedShare: predictedShare(predictions, classCount),
    meanConfidence: meanOf(confidences),
    accuracy: confusion && accuracyOf(confusion),
    perClass: confusion && perClassAccuracy(confusion),
    confusion,
  };
}

/**
 * @returns the class that nearly all predictions have fallen into, and its share; null while all is well, or when the
 * source model itself was no better.
 */
export function collapsedClass(
  now: Evaluation,
  sourceOnly: Evaluation,
  alarm: number,
): { output: number; share: number } | null {
  const share = Math.max(...now.predictedShare);
  const atStart = Math.max(...sourceOnly.predictedShare);
  if (alarm >= 1 || share < alarm || atStart >= alarm) return null;
  return { output: now.predictedShare.indexOf(share), share };
}
