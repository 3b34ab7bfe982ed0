import * as tf from '@tensorflow/tfjs-core';

/**
 * Euclidean norm of each row, with gradient 0 (not NaN) where the row is 0.
 *
 * @param rows `[count, width]`.
 * @returns `[count]`.
 */
export function rowNorms(rows: tf.Tensor2D): tf.Tensor1D {
  const withGradient = tf.customGrad((x, save) => {
    const value = x as tf.Tensor2D;
    const norms = tf.sqrt(tf.sum(tf.square(value), 1, true));
    (save as tf.GradSaveFunc)([value, norms]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [savedRows, savedNorms] = saved as [tf.Tensor2D, tf.Tensor2D];
      return tf.mul(savedRows, tf.divNoNan(tf.expandDims(dy, 1), savedNorms));
    };
    return { value: tf.squeeze(norms, [1]), gradFunc };
  });
  return withGradient(rows) as tf.Tensor1D;
}

/** Euclidean norm of all entries of a tensor (a matrix: its Frobenius norm); gradient 0 at 0. */
export function norm(x: tf.Tensor): tf.Scalar {
  return tf.tidy(() => tf.reshape(rowNorms(tf.reshape(x, [1, -1])), []));
}
