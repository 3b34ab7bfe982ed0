import type { Padding2D } from '../format';
import { convolutionLayout, depthwiseLayout } from '../layout';
import { samePadding } from '../layersModel/geometry';
import { windowedSize } from '../nodes';
import { sizeOf } from '../storedTensor';
import { computed, filled, type Constant } from './constants';
import {
  activationInput,
  append,
  asList,
  constantInput,
  floatAttribute,
  imageInput,
  integerAttribute,
  integersAttribute,
  nameFor,
  numbersOf,
  optionalConstant,
  parameter,
  textAttribute,
  unsupported,
  type Call,
  type Reader,
} from './context';
import { alignConstant, BATCH, isActivation, isConstant, layoutOf, longFactors, type Activation } from './values';

type Pair = readonly [number, number];

const MOST_SIDE = 2 ** 16;

/** Two sizes, vertical and horizontal. */
export function pairAttribute(call: Call, name: string, fallback: Pair): Pair {
  const [vertical, horizontal, ...more] = integersAttribute(call, name) ?? fallback;
  const isSize = (value: number | undefined): value is number =>
    value !== undefined && value >= 1 && value <= MOST_SIDE;
  if (isSize(vertical) && isSize(horizontal) && more.length === 0) return [vertical, horizontal];
  return unsupported(call, `has an unusable ${name}`);
}

/** Padding in pixels of a node that moves a window over an image: `pads`, or what `auto_pad` means here. */
export function paddingOf(
  call: Call,
  image: Pair,
  windows: { readonly size: Pair; readonly strides: Pair; readonly dilations: Pair },
): Padding2D {
  const mode = textAttribute(call, 'auto_pad', 'NOTSET') || 'NOTSET';
  if (mode === 'SAME_UPPER' || mode === 'SAME_LOWER') {
    const along = (axis: 0 | 1): Pair => {
      const window = (windows.size[axis] - 1) * windows.dilations[axis] + 1;
      const [less, more] = samePadding(image[axis], window, windows.strides[axis]);
      return mode === 'SAME_UPPER' ? [less, more] : [more, less];
    };
    const [[top, bottom], [left, right]] = [along(0), along(1)];
    return { top, bottom, left, right };
  }
  if (mode !== 'NOTSET' && mode !== 'VALID') return unsupported(call, `pads in the way ${mode.slice(0, 40)}`);
  const pads = mode === 'VALID' ? [0, 0, 0, 0] : (integersAttribute(call, 'pads') ?? [0, 0, 0, 0]);
  const [top = 0, left = 0, bottom = 0, right = 0] = pads;
  if (pads.length !== 4 || pads.some((side) => side < 0 || side > MOST_SIDE)) unsupported(call, `pads by ${pads.slice(0, 8).join(', ')}`); // prettier-ignore
  return { top, bottom, left, right };
}

/**
 * The constant that the only user of a node adds to it, one number a channel: its bias. The addition is then done.
 *
 * @param result what the node gives
 */
function followingBias({ node, context }: Call, result: Activation): Constant | undefined {
  const [output = ''] = node.outputs;
  const [add, ...others] = context.consumers.get(output) ?? [];
  if (add?.opType !== 'Add' || add.domain !== '' || others.length > 0) return undefined;
  const bias = add.inputs.filter((input) => input !== output).map((input) => context.values.get(input))[0];
  if (!isConstant(bias) || bias.isInteger || bias.shape.length > result.axes.length) return undefined;
  const channels = result.shape.at(-1) ?? 0;
  const aligned = alignConstant(result, bias.shape);
  if (sizeOf(bias.shape) !== channels || aligned?.shape.at(-1) !== channels) return undefined;
  context.absorbed.add(add);
  context.values.set(add.outputs[0] ?? '', result);
  return bias;
}

/** A bias of one number a channel, also where the file has one for all. */
function biasOf(call: Call, bias: Constant | undefined, channels: number): Constant | undefined {
  if (!bias || sizeOf(bias.shape) === channels) return bias;
  if (sizeOf(bias.shape) !== 1) return unsupported(call, `adds the shape [${bias.shape.join(', ')}]`);
  return filled(bias.name, [channels], numbersOf(call, bias)[0] ?? NaN, 'float32');
}

