import * as tf from '@tensorflow/tfjs-core';
import type { NetworkSpec, NodeSpec } from '../formats/models/format';
import { applyOperation } from './operations';

/** What the numbers are that a model gives. */
export type OutputKind = 'logits' | 'softmax' | 'log_softmax' | 'sigmoid';

/** The nodes after the classifier that the model's output depends on, in order. */
function nodesAfterClassifier(spec: NetworkSpec): readonly NodeSpec[] {
  let last = spec.classifier;
  return spec.nodes.filter((node) => {
    if (!node.inputs.includes(last)) return false;
    last = node.name;
    return true;
  });
}

export function outputKind(spec: NetworkSpec): OutputKind {
  const after = nodesAfterClassifier(spec);
  if (after.some(({ op }) => op === 'softmax')) return 'softmax';
  if (after.some(({ op }) => op === 'logSoftmax')) return 'log_softmax';
  const isSigmoid = (node: NodeSpec): boolean => node.op === 'activation' && node.attributes.activation === 'sigmoid';
  return after.some(isSigmoid) ? 'sigmoid' : 'logits';
}

/**
 * The model's own output: its logits through what follows the classifier in the file.
 *
 * @param logits `[batch, classes]`, stays the caller's
 * @returns `[batch, classes]`, the caller's
 */
export function outputOf(spec: NetworkSpec, logits: tf.Tensor2D): tf.Tensor2D {
  return tf.tidy(() => {
    const none = (): never => {
      throw new Error('Nothing after a classifier has weights.');
    };
    const scope = { parameter: none, batchNorm: none };
    const output = nodesAfterClassifier(spec).reduce<tf.Tensor>(
      (value, node) => applyOperation(node, [value], scope),
      tf.clone(logits),
    );
    return tf.reshape<tf.Rank.R2>(output, [logits.shape[0], spec.classCount]);
  });
}
