import { noPadding } from '../layersModel/geometry';
import { sizeOf } from '../storedTensor';
import { clipped, rescaled } from './activations';
import type { Constant } from './constants';
import {
  activationInput,
  append,
  constantInput,
  nameFor,
  numbersOf,
  parameter,
  unsupported,
  type Call,
  type Context,
  type Reader,
} from './context';
import type { FileLayout } from '../format';
import { alignConstant, broadcastShape, isActivation, isConstant, type Activation } from './values';

type Merging = 'add' | 'subtract' | 'multiply' | 'average' | 'maximum';

/** A value with another shape of the same values. */
function reshaped(call: Call, value: Activation, shape: readonly number[]): Activation {
  if (value.shape.join() === shape.join()) return value;
  const name = nameFor(call, '_reshape');
  return append(call, { op: 'reshape', attributes: { shape }, outputShape: shape }, [value], { name });
}

/** Two or more values of the image; the largest says where the axes are. */
function merge(call: Call, op: Merging, values: readonly Activation[]): Activation {
  const [largest] = values.toSorted(
    (a, b) => b.axes.length - a.axes.length || b.shape.length - a.shape.length || sizeOf(b.shape) - sizeOf(a.shape),
  );
  if (!largest) return unsupported(call, 'has no input');
  const shapes = values.map((value) => {
    const shape = value === largest ? value.shape : broadcastShape(largest, value);
    return shape ?? unsupported(call, 'combines values whose axes do not match');
  });
  const inputs = values.map((value, at) => reshaped(call, value, shapes[at] ?? []));
  const outputShape = largest.shape.map((_, axis) =>
    shapes.reduce((most, shape) => Math.max(most, shape[axis] ?? 1), 1),
  );
  const node = { op, attributes: {}, outputShape };
  return append(call, node, inputs, { name: nameFor(call), axes: largest.axes });
}

/** One number a channel of a value, or null. */
function perChannel(call: Call, value: Activation, constant: Constant): readonly number[] | null {
  const aligned = alignConstant(value, constant.shape);
  if (!aligned || constant.shape.length > value.axes.length) return null;
  const isChannels = sizeOf(aligned.shape) === (value.shape.at(-1) ?? 1) && aligned.shape.at(-1) === value.shape.at(-1);
  return isChannels ? numbersOf(call, constant) : null;
}

/** `x * w` with weights of any sign for each channel: a depthwise convolution with a kernel of one pixel. */
function scaleChannels(call: Call, x: Activation, scale: Constant): Activation {
  const channels = x.shape.at(-1) ?? 0;
  if (x.shape.length !== 3) return unsupported(call, 'scales a list of values by numbers of both signs');
  const name = nameFor(call);
  const shape = [1, 1, channels, 1];
  const attributes = { strides: [1, 1], dilations: [1, 1], padding: noPadding } as const;
  const layout: FileLayout | undefined = undefined;
  const parameters = { kernel: parameter(call, name, 'kernel', scale, { shape, layout }) };
  return append(call, { op: 'depthwiseConv2d', attributes, parameters }, [x], { name });
}

/** `(x - mean) / sqrt(variance)` with constants. */
function normalized(call: Call, x: Activation, mean: readonly number[], variance: readonly number[]): Activation {
  return append(call, { op: 'normalize', attributes: { mean, variance } }, [x], { name: nameFor(call) });
}

function wrongConstant(call: Call, constant: Constant): never {
  return unsupported(
    call,
    `has a constant of the shape [${constant.shape.join(', ')}], not one number or one a channel`,
  );
}

function requireFinite(call: Call, numbers: readonly number[]): readonly number[] {
  return numbers.every(Number.isFinite) ? numbers : unsupported(call, 'has a constant that is no finite number');
}

/** `x + c`, with the sign of c given. */
function addConstant(call: Call, x: Activation, constant: Constant, sign: 1 | -1): Activation {
  if (sizeOf(constant.shape) === 1 && constant.shape.length <= x.axes.length) {
    return rescaled(call, x, 1, sign * (requireFinite(call, numbersOf(call, constant))[0] ?? NaN));
  }
  const offsets = perChannel(call, x, constant) ?? wrongConstant(call, constant);
  const mean = requireFinite(call, offsets).map((offset) => (offset === 0 ? 0 : -sign * offset));
  return normalized(call, x, mean, mean.map(() => 1)); // prettier-ignore
}

/** `x * c`, or `x / c`. */
function multiplyConstant(call: Call, x: Activation, constant: Constant, isDivided: boolean): Activation {
  if (sizeOf(constant.shape) === 1 && constant.shape.length <= x.axes.length) {
    const [factor = NaN] = numbersOf(call, constant);
    const [scale = 1] = requireFinite(call, [isDivided ? 1 / factor : factor]);
    return rescaled(call, x, scale, 0);
  }
  const numbers = requireFinite(call, perChannel(call, x, constant) ?? wrongConstant(call, constant));
  const scales = isDivided ? requireFinite(call, numbers.map((number) => 1 / number)) : numbers; // prettier-ignore
  if (scales.every((scale) => scale > 1e-15 && scale < 1e15)) {
    return normalized(call, x, scales.map(() => 0), scales.map((scale) => scale ** -2)); // prettier-ignore
  }
  return isDivided ? unsupported(call, 'divides by numbers of both signs') : scaleChannels(call, x, constant);
}

