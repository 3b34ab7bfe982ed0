import type * as tf from '@tensorflow/tfjs-core';
import { softmaxCrossEntropy } from '../../kernels/softmaxCrossEntropy';

/**
 * Cross-entropy against class indices, mean over the batch.
 *
 *     -mean_i sum_c t_ic ln softmax(logits_i)_c,   t_i = (1 - smoothing) onehot(labels_i) + smoothing / classes
 *
 * @param logits `[batch, classes]`.
 * @param labels `[batch]`, int32, each in `[0, classes)`.
 * @param smoothing share of the target spread over all classes; 0 for pseudo-labels.
 */
export function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing = 0): tf.Scalar {
  return softmaxCrossEntropy(logits, labels, smoothing);
}
