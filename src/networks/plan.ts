import type { NetworkSpec, NodeSpec, Padding2D } from '../formats/models/format';
import type { FusedActivation } from '../kernels/channelLayout';

/** One computation of a forward pass. */
export interface PlannedNode {
  readonly node: NodeSpec;
  /** The name later nodes know the result by: the node's own, or that of the activation computed with it. */
  readonly output: string;
  /** The activation that a batch norm computes as well. */
  readonly activation: FusedActivation;
}

/** The nodes that the logits depend on, in order. */
export function nodesToClassifier(spec: NetworkSpec): readonly NodeSpec[] {
  return nodesTo(spec.classifier, spec.nodes);
}

function nodesTo(last: string, nodes: readonly NodeSpec[]): readonly NodeSpec[] {
  const needed = new Set([last]);
  for (const node of nodes.toReversed()) {
    if (needed.has(node.name)) for (const input of node.inputs) needed.add(input);
  }
  return nodes.filter((node) => needed.has(node.name));
}

function addPadding(a: Padding2D, b: Padding2D): Padding2D {
  return { top: a.top + b.top, bottom: a.bottom + b.bottom, left: a.left + b.left, right: a.right + b.right };
}

/** A convolution that pads by itself what a node of zeros before it padded, or the node as it is. */
function withPaddingOf(node: NodeSpec, byName: ReadonlyMap<string, NodeSpec>): NodeSpec {
  if (node.op !== 'conv2d' && node.op !== 'depthwiseConv2d') return node;
  const before = byName.get(node.inputs[0] ?? '');
  if (before?.op !== 'pad' || before.attributes.value !== 0) return node;
  const padding = addPadding(before.attributes.padding, node.attributes.padding);
  return { ...node, inputs: before.inputs, attributes: { ...node.attributes, padding } } as NodeSpec;
}

function fusedActivation({ activation, alpha = 0, threshold = 0, maxValue }: NodeSpec<'activation'>['attributes']) {
  if (activation === 'relu6') return 'relu6';
  if (activation !== 'relu' || alpha !== 0 || threshold !== 0) return null;
  return maxValue === undefined ? 'relu' : maxValue === 6 ? 'relu6' : null;
}

/** Batch norms whose result only a ReLU sees compute it as well, and the ReLU is left out. */
function withActivations(nodes: readonly NodeSpec[], kept: ReadonlySet<string>): PlannedNode[] {
  const consumers = new Map<string, NodeSpec[]>();
  for (const node of nodes) {
    for (const name of node.inputs) consumers.set(name, [...(consumers.get(name) ?? []), node]);
  }
  const fused = new Set<NodeSpec>();
  const planned = nodes.map((node): PlannedNode => {
    const plain = { node, output: node.name, activation: 'none' } as const;
    const [next, ...others] = consumers.get(node.name) ?? [];
    if (node.op !== 'batchNorm' || next?.op !== 'activation' || others.length > 0 || kept.has(node.name)) return plain;
    const activation = fusedActivation(next.attributes);
    if (activation === null) return plain;
    fused.add(next);
    return { node, output: next.name, activation };
  });
  return planned.filter(({ node }) => !fused.has(node));
}

const plans = new WeakMap<NetworkSpec, readonly PlannedNode[]>();

/**
 * What a forward pass computes: the nodes that the logits depend on, with zero padding moved into the convolution that
 * follows it and ReLUs moved into the batch norm before them: each of them saves a copy of the images forward and
 * another backward.
 */
export function planOf(spec: NetworkSpec): readonly PlannedNode[] {
  const known = plans.get(spec);
  if (known) return known;
  const byName = new Map(spec.nodes.map((node) => [node.name, node]));
  const nodes = nodesTo(
    spec.classifier,
    spec.nodes.map((node) => withPaddingOf(node, byName)),
  );
  const plan = withActivations(nodes, new Set([spec.classifier, spec.features]));
  plans.set(spec, plan);
  return plan;
}
