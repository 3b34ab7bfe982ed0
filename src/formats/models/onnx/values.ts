import type { FileLayout } from '../format';
import { sizeOf } from '../storedTensor';
import type { Constant } from './constants';

/** The batch in {@link Activation.axes}. */
export const BATCH = -1;

/**
 * A value that depends on the image: the output of one of our nodes and how ONNX sees it. Each axis of the ONNX value is
 * the row-major product of some of our axes; {@link BATCH} is the batch. An image of a PyTorch export is
 * `[[BATCH], [2], [0], [1]]`, and after Flatten `[[BATCH], [2, 0, 1]]`. Axes of length 1 may be missing.
 */
export interface Activation {
  readonly kind: 'activation';
  readonly node: string;
  /** Our shape, without the batch. */
  readonly shape: readonly number[];
  readonly axes: readonly (readonly number[])[];
}

export type Value = Activation | Constant;

export const isActivation = (value: Value | undefined): value is Activation => value?.kind === 'activation';
export const isConstant = (value: Value | undefined): value is Constant => value?.kind === 'constant';

export type Axes = Activation['axes'];

/** An image of channels first: `[batch, channels, height, width]`. */
export const channelsFirst: Axes = [[BATCH], [2], [0], [1]];

/** Our axes within one of ONNX' that are longer than 1. */
export const longFactors = ({ shape }: Activation, factors: readonly number[] = []): readonly number[] =>
  factors.filter((axis) => axis !== BATCH && shape[axis] !== 1);

/** Lengths of the axes as ONNX sees them. */
export function lengthsOf({ shape, axes }: Activation, batch: number): readonly number[] {
  return axes.map((factors) => sizeOf(factors.map((axis) => (axis === BATCH ? batch : (shape[axis] ?? 1)))));
}

/**
 * The axes of a value after a reshape; null where an axis of ours would have to be split or joined with the batch.
 *
 * @param lengths as ONNX wants them, all known
 */
export function regrouped(value: Activation, lengths: readonly number[], batch: number): Axes | null {
  const rest = value.axes.flat().filter((axis) => axis === BATCH || value.shape[axis] !== 1);
  const axes: number[][] = [];
  for (const length of lengths) {
    const factors: number[] = [];
    let product = 1;
    if (rest[0] === BATCH && length === batch) factors.push(rest.shift() ?? BATCH);
    else {
      if (rest[0] === BATCH && batch === 1) rest.shift();
      while (product < length && rest[0] !== undefined && rest[0] !== BATCH) {
        product *= value.shape[rest[0]] ?? 1;
        factors.push(rest.shift() ?? 0);
      }
      if (product !== length) return null;
    }
    axes.push(factors);
  }
  return rest.some((axis) => axis !== BATCH || batch !== 1) ? null : axes;
}

const increases = (numbers: readonly number[]): boolean =>
  numbers.every((value, at) => at === 0 || value > (numbers[at - 1] ?? value));

/**
 * The shape that a reshape of ours gives a value so that the named axes of ONNX become ours, in this order; null where
 * values would have to change places.
 */
export function shapeInOrder(value: Activation, order: readonly number[]): readonly number[] | null {
  const factors = order.map((axis) => longFactors(value, value.axes[axis]));
  const all = factors.flat();
  const isWhole = all.length === value.shape.filter((length) => length !== 1).length;
  if (!isWhole || !increases(all)) return null;
  return factors.map((list) => sizeOf(list.map((axis) => value.shape[axis] ?? 1)));
}

/** Which axis of `from` broadcasts against which of `to` within one axis of ONNX; null where that is not clear. */
function pairFactors(
  [to, toFactors]: readonly [Activation, readonly number[]],
  [from, fromFactors]: readonly [Activation, readonly number[]],
): readonly (readonly [number, number])[] | null {
  const [long, longTo] = [longFactors(from, fromFactors), longFactors(to, toFactors)];
  if (long.length === 0) return [];
  const ours = (factors: readonly number[]): readonly number[] => factors.filter((axis) => axis !== BATCH);
  const attempts = [
    [ours(fromFactors), ours(toFactors)],
    [long, longTo],
    [long, longTo.length === 0 ? ours(toFactors).slice(0, 1) : []],
  ] as const;
  const match = attempts.find(([sources, targets]) => sources.length === targets.length);
  return match ? match[0].map((axis, at) => [axis, match[1][at] ?? 0] as const) : null;
}

/**
 * The shape that a value must be given so that it broadcasts against another in our order as it does in ONNX; null where
 * it does not.
 */
export function broadcastShape(to: Activation, from: Activation): readonly number[] | null {
  const shift = to.axes.length - from.axes.length;
  if (shift < 0) return null;
  const pairs: (readonly [number, number])[] = [];
  for (const [axis, factors] of from.axes.entries()) {
    const target = to.axes[axis + shift] ?? [];
    const [hasBatch, meetsBatch] = [factors.includes(BATCH), target.includes(BATCH)];
    if (hasBatch !== meetsBatch && (hasBatch || longFactors(from, factors).length > 0)) return null;
    const matched = pairFactors([to, target], [from, factors]);
    if (!matched) return null;
    pairs.push(...matched);
  }
  const long = pairs.filter(([axis]) => from.shape[axis] !== 1).toSorted(([a], [b]) => a - b);
  if (!increases(long.map(([, axis]) => axis))) return null;
  const shape = to.shape.map(() => 1);
  for (const [axis, target] of long) shape[target] = from.shape[axis] ?? 1;
  const fits = shape.every((length, axis) => length === 1 || to.shape[axis] === 1 || length === to.shape[axis]);
  return fits ? shape : null;
}

/** A constant in our order. */
export interface AlignedConstant {
  /** Broadcasts against the value. */
  readonly shape: readonly number[];
  readonly layout?: FileLayout;
}

/**
 * How a constant that ONNX broadcasts against a value (lengths from the last axis on) lies in our order; null where it
 * does not fit.
 */
export function alignConstant(value: Activation, constant: readonly number[]): AlignedConstant | null {
  const shift = value.axes.length - constant.length;
  const shape = value.shape.map(() => 1);
  const factors: number[] = [];
  for (const [axis, length] of constant.entries()) {
    if (length === 1) continue;
    const long = longFactors(value, value.axes[axis + shift]);
    if (sizeOf(long.map((ours) => value.shape[ours] ?? 1)) !== length) return null;
    factors.push(...long);
  }
  for (const axis of factors) shape[axis] = value.shape[axis] ?? 1;
  return { shape, ...layoutOf(value, factors, []) };
}

/**
 * The layout of a tensor of a file whose axes are some of ours in another order, and then others.
 *
 * @param factors our axes, in the file's order
 * @param after lengths of what follows them
 */
export function layoutOf(
  value: Activation,
  factors: readonly number[],
  after: readonly number[],
): { readonly layout?: FileLayout } {
  if (increases(factors)) return {};
  const order = factors.toSorted((a, b) => a - b).map((axis) => factors.indexOf(axis));
  const shape = [...factors.map((axis) => value.shape[axis] ?? 1), ...after];
  return { layout: { shape, permutation: [...order, ...after.map((_, at) => factors.length + at)] } };
}
