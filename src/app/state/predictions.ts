import type { Evaluation } from '../../shared/protocol';

/** A cell of the confusion matrix, as a filter of the image grid. */
export interface CellFilter {
  readonly moment: 'before' | 'after';
  readonly actual: number;
  readonly predicted: number;
}

export interface ChangedImage {
  readonly index: number;
  readonly before: number;
  readonly after: number;
  /** Probability of the class predicted after, 0..1. */
  readonly confidence: number;
  /** Class by its label, null when it has none. */
  readonly label: number | null;
}

const labelOf = (evaluation: Evaluation, index: number): number | null => {
  const label = evaluation.labels?.[index] ?? -1;
  return label < 0 ? null : label;
};

function imageAt(before: Evaluation, after: Evaluation, index: number): ChangedImage {
  return {
    index,
    before: before.predictions[index] ?? -1,
    after: after.predictions[index] ?? -1,
    confidence: after.confidences[index] ?? 0,
    label: labelOf(after, index),
  };
}

/** Images whose predicted class is another one now, surest first. */
export function changedImages(before: Evaluation, after: Evaluation): readonly ChangedImage[] {
  const images: ChangedImage[] = [];
  for (let index = 0; index < after.predictions.length; index += 1) {
    if (before.predictions[index] !== after.predictions[index]) images.push(imageAt(before, after, index));
  }
  return images.sort((a, b) => b.confidence - a.confidence);
}

/** Images of one confusion cell, surest first. */
export function imagesOfCell(before: Evaluation, after: Evaluation, cell: CellFilter): readonly ChangedImage[] {
  const judged = cell.moment === 'before' ? before : after;
  const images: ChangedImage[] = [];
  for (let index = 0; index < judged.predictions.length; index += 1) {
    const fits = judged.predictions[index] === cell.predicted && labelOf(judged, index) === cell.actual;
    if (fits) images.push(imageAt(before, after, index));
  }
  return images.sort((a, b) => b.confidence - a.confidence);
}

/** How predictions of labelled images changed: wrong to right, right to wrong. Null without labels. */
export function changeBalance(
  images: readonly ChangedImage[],
): { readonly fixed: number; readonly broken: number } | null {
  if (images.every((image) => image.label === null)) return null;
  return {
    fixed: images.filter((image) => image.after === image.label).length,
    broken: images.filter((image) => image.before === image.label).length,
  };
}

/**
 * The classes of a confusion matrix that are worth a row when there are too many to show:
 * those with the most mistakes, in class order.
 */
export function mostConfused(confusion: readonly (readonly number[])[], limit: number): readonly number[] {
  const mistakes = confusion.map((row, actual) => {
    const missed = row.reduce((sum, value, predicted) => sum + (predicted === actual ? 0 : value), 0);
    const claimed = confusion.reduce((sum, other, index) => sum + (index === actual ? 0 : (other[actual] ?? 0)), 0);
    return { actual, total: missed + claimed };
  });
  return mistakes
    .sort((a, b) => b.total - a.total || a.actual - b.actual)
    .slice(0, limit)
    .map((entry) => entry.actual)
    .sort((a, b) => a - b);
}
