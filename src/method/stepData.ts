import * as tf from '@tensorflow/tfjs-core';
import type { Matrix } from './pseudoLabels';
import type { StepBatch } from './step';

/** Images with their shape, as they come from an image set. */
export interface Pixels {
  readonly values: Float32Array;
  /** `[batch, height, width, channels]` */
  readonly shape: readonly [number, number, number, number];
}

/** What a step needs, as plain data. */
export interface StepData {
  readonly target: Pixels;
  /** One class a target image; null when no term asks for them. */
  readonly pseudoLabels: Int32Array | null;
  /** Null when no term asks for them. */
  readonly pairs: {
    readonly target: Pixels;
    /** `[pairs, features]` of the source images, one a source. */
    readonly sourceFeatures: readonly Matrix[];
  } | null;
}

const images = ({ values, shape }: Pixels): tf.Tensor4D => tf.tensor4d(values, [...shape]);

/** The matrix as numbers of single precision. */
const singlePrecision = ({ values }: Matrix): Float32Array =>
  values instanceof Float32Array ? values : Float32Array.from(values);

/** The data as tensors; see {@link disposeBatch}. */
export function uploadBatch({ target, pseudoLabels, pairs }: StepData): StepBatch {
  return {
    target: images(target),
    pseudoLabels: pseudoLabels ? tf.tensor1d(pseudoLabels, 'int32') : null,
    pairs: pairs && {
      target: images(pairs.target),
      sourceFeatures: pairs.sourceFeatures.map((matrix) =>
        tf.tensor2d(singlePrecision(matrix), [matrix.rows, matrix.columns]),
      ),
    },
  };
}

/** All tensors of a batch, in the order of {@link arraysOf}. */
export const tensorsOf = ({ target, pseudoLabels, pairs }: StepBatch): tf.Tensor[] => [
  target,
  ...(pseudoLabels ? [pseudoLabels] : []),
  ...(pairs ? [pairs.target, ...pairs.sourceFeatures] : []),
];

/** All values of the data, in the order of {@link tensorsOf}. */
export const arraysOf = ({ target, pseudoLabels, pairs }: StepData): (Float32Array | Int32Array)[] => [
  target.values,
  ...(pseudoLabels ? [pseudoLabels] : []),
  ...(pairs ? [pairs.target.values, ...pairs.sourceFeatures.map(singlePrecision)] : []),
];

export const disposeBatch = (batch: StepBatch): void => {
  tf.dispose(tensorsOf(batch));
};