const conv: Reader = (call) => {
  const x = imageInput(call);
  const [height = 0, width = 0, channels = 0] = x.shape;
  const kernel = constantInput(call, 1);
  const [filters = 0, depth = 0, tall = 0, wide = 0] = kernel.shape;
  if (kernel.shape.length !== 4) unsupported(call, `has a kernel of the shape [${kernel.shape.join(', ')}]`);
  const groups = integerAttribute(call, 'group', 1);
  const size = [tall, wide] as const;
  if (groups < 1 || depth * groups !== channels || filters % groups !== 0) {
    unsupported(call, `applies a kernel [${kernel.shape.join(', ')}] in ${groups} groups to ${channels} channels`);
  }
  if (pairAttribute(call, 'kernel_shape', size).join() !== size.join()) unsupported(call, 'contradicts its kernel');
  const strides = pairAttribute(call, 'strides', [1, 1]);
  const dilations = pairAttribute(call, 'dilations', [1, 1]);
  const padding = paddingOf(call, [height, width], { size, strides, dilations });
  const outputShape = [...windowedSize([height, width], { size, strides, dilations, padding }), filters];
  const name = nameFor(call);
  const result: Activation = { kind: 'activation', node: name, shape: outputShape, axes: x.axes };
  const stated = optionalConstant(call, 2) ?? followingBias(call, result);
  const bias = stated && { bias: parameter(call, name, 'bias', stated, { shape: [filters] }) };
  const common = { name, inputs: [x.node], outputShape };
  if (depth === 1 && groups > 1) {
    const form = { shape: [tall, wide, channels, filters / channels], layout: depthwiseLayout(kernel.shape, channels) };
    const parameters = { kernel: parameter(call, name, 'kernel', kernel, form), ...bias };
    const attributes = { strides, dilations, padding };
    call.context.nodes.add({ ...common, op: 'depthwiseConv2d', attributes, parameters });
    return result;
  }
  const form = { shape: [tall, wide, depth, filters], layout: convolutionLayout(kernel.shape) };
  const parameters = { kernel: parameter(call, name, 'kernel', kernel, form), ...bias };
  const attributes = { strides, dilations, padding, groups };
  call.context.nodes.add({ ...common, op: 'conv2d', attributes, parameters });
  return result;
};

/** Axis 1 of ONNX, one number a channel. Momentum is the weight of the old value, as ours. */
const batchNormalization: Reader = (call) => {
  if (call.context.opset < 9 && integerAttribute(call, 'spatial', 1) !== 1) {
    unsupported(call, 'normalises each place of the image by itself (spatial = 0)');
  }
  const input = activationInput(call);
  const factors = longFactors(input, input.axes[1]);
  const isMerged = factors.length > 1;
  const isChannel = factors.length === 0 || factors[0] === input.shape.length - 1;
  if (input.axes.length < 2 || (!isMerged && !isChannel)) unsupported(call, 'normalises along an unusual axis');
  const others = input.axes.filter((_, axis) => axis !== 1).some((axes) => longFactors(input, axes).length > 0);
  if (isMerged && others) unsupported(call, 'normalises along several axes at once');
  const { layout } = layoutOf(input, factors, []);
  const x = isMerged ? asList(call, input, [[BATCH], [0]]) : input;
  const shape = [x.shape.at(-1) ?? 0];
  const name = nameFor(call);
  const take = (role: string, position: number, isVariance = false) =>
    parameter(call, name, role, constantInput(call, position), { shape, layout, isVariance });
  const momentum = floatAttribute(call, 'momentum', 0.9);
  const epsilon = floatAttribute(call, 'epsilon', 1e-5);
  if (epsilon < 0 || momentum < 0 || momentum > 1) unsupported(call, `has epsilon ${epsilon} and momentum ${momentum}`);
  const parameters = {
    gamma: take('gamma', 1),
    beta: take('beta', 2),
    runningMean: take('moving_mean', 3),
    runningVariance: take('moving_variance', 4, true),
  };
  const attributes = { epsilon, momentum, unbiasedRunningVariance: false };
  const result = append(call, { op: 'batchNorm', attributes, parameters }, [x], { name });
  if (!isMerged) return result;
  // A list is in our order: as an image it can be flattened in the order of ONNX again.
  const { shape: outputShape, axes } = input;
  return append(call, { op: 'reshape', attributes: { shape: outputShape }, outputShape }, [result], { axes });
};

