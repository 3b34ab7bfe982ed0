import { StudioError } from '../../../shared/failure';
import type { FileLayout, NodeSpec, ParameterSpec } from '../format';
import type { Nodes } from '../nodes';
import { createNodes } from '../nodes';
import { createParameters, type Parameters } from '../parameters';
import { sizeOf, type StoredTensor } from '../storedTensor';
import { numbersBudget, weightsBudget, type Budget } from './budget';
import type { Constant } from './constants';
import type { NodeMessage } from './messages';
import { floatsOf } from './wire';
import { isActivation, isConstant, lengthsOf, shapeInOrder, type Activation, type Axes, type Value } from './values';

/** A network under construction. */
export interface Context {
  readonly opset: number;
  /** Images that the file itself says it takes at once; 1 where it leaves that open. */
  readonly batch: number;
  readonly batchIsOpen: boolean;
  readonly nodes: Nodes;
  readonly parameters: Parameters;
  /** What may be computed of constants, and how much weights may hold. */
  readonly budgets: { readonly numbers: Budget; readonly weights: Budget };
  /** Weights in use, and where they lie. */
  readonly used: Map<string, StoredTensor>;
  readonly values: Map<string, Value>;
  /** The nodes that use a value. */
  readonly consumers: ReadonlyMap<string, readonly NodeMessage[]>;
  readonly producers: ReadonlyMap<string, NodeMessage>;
  /** Our nodes by name, as far as {@link append} made them. */
  readonly appended: Map<string, NodeSpec>;
  /** How far {@link nameFor} has counted for each name. */
  readonly copies: Map<string, number>;
  /** Nodes whose work an earlier one has taken over. */
  readonly absorbed: Set<NodeMessage>;
}

/** One node with the values that it gets; undefined where an optional input is left out. */
export interface Call {
  readonly node: NodeMessage;
  readonly inputs: readonly (Value | undefined)[];
  readonly context: Context;
}

/** What a node of an ONNX graph becomes: the value of its first output. */
export type Reader = (call: Call) => Value;

export function createContext(
  fixed: Pick<Context, 'opset' | 'batch' | 'batchIsOpen' | 'consumers' | 'producers'>,
  fileBytes: number,
): Context {
  return {
    ...fixed,
    nodes: createNodes(),
    parameters: createParameters(),
    budgets: { numbers: numbersBudget(), weights: weightsBudget(fileBytes) },
    used: new Map(),
    values: new Map(),
    appended: new Map(),
    copies: new Map(),
    absorbed: new Set(),
  };
}

