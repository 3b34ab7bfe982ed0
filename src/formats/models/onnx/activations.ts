import type { ActivationName } from '../format';
import { sizeOf } from '../storedTensor';
import {
  activationInput,
  append,
  asList,
  constantInput,
  floatAttribute,
  integerAttribute,
  nameFor,
  normalizedAxes,
  optionalNumbers,
  parameter,
  textAttribute,
  unsupported,
  type Call,
  type Context,
  type Reader,
} from './context';
import type { NodeMessage } from './messages';
import { alignConstant, BATCH, isActivation, isConstant, longFactors, type Activation } from './values';

interface Options {
  readonly alpha?: number;
  readonly maxValue?: number;
}

/** Appends an activation function. */
function activate(call: Call, x: Activation, activation: ActivationName, options: Options = {}): Activation {
  return append(call, { op: 'activation', attributes: { activation, ...options } }, [x], { name: nameFor(call) });
}

/** `x * scale + offset`; nothing where that is x. */
export function rescaled(call: Call, x: Activation, scale: number, offset: number, suffix = ''): Activation {
  if (scale === 1 && offset === 0) return x;
  return append(call, { op: 'rescale', attributes: { scale, offset } }, [x], { name: nameFor(call, suffix) });
}

const simple =
  (activation: ActivationName): Reader =>
  (call) =>
    activate(call, activationInput(call), activation);

const withAlpha =
  (activation: ActivationName, fallback: number): Reader =>
  (call) =>
    activate(call, activationInput(call), activation, { alpha: floatAttribute(call, 'alpha', fallback) });

const close = (value: number, wanted: number): boolean => Math.abs(value - wanted) <= 1e-6 * Math.abs(wanted);

const selu: Reader = (call) => {
  const [alpha, gamma] = [floatAttribute(call, 'alpha', 1.67326324), floatAttribute(call, 'gamma', 1.05070098)];
  if (!close(alpha, 1.67326324) || !close(gamma, 1.05070098))
    unsupported(call, `has alpha ${alpha} and gamma ${gamma}`);
  return activate(call, activationInput(call), 'selu');
};

/** `clip(alpha x + beta, 0, 1)`; the two usual ones have names. */
const hardSigmoid: Reader = (call) => {
  const [alpha, beta] = [floatAttribute(call, 'alpha', 0.2), floatAttribute(call, 'beta', 0.5)];
  const x = activationInput(call);
  if (close(alpha, 0.2) && close(beta, 0.5)) return activate(call, x, 'hardSigmoid');
  if (close(alpha, 1 / 6) && close(beta, 0.5)) return activate(call, x, 'hardSigmoid6');
  return activate(call, rescaled(call, x, alpha, beta, '_scale'), 'relu', { maxValue: 1 });
};

const gelu: Reader = (call) => {
  const way = textAttribute(call, 'approximate', 'none');
  if (way !== 'none' && way !== 'tanh') return unsupported(call, `approximates in the way ${way.slice(0, 40)}`);
  return activate(call, activationInput(call), way === 'tanh' ? 'geluTanh' : 'gelu');
};

/** The slope is a weight that broadcasts against the value. */
const prelu: Reader = (call) => {
  const x = activationInput(call);
  const slope = constantInput(call, 1);
  const aligned = alignConstant(x, slope.shape);
  if (!aligned || slope.shape.length > x.axes.length) return unsupported(call, `has slopes of the shape [${slope.shape.join(', ')}]`); // prettier-ignore
  const name = nameFor(call);
  const alpha = parameter(call, name, 'alpha', slope, aligned);
  return append(call, { op: 'prelu', attributes: {}, parameters: { alpha } }, [x], { name });
};

/**
 * `min(max(x, low), high)`, composed of what we have: `low + relu(x - low)` at most `high - low`, and
 * `high - relu(high - x)`.
 */
export function clipped(call: Call, x: Activation, low: number, high: number): Activation {
  if (Number.isNaN(low) || Number.isNaN(high) || low > high) return unsupported(call, `clips to ${low} … ${high}`);
  // What a float32 holds at most stands for no bound.
  const isOpen = (bound: number): boolean => Math.abs(bound) >= 3.4e38;
  if (isOpen(low) && isOpen(high)) return x;
  if (isOpen(low)) {
    const below = rescaled(call, x, -1, high, '_below');
    return rescaled(call, activate(call, below, 'relu'), -1, high, '_back');
  }
  const shifted = rescaled(call, x, 1, -low, '_shift');
  const maxValue = high - low;
  const isRelu6 = maxValue === 6;
  const bounded = isOpen(high) ? activate(call, shifted, 'relu') : activate(call, shifted, isRelu6 ? 'relu6' : 'relu', isRelu6 ? {} : { maxValue }); // prettier-ignore
  return rescaled(call, bounded, 1, low, '_back');
}

