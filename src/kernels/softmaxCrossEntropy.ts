import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, KernelFunc, NamedTensorMap, TensorInfo } from '@tensorflow/tfjs-core';
import { memoryOf } from './memory';

/**
 * Cross-entropy against class indices, mean over the batch, in one kernel a direction.
 *
 *     -mean_i sum_c t_ic ln softmax(logits_i)_c,   t_i = (1 - smoothing) onehot(labels_i) + smoothing / classes
 *
 * Differentiable in the logits.
 *
 * @param logits `[batch, classes]`.
 * @param labels `[batch]`, int32, each in `[0, classes)`.
 */
export function softmaxCrossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D, smoothing: number): tf.Scalar {
  const inputs: NamedTensorMap = { logits, labels };
  const [loss] = tf.engine().runKernel<tf.Tensor[]>('SoftmaxCrossEntropy', inputs, { smoothing });
  return loss as tf.Scalar;
}

/** Inputs of both kernels; dy and the row scales only where the gradient is computed. */
interface Inputs {
  readonly logits: TensorInfo;
  readonly labels: TensorInfo;
  readonly dy: TensorInfo;
  /** `[batch, 2]`: the largest logit of a row, and 1 over the sum of the exponentials of what the others are below it. */
  readonly rowScales: TensorInfo;
}

/** The inputs and the numbers of a call. */
export function crossEntropyCall({ inputs, attrs }: Parameters<KernelFunc>[0]) {
  const tensors = inputs as unknown as Inputs;
  const [rows, classes] = tensors.logits.shape as [number, number];
  return { ...tensors, rows, classes, smoothing: attrs?.['smoothing'] as number };
}

/** Logits, labels -> loss, row scales; on backends whose memory JavaScript can read. */
export const crossEntropyDirect: KernelFunc = (call) => {
  const { logits, labels, rows, classes, smoothing } = crossEntropyCall(call);
  const { allocate, view } = memoryOf(call.backend);
  const [loss, rowScales] = [allocate([]), allocate([rows, 2])];
  const [values, indices, scales] = [view(logits), view(labels), view(rowScales)];
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const ofRow = values.subarray(row * classes, (row + 1) * classes);
    const largest = ofRow.reduce((a, b) => Math.max(a, b), -Infinity);
    let exponentials = 0;
    let below = 0;
    for (const value of ofRow) {
      exponentials += Math.exp(value - largest);
      below += value - largest;
    }
    const ofLabel = (ofRow[indices[row] as number] as number) - largest;
    sum += Math.log(exponentials) - (1 - smoothing) * ofLabel - (smoothing / classes) * below;
    scales[2 * row] = largest;
    scales[2 * row + 1] = 1 / exponentials;
  }
  view(loss)[0] = sum / rows;
  return [loss, rowScales];
};

/** Gradient in the logits: `dy (softmax - target) / batch`. */
export const crossEntropyGradDirect: KernelFunc = (call) => {
  const { logits, labels, dy, rowScales, rows, classes, smoothing } = crossEntropyCall(call);
  const { allocate, view } = memoryOf(call.backend);
  const gradient = allocate([rows, classes]);
  const [values, indices, scales, out] = [view(logits), view(labels), view(rowScales), view(gradient)];
  const factor = (view(dy)[0] as number) / rows;
  for (let row = 0, at = 0; row < rows; row++) {
    const [largest, scale] = [scales[2 * row] as number, scales[2 * row + 1] as number];
    for (let c = 0; c < classes; c++, at++) {
      const target = smoothing / classes + (c === indices[row] ? 1 - smoothing : 0);
      out[at] = factor * (Math.exp((values[at] as number) - largest) * scale - target);
    }
  }
  return gradient;
};

function targets(labels: tf.Tensor, classes: number, smoothing: number): tf.Tensor {
  return tf.add(tf.mul(tf.cast(tf.oneHot(labels, classes), 'float32'), 1 - smoothing), smoothing / classes);
}

/** {@link crossEntropyDirect} of stock operations. */
export const crossEntropyComposed: KernelFunc = (call) => {
  const { classes, smoothing } = crossEntropyCall(call);
  const { logits, labels } = call.inputs as unknown as Record<keyof Inputs, tf.Tensor>;
  return tf.tidy(() => {
    const largest = tf.max(logits, 1, true);
    const below = tf.sub(logits, largest);
    const exponentials = tf.sum(tf.exp(below), 1, true);
    const logP = tf.sub(below, tf.log(exponentials));
    const loss = tf.neg(tf.mean(tf.sum(tf.mul(targets(labels, classes, smoothing), logP), 1)));
    return [loss, tf.concat([largest, tf.reciprocal(exponentials)], 1)];
  });
};

/** {@link crossEntropyGradDirect} of stock operations. */
export const crossEntropyGradComposed: KernelFunc = (call) => {
  const { rows, classes, smoothing } = crossEntropyCall(call);
  const { logits, labels, dy, rowScales } = call.inputs as unknown as Record<keyof Inputs, tf.Tensor>;
  return tf.tidy(() => {
    const [largest, scale] = tf.split(rowScales, 2, 1) as [tf.Tensor, tf.Tensor];
    const p = tf.mul(tf.exp(tf.sub(logits, largest)), scale);
    return tf.mul(tf.sub(p, targets(labels, classes, smoothing)), tf.div(dy, rows));
  });
};

export const crossEntropyGradient: GradConfig = {
  kernelName: 'SoftmaxCrossEntropy',
  inputsToSave: ['logits', 'labels'],
  outputsToSave: [false, true],
  gradFunc: (dys, [logits, labels, rowScales], attributes) => ({
    logits: () => {
      const [dy] = dys as tf.Tensor[];
      const inputs = { dy, logits, labels, rowScales } as NamedTensorMap;
      return tf.engine().runKernel('SoftmaxCrossEntropyGrad', inputs, attributes);
    },
  }),
};