/** `x W + b` over the last axis of ONNX; W is `[in, out]`, or `[out, in]` when transposed. */
function dense(call: Call, x: Activation, kernel: Constant, isTransposed: boolean, stated?: Constant): Activation {
  const factors = longFactors(x, x.axes.at(-1));
  const lengths = factors.map((axis) => x.shape[axis] ?? 1);
  const [rows = 0, columns = 0] = isTransposed ? kernel.shape.toReversed() : kernel.shape;
  if (kernel.shape.length !== 2 || sizeOf(lengths) !== rows) {
    unsupported(call, `multiplies ${sizeOf(lengths)} values by a matrix [${kernel.shape.join(', ')}]`);
  }
  const leading = x.axes.slice(0, -1);
  const isWhole = leading.every((axes) => longFactors(x, axes).length === 0);
  const last = x.shape.length - 1;
  if (!isWhole && (factors.length !== 1 || factors[0] !== last)) unsupported(call, 'multiplies along an unusual axis');
  const axes = isWhole ? [...leading.map((list) => list.filter((axis) => axis === BATCH)), [0]] : [...leading, [last]];
  const from = isWhole ? asList(call, x, axes) : x;
  const name = nameFor(call);
  const outputShape = [...from.shape.slice(0, -1), columns];
  const result: Activation = { kind: 'activation', node: name, shape: outputShape, axes };
  const bias = biasOf(call, stated ?? followingBias(call, result), columns);
  const { layout } = layoutOf(x, factors, [columns]);
  const order = (layout?.permutation ?? factors.map((_, at) => at)).slice(0, factors.length);
  const turned = { shape: [columns, ...lengths], permutation: [...order.map((axis) => axis + 1), 0] };
  const form = { shape: [rows, columns], layout: isTransposed ? turned : layout };
  call.context.nodes.add({
    name,
    op: 'dense',
    inputs: [from.node],
    attributes: {},
    parameters: {
      kernel: parameter(call, name, 'kernel', kernel, form),
      ...(bias && { bias: parameter(call, name, 'bias', bias, { shape: [columns] }) }),
    },
    outputShape,
  });
  return result;
}

const gemm: Reader = (call) => {
  if (integerAttribute(call, 'transA', 0) !== 0) unsupported(call, 'transposes the image (transA)');
  const alpha = floatAttribute(call, 'alpha', 1);
  const beta = floatAttribute(call, 'beta', 1);
  const x = activationInput(call);
  if (x.axes.length !== 2) unsupported(call, `multiplies a value with ${x.axes.length} axes`);
  const scaled = alpha === 1 ? x : append(call, { op: 'rescale', attributes: { scale: alpha, offset: 0 } }, [x], { name: nameFor(call, '_alpha') }); // prettier-ignore
  const stated = beta === 0 ? undefined : optionalConstant(call, 2);
  const bias = stated && beta !== 1 ? computed(stated.name, stated.shape, numbersOf(call, stated).map((value) => value * beta), 'float32') : stated; // prettier-ignore
  return dense(call, scaled, constantInput(call, 1), integerAttribute(call, 'transB', 0) !== 0, bias);
};

const matMul: Reader = (call) => {
  const [a, b] = call.inputs;
  if (!isActivation(a) || !isConstant(b)) return unsupported(call, 'multiplies two values that depend on the image');
  return dense(call, a, b, false);
};

export const linearReaders: readonly (readonly [string, Reader])[] = [
  ['Conv', conv],
  ['BatchNormalization', batchNormalization],
  ['Gemm', gemm],
  ['MatMul', matMul],
];