/** Bounds are attributes before operator set 11 and inputs from then on. */
const clip: Reader = (call) => {
  const bound = (position: number, attribute: string, open: number): number =>
    call.context.opset < 11 ? floatAttribute(call, attribute, open) : (optionalNumbers(call, position)?.[0] ?? open);
  return clipped(call, activationInput(call), bound(1, 'min', -Infinity), bound(2, 'max', Infinity));
};

/** Along the axis of the classes. Before operator set 13 it means this axis and all that follow. */
const softmax =
  (op: 'softmax' | 'logSoftmax'): Reader =>
  (call) => {
    const input = activationInput(call);
    const isOld = call.context.opset < 13;
    const [axis = 0] = normalizedAxes(call, [integerAttribute(call, 'axis', isOld ? 1 : -1)], input.axes.length);
    const over = input.axes.filter((_, at) => at === axis || (isOld && at > axis));
    const factors = longFactors(input, over.flat());
    if (over.flat().includes(BATCH)) unsupported(call, 'works along the batch');
    const isList = sizeOf(input.shape) === sizeOf(factors.map((ours) => input.shape[ours] ?? 1));
    const last = input.shape.length - 1;
    if (factors.length === 1 && factors[0] === last) return append(call, { op, attributes: {} }, [input], { name: nameFor(call) }); // prettier-ignore
    if (!isList || factors.length !== 1)
      return unsupported(call, 'works along an axis that is not that of the channels');
    const list = asList(call, input, input.axes.map((axes) => axes.map((ours) => (ours === BATCH ? BATCH : 0)))); // prettier-ignore
    return append(call, { op, attributes: {} }, [list], { name: nameFor(call) });
  };

/** The only number of a constant. */
function scalar(context: Context, name: string | undefined): number | undefined {
  const value = context.values.get(name ?? '');
  return isConstant(value) && !value.isInteger && sizeOf(value.shape) === 1 ? value.values()[0] : undefined;
}

/** The other input of a node of a kind that has a number as its one input. */
function timesScalar(
  node: NodeMessage | undefined,
  kind: string,
  wanted: number,
  context: Context,
): string | undefined {
  if (node?.opType !== kind || node.domain !== '' || node.inputs.length !== 2) return undefined;
  const [a, b] = node.inputs;
  if (close(scalar(context, b) ?? NaN, wanted)) return a;
  return kind !== 'Div' && close(scalar(context, a) ?? NaN, wanted) ? b : undefined;
}

/**
 * Erf as part of the exact GELU, `0.5 x (1 + erf(x / sqrt(2)))`, in any order of its products. The whole of it becomes one
 * activation; Erf by itself has no equivalent.
 */
const erf: Reader = (call) => {
  const { node, context } = call;
  const only = (name: string | undefined): NodeMessage | undefined => {
    const users = context.consumers.get(name ?? '') ?? [];
    return users.length === 1 ? users[0] : undefined;
  };
  const divided = context.producers.get(node.inputs[0] ?? '');
  const x = timesScalar(divided, 'Div', Math.SQRT2, context) ?? timesScalar(divided, 'Mul', Math.SQRT1_2, context);
  const plusOne = only(node.outputs[0]);
  const first = timesScalar(plusOne, 'Add', 1, context) === undefined ? undefined : only(plusOne?.outputs[0]);
  const value = context.values.get(x ?? '');
  const fail = () => unsupported(call, 'is not part of a GELU');
  if (!plusOne || first?.opType !== 'Mul' || x === undefined || !isActivation(value)) return fail();
  const half = timesScalar(first, 'Mul', 0.5, context) !== undefined;
  const other = first.inputs.find((input) => input !== plusOne.outputs[0]);
  const isHalved = timesScalar(context.producers.get(other ?? ''), 'Mul', 0.5, context) === x;
  const second = only(first.outputs[0]);
  const isWhole = half ? second?.opType === 'Mul' && second.inputs.includes(x) : other === x && timesScalar(second, 'Mul', 0.5, context) !== undefined; // prettier-ignore
  if (!isHalved && !isWhole) return fail();
  const result = activate(call, value, 'gelu');
  const absorbed = [plusOne, first, ...(!isHalved && second ? [second] : [])];
  absorbed.forEach((part) => context.absorbed.add(part));
  context.values.set(absorbed.at(-1)?.outputs[0] ?? '', result);
  return result;
};

export const activationReaders: readonly (readonly [string, Reader])[] = [
  ['Relu', simple('relu')],
  ['Sigmoid', simple('sigmoid')],
  ['Tanh', simple('tanh')],
  ['HardSwish', simple('hardSwish')],
  ['Softplus', simple('softplus')],
  ['Softsign', simple('softsign')],
  ['Mish', simple('mish')],
  ['Exp', simple('exponential')],
  ['LeakyRelu', withAlpha('leakyRelu', 0.01)],
  ['Elu', withAlpha('elu', 1)],
  ['Selu', selu],
  ['HardSigmoid', hardSigmoid],
  ['Gelu', gelu],
  ['PRelu', prelu],
  ['Clip', clip],
  ['Softmax', softmax('softmax')],
  ['LogSoftmax', softmax('logSoftmax')],
  ['Erf', erf],
];