/** @throws StudioError 'unsupported-layer', always */
export function unsupported({ node }: Call, what: string): never {
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The node ${node.name.slice(0, 200)} (${node.opType}) ${what}, which is not supported.`,
    remedy: 'Change or remove this layer in the model and export it again.',
  });
}

/** A name that no other node has. */
export function nameFor({ node, context }: Call, suffix = ''): string {
  const base = (node.name || node.opType) + suffix;
  let name = base;
  // From the copy that was free before: names are never given back, and a file may give all its nodes one name.
  for (let copy = context.copies.get(base) ?? 2; context.nodes.has(name); copy += 1) {
    name = `${base}_${copy}`;
    context.copies.set(base, copy);
  }
  return name;
}

type Part = NodeSpec extends infer Node
  ? Node extends NodeSpec
    ? Pick<Node, 'op' | 'attributes'> & Partial<Pick<Node, 'parameters' | 'outputShape'>>
    : never
  : never;

/** Appends a node; its shape is that of its first input where none is given. Returns it as a value with these axes. */
export function append(
  call: Call,
  part: Part,
  inputs: readonly Activation[],
  options: { readonly name?: string; readonly axes?: Axes } = {},
): Activation {
  const [first] = inputs;
  const outputShape = part.outputShape ?? first?.shape ?? [];
  const name = options.name ?? nameFor(call, inputs.length === 1 && part.op === 'reshape' ? '_reshape' : '');
  const node = { parameters: {}, ...part, name, inputs: inputs.map((input) => input.node), outputShape } as NodeSpec;
  call.context.nodes.add(node);
  call.context.appended.set(name, node);
  return { kind: 'activation', node: name, shape: outputShape, axes: options.axes ?? first?.axes ?? [] };
}

/** An input that must depend on the image. */
export function activationInput(call: Call, position = 0): Activation {
  const value = call.inputs[position];
  if (isActivation(value)) return value;
  return unsupported(call, `gets a constant as its input ${position + 1}`);
}

/** An input that must be a constant; undefined where it is optional and left out. */
export function optionalConstant(call: Call, position: number): Constant | undefined {
  const value = call.inputs[position];
  if (value === undefined || isConstant(value)) return value;
  return unsupported(call, `computes its input ${position + 1} from the image`);
}

export function constantInput(call: Call, position: number): Constant {
  return optionalConstant(call, position) ?? unsupported(call, `lacks its input ${position + 1}`);
}

/** The numbers of a constant, one by one. @throws StudioError 'too-large' where the model has computed with too many */
export function numbersOf({ node, context }: Call, constant: Constant): readonly number[] {
  context.budgets.numbers.spend(sizeOf(constant.shape), node.name);
  return constant.values();
}

/** The numbers of an optional input. */
export function optionalNumbers(call: Call, position: number): readonly number[] | undefined {
  const constant = optionalConstant(call, position);
  return constant && numbersOf(call, constant);
}

/** An integer attribute, within the range of sizes and flags. */
export function integerAttribute(call: Call, name: string, fallback: number): number {
  return call.node.attributes.get(name)?.int ?? fallback;
}

export function floatAttribute(call: Call, name: string, fallback: number): number {
  const attribute = call.node.attributes.get(name);
  if (!attribute) return fallback;
  const [value] = attribute.float ? floatsOf([attribute.float]) : [0];
  return value !== undefined && Number.isFinite(value) ? value : unsupported(call, `has an unusable ${name}`);
}

export function textAttribute(call: Call, name: string, fallback: string): string {
  return call.node.attributes.get(name)?.text ?? fallback;
}

export function integersAttribute(call: Call, name: string): readonly number[] | undefined {
  return call.node.attributes.get(name)?.ints;
}

/** Numbers that older operator sets keep in an attribute and newer ones in an input. */
export function integersOption(call: Call, name: string, position: number): readonly number[] | undefined {
  return optionalNumbers(call, position) ?? integersAttribute(call, name);
}

/** Axes of a value, counted from the front. */
export function normalizedAxes(call: Call, axes: readonly number[], rank: number): readonly number[] {
  return axes.map((axis) => {
    const fromFront = axis < 0 ? axis + rank : axis;
    if (Number.isInteger(fromFront) && fromFront >= 0 && fromFront < rank) return fromFront;
    return unsupported(call, `names the axis ${axis} of a value with ${rank}`);
  });
}

/** A constant as a parameter of a node. */
export function parameter(
  { node: { name: origin }, context }: Call,
  node: string,
  role: string,
  constant: Constant,
  form: { readonly shape: readonly number[]; readonly layout?: FileLayout | undefined; readonly isVariance?: boolean },
): ParameterSpec {
  context.budgets.weights.spend(sizeOf(constant.shape), origin);
  const tensor = constant.tensor();
  context.used.set(tensor.name, tensor);
  const { parameters } = context;
  const name = `${node}/${role}`;
  return form.isVariance === true
    ? parameters.addVariance(name, tensor, form.shape, form.layout)
    : parameters.add(name, tensor, form.shape, form.layout);
}

/** A value as a node of ours whose axes are the named ones of ONNX, in this order. */
function inOrder(call: Call, value: Activation, order: readonly number[], axes: Axes): Activation {
  const shape = shapeInOrder(value, order);
  if (!shape) return unsupported(call, 'gets a value with its axes in an unusual order');
  if (shape.join() === value.shape.join()) return { ...value, axes };
  return append(call, { op: 'reshape', attributes: { shape }, outputShape: shape }, [value], { axes });
}

/** An input as an image of channels first. */
export function imageInput(call: Call, value = activationInput(call)): Activation {
  if (value.axes.length !== 4)
    return unsupported(call, `works on a value with ${value.axes.length} axes and not on images`);
  return inOrder(call, value, [2, 3, 1], [value.axes[0] ?? [], [2], [0], [1]]);
}

/** A value as one list of numbers in our order. */
export function asList(call: Call, value: Activation, axes: Axes): Activation {
  if (value.shape.length === 1) return { ...value, axes };
  const outputShape = [sizeOf(value.shape)];
  const name = nameFor(call, '_flatten');
  return append(call, { op: 'flatten', attributes: {}, outputShape }, [value], { name, axes });
}

/** The shape of a value as ONNX sees it. */
export function shapeOf(call: Call, value: Value): readonly number[] {
  return isConstant(value) ? value.shape : lengthsOf(value, call.context.batch);
}
