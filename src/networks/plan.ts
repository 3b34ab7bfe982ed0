import type { NetworkSpec, NodeSpec, Padding2D } from '../formats/models/format';

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

const plans = new WeakMap<NetworkSpec, readonly NodeSpec[]>();

/**
 * What a forward pass computes: the nodes that the logits depend on, with zero padding moved into the convolution that
 * follows it, which saves a copy of the images forward and another backward.
 */
export function planOf(spec: NetworkSpec): readonly NodeSpec[] {
  const known = plans.get(spec);
  if (known) return known;
  const byName = new Map(spec.nodes.map((node) => [node.name, node]));
  const plan = nodesTo(
    spec.classifier,
    spec.nodes.map((node) => withPaddingOf(node, byName)),
  );
  plans.set(spec, plan);
  return plan;
}
