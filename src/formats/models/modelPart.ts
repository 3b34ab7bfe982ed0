import type { NetworkSpec, NodeSpec, ParameterSpec, Preprocessing, Weights } from './format';
import { sizeOf } from './storedTensor';

/** One network with its weights and the preprocessing that it expects. */
export interface ModelPart {
  readonly spec: NetworkSpec;
  readonly weights: Weights;
  readonly preprocessing: Preprocessing;
}

/** A weight as it is written. */
export interface WrittenWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** The values of a parameter, with the shape that they have in our layout. */
export function weightOf({ weights }: Pick<ModelPart, 'weights'>, { name, shape }: ParameterSpec): WrittenWeight {
  const values = weights.get(name);
  const size = sizeOf(shape);
  if (values?.length === size) return { shape, values };
  throw new Error(`The weight ${name} has ${values?.length ?? 'no'} values instead of ${size}.`);
}

/** The nodes that a node depends on, itself included, in their order. */
export function nodesTo(spec: NetworkSpec, name: string): readonly NodeSpec[] {
  const needed = new Set([name]);
  for (const node of spec.nodes.toReversed())
    if (needed.has(node.name)) node.inputs.forEach((input) => needed.add(input));
  return spec.nodes.filter((node) => needed.has(node.name));
}

/** The last node of the head: the classifier or what follows it. */
export function outputOf(spec: NetworkSpec): string {
  return spec.nodes.reduce((last, node) => (node.inputs.includes(last) ? node.name : last), spec.classifier);
}

/** What the numbers of a model's output are. */
export type OutputKind = 'logits' | 'probabilities' | 'log_probabilities';

/** What the model's own head gives. */
export function outputKindOf(spec: NetworkSpec): OutputKind {
  const head = nodesTo(spec, outputOf(spec)).slice(spec.nodes.findIndex(({ name }) => name === spec.classifier));
  const turnsInto = (node: NodeSpec): OutputKind | null => {
    if (node.op === 'softmax') return 'probabilities';
    if (node.op === 'logSoftmax') return 'log_probabilities';
    return node.op === 'activation' && node.attributes.activation === 'sigmoid' ? 'probabilities' : null;
  };
  return head.reduce<OutputKind>((kind, node) => turnsInto(node) ?? kind, 'logits');
}

/** `direction * gain / ||direction||` for each output, as one kernel. */
export function foldWeightNorm(direction: WrittenWeight, gain: WrittenWeight): WrittenWeight {
  const units = gain.values.length;
  const squares = new Float64Array(units);
  direction.values.forEach((value, index) => {
    squares[index % units] = (squares[index % units] ?? 0) + value * value;
  });
  const slopes = squares.map((square, unit) => (gain.values[unit] ?? 0) / Math.sqrt(square));
  const values = direction.values.map((value, index) => value * (slopes[index % units] ?? 0));
  return { shape: direction.shape, values };
}
