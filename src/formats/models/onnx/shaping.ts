import { sizeOf } from '../storedTensor';
import {
  activationInput,
  append,
  asList,
  constantInput,
  integerAttribute,
  integersAttribute,
  integersOption,
  normalizedAxes,
  shapeOf,
  unsupported,
  type Call,
  type Reader,
} from './context';
import { isFloatType } from './tensors';
import { BATCH, lengthsOf, longFactors, regrouped, type Activation } from './values';

/** Axes of a value; no image has nearly as many. */
export const MOST_AXES = 16;

/** A value with its axes grouped anew; a list of values in our own order becomes one at once. */
function withAxes(call: Call, value: Activation, axes: Activation['axes']): Activation {
  const [batch = [], list, ...more] = axes;
  const isList = list !== undefined && more.length === 0 && batch.every((axis) => axis === BATCH);
  const long = longFactors(value, list);
  const inOurOrder = long.every((axis, at) => at === 0 || axis > (long[at - 1] ?? axis));
  if (!isList || !inOurOrder || value.shape.length === 1) return { ...value, axes };
  return asList(call, value, [batch, [0]]);
}

/** Gives a value the lengths that ONNX wants. */
function reshapedTo(call: Call, value: Activation, lengths: readonly number[]): Activation {
  const axes = regrouped(value, lengths, call.context.batch);
  if (!axes) return unsupported(call, `splits axes: it makes [${lengths.join(', ')}] of [${shapeOf(call, value).join(', ')}]`); // prettier-ignore
  return withAxes(call, value, axes);
}

/**
 * The lengths that Reshape means: 0 keeps one, -1 takes what is left.
 *
 * @throws StudioError 'unsupported-layer' when they do not hold as many values
 */
export function targetShape(call: Call, from: readonly number[], wanted: readonly number[]): readonly number[] {
  const keepsZero = integerAttribute(call, 'allowzero', 0) !== 0;
  const lengths = wanted.map((length, axis) => (length === 0 && !keepsZero ? (from[axis] ?? 0) : length));
  const known = sizeOf(lengths.filter((length) => length !== -1));
  const whole = lengths.map((length) => (length === -1 ? sizeOf(from) / known : length));
  const isShape = whole.every((length) => Number.isInteger(length) && length >= 0);
  if (isShape && sizeOf(whole) === sizeOf(from) && whole.length <= MOST_AXES) return whole;
  return unsupported(call, `makes [${wanted.slice(0, 16).join(', ')}] of [${from.join(', ')}]`);
}

const reshape: Reader = (call) => {
  const value = activationInput(call);
  return reshapedTo(call, value, targetShape(call, shapeOf(call, value), constantInput(call, 1).values()));
};

const flatten: Reader = (call) => {
  const value = activationInput(call);
  const lengths = shapeOf(call, value);
  const axis = integerAttribute(call, 'axis', 1);
  const at = axis === lengths.length ? axis : (normalizedAxes(call, [axis], lengths.length)[0] ?? 1);
  return reshapedTo(call, value, [sizeOf(lengths.slice(0, at)), sizeOf(lengths.slice(at))]);
};

/** The axes that Squeeze takes away. An open batch stays, whatever number is put in for it here. */
export function squeezedAxes(call: Call, lengths: readonly number[], batchAxis: number): readonly number[] {
  const stated = integersOption(call, 'axes', 1);
  if (stated) return normalizedAxes(call, stated, lengths.length);
  return lengths.flatMap((length, axis) => (length === 1 && !(axis === batchAxis && call.context.batchIsOpen) ? [axis] : [])); // prettier-ignore
}

const squeeze: Reader = (call) => {
  const value = activationInput(call);
  const batchAxis = value.axes.findIndex((axes) => axes.includes(BATCH));
  const lengths = lengthsOf(value, call.context.batch);
  const gone = squeezedAxes(call, lengths, batchAxis);
  if (gone.some((axis) => lengths[axis] !== 1)) unsupported(call, 'takes away an axis that is longer than 1');
  return withAxes(call, value, value.axes.filter((_, axis) => !gone.includes(axis))); // prettier-ignore
};

/** Positions of new axes in the result. */
export function unsqueezedAxes(call: Call, rank: number): readonly number[] {
  const stated = integersOption(call, 'axes', 1) ?? unsupported(call, 'does not say where its new axes are');
  if (rank + stated.length > MOST_AXES) unsupported(call, `makes a value with ${rank + stated.length} axes`);
  return normalizedAxes(call, stated, rank + stated.length);
}

const unsqueeze: Reader = (call) => {
  const value = activationInput(call);
  const places = unsqueezedAxes(call, value.axes.length);
  const old = [...value.axes];
  const axes = Array.from({ length: old.length + places.length }, (_, at) => (places.includes(at) ? [] : (old.shift() ?? []))); // prettier-ignore
  return { ...value, axes };
};

export function permutationOf(call: Call, rank: number): readonly number[] {
  const permutation = integersAttribute(call, 'perm') ?? Array.from({ length: rank }, (_, axis) => rank - 1 - axis);
  const isPermutation = permutation.length === rank && permutation.toSorted((a, b) => a - b).every((axis, at) => axis === at); // prettier-ignore
  return isPermutation ? permutation : unsupported(call, `exchanges the axes ${permutation.slice(0, 16).join(', ')}`);
}

const transpose: Reader = (call) => {
  const value = activationInput(call);
  const permutation = permutationOf(call, value.axes.length);
  return withAxes(call, value, permutation.map((axis) => value.axes[axis] ?? [])); // prettier-ignore
};

/** Along the channels: the axis begins with them, and what else it holds is equally long everywhere. */
const concat: Reader = (call) => {
  const values = call.inputs.map((_, position) => activationInput(call, position));
  const [first] = values;
  if (!first) return unsupported(call, 'has no input');
  const last = first.shape.length - 1;
  const [axis = 0] = normalizedAxes(call, [integerAttribute(call, 'axis', 1)], first.axes.length);
  const long = longFactors(first, first.axes[axis]);
  const begins = long.length === 0 || long[0] === last || (first.shape[last] === 1 && first.axes[axis]?.[0] === last);
  const key = ({ axes, shape }: Activation): string => JSON.stringify([axes, shape.slice(0, -1)]);
  if (!begins || !first.axes[axis]?.includes(last) || values.some((value) => key(value) !== key(first))) {
    return unsupported(call, 'joins values otherwise than along their channels');
  }
  const channels = values.reduce((total, value) => total + (value.shape[last] ?? 0), 0);
  const outputShape = [...first.shape.slice(0, -1), channels];
  return append(call, { op: 'concat', attributes: {}, outputShape }, values);
};

/** Dropout and other nodes that do nothing to the values outside of training. */
const unchanged: Reader = (call) => activationInput(call);

/** Between kinds of floating point numbers; the studio computes in float32. */
const cast: Reader = (call) => {
  const type = integerAttribute(call, 'to', 0);
  if (!isFloatType(type)) return unsupported(call, 'turns the image into whole numbers');
  if (type !== 1 && type !== 11)
    call.context.nodes.note('The model computes in half precision; the studio uses float32.');
  return activationInput(call);
};

export const shapingReaders: readonly (readonly [string, Reader])[] = [
  ['Reshape', reshape],
  ['Flatten', flatten],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Transpose', transpose],
  ['Concat', concat],
  ['Identity', unchanged],
  ['Dropout', unchanged],
  ['Cast', cast],
];
