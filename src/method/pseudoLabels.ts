import { StudioError } from '../shared/failure';
import type { Settings } from '../shared/settings';

/** A dense matrix, row-major. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly values: Float32Array | Float64Array;
}

/** What one network says about all target images. */
export interface Predictions {
  /** `[images, features]`. */
  readonly features: Matrix;
  /** `[images, classes]`. */
  readonly logits: Matrix;
}

export type PseudoLabelSettings = Pick<Settings, 'pseudoLabelRounds' | 'pseudoLabelMetric' | 'pseudoLabelThreshold'>;

/** Centroids of one source and the features that are compared with them. Plain data. */
export interface SourceBank {
  /** `[images, width]`, as compared: augmented and normalised unless the metric takes them raw. */
  readonly features: Matrix;
  /** `[classes, width]`. */
  readonly centroids: Matrix;
  /** Whether a class may be given out. */
  readonly available: readonly boolean[];
}

/** Everything that pseudo-labels of a step depend on besides the mixing weights; renewed at each refresh. */
export interface PseudoLabelBank {
  readonly metric: Settings['pseudoLabelMetric'];
  readonly sources: readonly SourceBank[];
}

/** Appends a 1 to each row and divides the row by its Euclidean norm. */
export function augmentAndNormalise({ rows, columns, values }: Matrix): Matrix {
  const width = columns + 1;
  const result = new Float32Array(rows * width);
  for (let i = 0; i < rows; i++) {
    let squares = 1;
    for (let c = 0; c < columns; c++) squares += (values[i * columns + c] ?? 0) ** 2;
    const scale = 1 / Math.sqrt(squares);
    for (let c = 0; c < columns; c++) result[i * width + c] = (values[i * columns + c] ?? 0) * scale;
    result[i * width + columns] = scale;
  }
  return { rows, columns: width, values: result };
}

/** Softmax of each row. */
export function softmaxRows({ rows, columns, values }: Matrix): Matrix {
  const result = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    let top = -Infinity;
    for (let c = 0; c < columns; c++) top = Math.max(top, values[i * columns + c] ?? 0);
    let total = 0;
    for (let c = 0; c < columns; c++) {
      const power = Math.exp((values[i * columns + c] ?? 0) - top);
      result[i * columns + c] = power;
      total += power;
    }
    for (let c = 0; c < columns; c++) result[i * columns + c] = (result[i * columns + c] ?? 0) / total;
  }
  return { rows, columns, values: result };
}

/** Index of the largest entry of each row; the first of equals. */
export function argmaxRows({ rows, columns, values }: Matrix): Int32Array {
  const result = new Int32Array(rows);
  for (let i = 0; i < rows; i++) {
    let best = 0;
    for (let c = 1; c < columns; c++) {
      if ((values[i * columns + c] ?? 0) > (values[i * columns + best] ?? 0)) best = c;
    }
    result[i] = best;
  }
  return result;
}

/** One row with a single 1 per label: `[labels, classes]`. */
function oneHot(labels: Int32Array, classes: number): Matrix {
  const values = new Float32Array(labels.length * classes);
  labels.forEach((label, i) => (values[i * classes + label] = 1));
  return { rows: labels.length, columns: classes, values };
}

/**
 * Weighted mean feature of each class.
 *
 *     c_m = sum_j q_jm f_j / (1e-8 + sum_j q_jm)
 *
 * @param weights q, `[images, classes]`.
 * @param features f, `[images, width]`.
 * @returns `[classes, width]`, not normalised.
 */
export function classCentroids(weights: Matrix, features: Matrix): Matrix {
  const classes = weights.columns;
  const width = features.columns;
  const values = new Float64Array(classes * width);
  const totals = new Float64Array(classes).fill(1e-8);
  for (let j = 0; j < features.rows; j++) {
    for (let m = 0; m < classes; m++) {
      const weight = weights.values[j * classes + m] ?? 0;
      if (weight === 0) continue;
      totals[m] = (totals[m] ?? 0) + weight;
      for (let c = 0; c < width; c++) {
        values[m * width + c] = (values[m * width + c] ?? 0) + weight * (features.values[j * width + c] ?? 0);
      }
    }
  }
  for (let m = 0; m < classes; m++) {
    for (let c = 0; c < width; c++) values[m * width + c] = (values[m * width + c] ?? 0) / (totals[m] ?? 1);
  }
  return { rows: classes, columns: width, values };
}

/** Distance of one feature row to one centroid row. */
function distance(
  features: Matrix,
  i: number,
  centroids: Matrix,
  m: number,
  metric: PseudoLabelBank['metric'],
): number {
  const width = features.columns;
  let squares = 0;
  let dot = 0;
  let featureSquares = 0;
  let centroidSquares = 0;
  for (let c = 0; c < width; c++) {
    const f = features.values[i * width + c] ?? 0;
    const g = centroids.values[m * width + c] ?? 0;
    squares += (f - g) ** 2;
    dot += f * g;
    featureSquares += f * f;
    centroidSquares += g * g;
  }
  return metric === 'euclidean' ? Math.sqrt(squares) : 1 - dot / Math.sqrt(featureSquares * centroidSquares);
}

