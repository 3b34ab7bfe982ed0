/** Index of the largest probability of each row, and that probability. */
export function topClasses(
  probabilities: Float32Array,
  classCount: number,
): { predictions: Int32Array; confidences: Float32Array } {
  const images = probabilities.length / classCount;
  const predictions = new Int32Array(images);
  const confidences = new Float32Array(images);
  for (let image = 0; image < images; image++) {
    const row = probabilities.subarray(image * classCount, (image + 1) * classCount);
    const best = row.reduce((found, value, at) => (value > (row[found] ?? 0) ? at : found), 0);
    predictions[image] = best;
    confidences[image] = row[best] ?? 0;
  }
  return { predictions, confidences };
}

/**
 * Counts `[actual][predicted]`.
 *
 * @param labels class of each image; negative where unknown, and then not counted.
 */
export function confusionMatrix(predictions: Int32Array, labels: ArrayLike<number>, classCount: number): number[][] {
  const counts = Array.from({ length: classCount }, () => new Array<number>(classCount).fill(0));
  predictions.forEach((predicted, image) => {
    const row = counts[labels[image] ?? -1];
    if (row) row[predicted] = (row[predicted] ?? 0) + 1;
  });
  return counts;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Share of the counted images that lie on the diagonal, 0..1; null when nothing was counted. */
export function accuracyOf(confusion: readonly (readonly number[])[]): number | null {
  const total = sum(confusion.map(sum));
  return total === 0 ? null : sum(confusion.map((row, actual) => row[actual] ?? 0)) / total;
}

/** Accuracy of the images of each class, 0..1; null for a class without images. */
export function perClassAccuracy(confusion: readonly (readonly number[])[]): (number | null)[] {
  return confusion.map((row, actual) => (sum(row) === 0 ? null : (row[actual] ?? 0) / sum(row)));
}

/** Share of the predictions that each class has, 0..1. */
export function predictedShare(predictions: Int32Array, classCount: number): number[] {
  const counts = new Array<number>(classCount).fill(0);
  for (const predicted of predictions) counts[predicted] = (counts[predicted] ?? 0) + 1;
  return counts.map((count) => count / Math.max(1, predictions.length));
}

/** Arithmetic mean; 0 for no values. */
export function meanOf(values: Float32Array): number {
  return values.reduce((total, value) => total + value, 0) / Math.max(1, values.length);
}
