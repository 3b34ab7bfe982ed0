import { StudioError } from '../../shared/failure';
import type { NetworkSpec, NodeSpec } from './format';
import { sizeOf } from './storedTensor';

/** Nodes that may follow the logits. */
function followsLogits(node: NodeSpec): boolean {
  if (node.op === 'activation')
    return node.attributes.activation === 'sigmoid' || node.attributes.activation === 'linear';
  return ['softmax', 'logSoftmax', 'identity', 'flatten', 'reshape'].includes(node.op);
}

/** A dense layer, or a 1x1 convolution over a 1x1 map, gives one number a class. */
function isClassifier(node: NodeSpec): boolean {
  if (node.op === 'dense' || node.op === 'weightNormDense') return sizeOf(node.outputShape) === node.outputShape.at(-1);
  if (node.op !== 'conv2d' || node.attributes.groups !== 1) return false;
  const [height, width] = node.parameters.kernel.shape;
  return height === 1 && width === 1 && sizeOf(node.outputShape) === node.outputShape.at(-1);
}

/** The nodes that a node depends on, itself included. */
function ancestors(nodes: readonly NodeSpec[], name: string): readonly NodeSpec[] {
  const needed = new Set([name]);
  for (const node of nodes.toReversed()) if (needed.has(node.name)) node.inputs.forEach((input) => needed.add(input));
  return nodes.filter((node) => needed.has(node.name));
}

/** @throws StudioError 'bad-model' unless the model gives at least two numbers */
function requireClasses(classifier: NodeSpec): number {
  const classCount = classifier.outputShape.at(-1) ?? 0;
  if (classCount >= 2) return classCount;
  throw new StudioError({
    code: 'bad-model',
    message: 'The model gives a single number; a classifier needs one output for each class.',
    remedy: 'For two classes, train it with two outputs and softmax instead of one output and sigmoid.',
  });
}

/** @throws StudioError 'bad-model', always */
function noClassifier(last: NodeSpec | undefined): never {
  throw new StudioError({
    code: 'bad-model',
    message: `No classifier was found: the model ends in ${last ? `${last.name} (${last.op})` : 'nothing'} and not in a dense layer with one output a class.`,
    remedy: 'Use the whole trained classifier, with its last dense layer, and not only its feature part.',
  });
}

/**
 * Finds the head of a network: its classifier, features and bottleneck.
 *
 * @param nodes topologically ordered, the input first
 * @param output name of the node with the model's output
 * @throws StudioError 'bad-model' without a classifier of at least two classes
 */
export function withHead(name: string, nodes: readonly NodeSpec[], output: string): NetworkSpec {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const last = byName.get(output);
  let classifier = last;
  while (classifier && followsLogits(classifier)) classifier = byName.get(classifier.inputs[0] ?? '');
  const [features] = classifier?.inputs ?? [];
  if (!classifier || features === undefined || !isClassifier(classifier)) return noClassifier(last);

  const before = ancestors(nodes, features);
  const lastImage = before.findLastIndex((node) => node.outputShape.length === 3);
  const bottleneck = before.slice(lastImage + 1).filter((node) => Object.keys(node.parameters).length > 0);
  return {
    name,
    nodes,
    input: nodes[0]?.name ?? '',
    classifier: classifier.name,
    features,
    bottleneck: bottleneck.map((node) => node.name),
    classCount: requireClasses(classifier),
  };
}