/** `[images, classes]` distances; infinite to classes that are not available. */
export function centroidDistances(
  features: Matrix,
  { centroids, available }: Pick<SourceBank, 'centroids' | 'available'>,
  metric: PseudoLabelBank['metric'],
): Matrix {
  const values = new Float64Array(features.rows * centroids.rows).fill(Infinity);
  for (let i = 0; i < features.rows; i++) {
    for (let m = 0; m < centroids.rows; m++) {
      if (available[m] === true) values[i * centroids.rows + m] = distance(features, i, centroids, m, metric);
    }
  }
  return { rows: features.rows, columns: centroids.rows, values };
}

/** Index of the smallest entry of each row; the first of equals. */
function argminRows(matrix: Matrix): Int32Array {
  return argmaxRows({ ...matrix, values: matrix.values.map((value) => -value) });
}

/** Classes with more than `threshold` labels. */
function wellPopulated(labels: Int32Array, classes: number, threshold: number): boolean[] {
  const counts = new Array<number>(classes).fill(0);
  for (const label of labels) counts[label] = (counts[label] ?? 0) + 1;
  const available = counts.map((count) => count > threshold);
  if (!available.includes(true)) {
    throw new StudioError({
      code: 'bad-setting',
      message: `No class has more than ${String(threshold)} pseudo-labels ("Class threshold").`,
      remedy: 'Lower the class threshold, or add target images.',
    });
  }
  return available;
}

/**
 * Centroids of one source.
 *
 * One round: soft centroids of all classes (released code; features augmented and normalised).
 * Two rounds (SHOT): soft centroids, labels, then the mean feature of each label. Before each assignment only classes
 * with more than `threshold` current predictions are kept; a class that fell out keeps its soft centroid, which is
 * used only if another source still gives the class out. Euclidean distances of two rounds take the raw features.
 */
function sourceBank({ features, logits }: Predictions, settings: PseudoLabelSettings): SourceBank {
  const metric = settings.pseudoLabelMetric;
  const twoRounds = settings.pseudoLabelRounds === '2';
  const compared = twoRounds && metric === 'euclidean' ? features : augmentAndNormalise(features);
  const soft = classCentroids(softmaxRows(logits), compared);
  const classes = logits.columns;
  if (!twoRounds) return { features: compared, centroids: soft, available: new Array<boolean>(classes).fill(true) };

  const firstAvailable = wellPopulated(argmaxRows(logits), classes, settings.pseudoLabelThreshold);
  const first = argminRows(centroidDistances(compared, { centroids: soft, available: firstAvailable }, metric));
  const available = wellPopulated(first, classes, settings.pseudoLabelThreshold);
  const hard = classCentroids(oneHot(first, classes), compared);
  const values = hard.values.map((value, at) =>
    available[Math.floor(at / hard.columns)] === true ? value : (soft.values[at] ?? 0),
  );
  return { features: compared, centroids: { ...hard, values }, available };
}

/** Centroids and features of every source, from what each network predicts on all target images. */
export function buildBank(predictions: readonly Predictions[], settings: PseudoLabelSettings): PseudoLabelBank {
  return {
    metric: settings.pseudoLabelMetric,
    sources: predictions.map((ofSource) => sourceBank(ofSource, settings)),
  };
}

function mixRows(matrices: readonly Matrix[], mixing: readonly number[], rows: readonly number[]): Matrix {
  const columns = matrices[0]?.columns ?? 0;
  const values = new Float64Array(rows.length * columns);
  matrices.forEach((matrix, k) => {
    const weight = mixing[k] ?? 0;
    rows.forEach((row, i) => {
      for (let c = 0; c < columns; c++) {
        values[i * columns + c] = (values[i * columns + c] ?? 0) + weight * (matrix.values[row * columns + c] ?? 0);
      }
    });
  });
  return { rows: rows.length, columns, values };
}

/** Mixed features of the given images and mixed centroids: what distances are taken between. */
export function mixBank(bank: PseudoLabelBank, mixing: readonly number[], images: readonly number[]): SourceBank {
  const centroids = bank.sources.map((source) => source.centroids);
  const classes = centroids[0]?.rows ?? 0;
  const everyClass = Array.from({ length: classes }, (_, m) => m);
  return {
    features: mixRows(
      bank.sources.map((source) => source.features),
      mixing,
      images,
    ),
    centroids: mixRows(centroids, mixing, everyClass),
    available: everyClass.map((m) => bank.sources.some((source) => source.available[m])),
  };
}

/**
 * Pseudo-labels of some images: the class of the nearest centroid, features and centroids mixed over the sources.
 * Deterministic; the first of equally near classes wins.
 *
 * @param mixing alpha, one a source.
 * @param images indices into the bank.
 */
export function pseudoLabels(bank: PseudoLabelBank, mixing: readonly number[], images: readonly number[]): Int32Array {
  const mixed = mixBank(bank, mixing, images);
  return argminRows(centroidDistances(mixed.features, mixed, bank.metric));
}