/** The value of an activation function over a value, where a node has just that input. */
function isSigmoidOf(context: Context, gate: Activation, x: Activation): boolean {
  const node = context.appended.get(gate.node);
  return node?.op === 'activation' && node.attributes.activation === 'sigmoid' && node.inputs[0] === x.node;
}

const add: Reader = (call) => {
  const [a, b] = call.inputs;
  if (isActivation(a) && isActivation(b)) return merge(call, 'add', [a, b]);
  if (isActivation(a)) return addConstant(call, a, constantInput(call, 1), 1);
  return addConstant(call, activationInput(call, 1), constantInput(call, 0), 1);
};

const subtract: Reader = (call) => {
  const [a, b] = call.inputs;
  if (isActivation(a) && isActivation(b)) return merge(call, 'subtract', [a, b]);
  if (isActivation(a)) return addConstant(call, a, constantInput(call, 1), -1);
  const constant = constantInput(call, 0);
  return addConstant(call, rescaled(call, activationInput(call, 1), -1, 0, '_negative'), constant, 1);
};

const multiply: Reader = (call) => {
  const [a, b] = call.inputs;
  if (isActivation(a) && isActivation(b)) {
    for (const [x, gate] of [[a, b], [b, a]] as const) {
      if (x.axes.join('|') === gate.axes.join('|') && isSigmoidOf(call.context, gate, x)) {
        return append(call, { op: 'activation', attributes: { activation: 'swish' } }, [x], { name: nameFor(call) });
      }
    } // prettier-ignore
    return merge(call, 'multiply', [a, b]);
  }
  if (isActivation(a)) return multiplyConstant(call, a, constantInput(call, 1), false);
  return multiplyConstant(call, activationInput(call, 1), constantInput(call, 0), false);
};

const divide: Reader = (call) => {
  const [a, b] = call.inputs;
  if (!isActivation(a) || !isConstant(b)) return unsupported(call, 'divides by a value that depends on the image');
  return multiplyConstant(call, a, b, true);
};

/** `x^2` and `x^3` as products. */
const power: Reader = (call) => {
  const x = activationInput(call);
  const exponent = constantInput(call, 1);
  const [value = NaN] = sizeOf(exponent.shape) === 1 ? numbersOf(call, exponent) : [];
  if (value !== 2 && value !== 3) return unsupported(call, 'has another exponent than 2 or 3');
  return merge(call, 'multiply', new Array<Activation>(value).fill(x));
};

/** The largest or smallest of two values, or a bound that is one number. */
const bound =
  (isLargest: boolean): Reader =>
  (call) => {
    const values = call.inputs.filter(isActivation);
    const constants = call.inputs.filter(isConstant);
    const [x] = values;
    if (values.length === call.inputs.length && isLargest) return merge(call, 'maximum', values);
    const [limit] = constants;
    const isScalar = limit && sizeOf(limit.shape) === 1 && limit.shape.length <= (x?.axes.length ?? 0);
    if (!x || values.length !== 1 || constants.length !== 1 || !isScalar) return unsupported(call, 'compares other than a value and one number'); // prettier-ignore
    const [value = NaN] = numbersOf(call, limit);
    if (isLargest) return clipped(call, x, value, Infinity);
    return cappedRelu(call, x, value) ?? clipped(call, x, -Infinity, value);
  };

/** `min(max(x, 0), value)` as one activation. */
function cappedRelu(call: Call, x: Activation, value: number): Activation | null {
  const node = call.context.appended.get(x.node);
  const isPlain = node?.op === 'activation' && node.attributes.activation === 'relu' && node.attributes.maxValue === undefined; // prettier-ignore
  return isPlain && value > 0 ? clipped(call, { ...x, node: node.inputs[0] ?? '' }, 0, value) : null;
}

/** The sum or the mean of values of the image. */
const combine =
  (op: 'add' | 'average'): Reader =>
  (call) => {
    const values = call.inputs.filter(isActivation);
    if (values.length !== call.inputs.length) return unsupported(call, 'combines the image with constants');
    return merge(call, op, values);
  };

export const elementwiseReaders: readonly (readonly [string, Reader])[] = [
  ['Add', add],
  ['Sub', subtract],
  ['Mul', multiply],
  ['Div', divide],
  ['Neg', (call) => rescaled(call, activationInput(call), -1, 0)],
  ['Pow', power],
  ['Max', bound(true)],
  ['Min', bound(false)],
  ['Sum', combine('add')],
  ['Mean', combine('average')],
];
