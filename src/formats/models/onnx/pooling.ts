import type { Padding2D } from '../format';
import { noPadding } from '../layersModel/geometry';
import { windowedSize } from '../nodes';
import {
  activationInput,
  append,
  imageInput,
  integerAttribute,
  integersAttribute,
  integersOption,
  nameFor,
  normalizedAxes,
  unsupported,
  type Call,
  type Reader,
} from './context';
import { pairAttribute, paddingOf } from './linear';
import { BATCH, longFactors, type Activation } from './values';

type Pair = readonly [number, number];

interface Pooling {
  readonly x: Activation;
  readonly size: Pair;
  readonly strides: Pair;
  /** What the file says, which AveragePool may count. */
  readonly padding: Padding2D;
  /** What `ceil_mode` adds below and at the right, which never counts. */
  readonly extra: Padding2D;
  readonly output: Pair;
}

/**
 * How far the last window reaches over the padded image with `ceil_mode`. A window that would begin in the padding after
 * the image is left out, as PyTorch and ONNX do.
 */
function overhang(size: number, window: number, stride: number, [before, after]: Pair): number {
  const room = size + before + after - window;
  const steps = Math.ceil(room / stride);
  const last = steps * stride >= size + before ? steps - 1 : steps;
  return Math.max(last * stride - room, 0);
}

function poolingOf(call: Call): Pooling {
  const x = imageInput(call);
  const [height = 0, width = 0] = x.shape;
  if (!integersAttribute(call, 'kernel_shape')) unsupported(call, 'does not say how large its window is');
  const size = pairAttribute(call, 'kernel_shape', [1, 1]);
  const strides = pairAttribute(call, 'strides', [1, 1]);
  const dilations = pairAttribute(call, 'dilations', [1, 1]);
  if (dilations.some((length) => length !== 1)) unsupported(call, 'has a dilation');
  const padding = paddingOf(call, [height, width], { size, strides, dilations });
  const isCeiled = integerAttribute(call, 'ceil_mode', 0) !== 0;
  const bottom = isCeiled ? overhang(height, size[0], strides[0], [padding.top, padding.bottom]) : 0;
  const right = isCeiled ? overhang(width, size[1], strides[1], [padding.left, padding.right]) : 0;
  const whole = { ...padding, bottom: padding.bottom + bottom, right: padding.right + right };
  const output = windowedSize([height, width], { size, strides, padding: whole });
  return { x, size, strides, padding, extra: { top: 0, left: 0, bottom, right }, output };
}

const sum = (a: Padding2D, b: Padding2D): Padding2D => ({
  top: a.top + b.top,
  bottom: a.bottom + b.bottom,
  left: a.left + b.left,
  right: a.right + b.right,
});

const isNone = ({ top, bottom, left, right }: Padding2D): boolean => top + bottom + left + right === 0;

/** A border around an image. */
export function padded(call: Call, x: Activation, padding: Padding2D, value: number): Activation {
  if (isNone(padding)) return x;
  const [height = 0, width = 0, channels = 0] = x.shape;
  const { top, bottom, left, right } = padding;
  const outputShape = [height + top + bottom, width + left + right, channels];
  return append(call, { op: 'pad', attributes: { padding, value }, outputShape }, [x], { name: nameFor(call, '_pad') });
}

const maxPool: Reader = (call) => {
  const { x, size, strides, padding, extra, output } = poolingOf(call);
  const attributes = { size, strides, padding: sum(padding, extra) };
  const outputShape = [...output, x.shape[2] ?? 0];
  return append(call, { op: 'maxPool', attributes, outputShape }, [x], { name: nameFor(call) });
};

const averagePool: Reader = (call) => {
  const { x, size, strides, padding, extra, output } = poolingOf(call);
  const countPadding = integerAttribute(call, 'count_include_pad', 0) !== 0 && !isNone(padding);
  const isSplit = countPadding && !isNone(extra);
  // What ceil_mode adds does not count, the padding does: so the padding is made part of the image.
  const from = isSplit ? padded(call, x, padding, 0) : x;
  const border = isSplit ? extra : sum(padding, extra);
  const attributes = { size, strides, padding: border, countPadding: countPadding && !isSplit };
  const outputShape = [...output, x.shape[2] ?? 0];
  return append(call, { op: 'avgPool', attributes, outputShape }, [from], { name: nameFor(call) });
};

/**
 * The mean or maximum over some axes of ONNX, which are the height, the width or both of an image.
 *
 * @param keeps whether the axes stay, with length 1
 */
function reduced(call: Call, value: Activation, over: readonly number[], keeps: boolean, isMean: boolean): Activation {
  const factors = over.flatMap((axis) => longFactors(value, value.axes[axis]));
  if (over.some((axis) => value.axes[axis]?.includes(BATCH))) unsupported(call, 'works along the batch');
  const left = (axes: Activation['axes']) => (keeps ? axes : axes.filter((_, axis) => !over.includes(axis)));
  if (factors.length === 0) return { ...value, axes: left(value.axes) };
  if (value.shape.length !== 3 || factors.includes(2)) return unsupported(call, 'works along the channels');
  const [height = 0, width = 0, channels = 0] = value.shape;
  const isLine = (axis: number): boolean => !factors.includes(axis) && value.shape[axis] !== 1;
  const axes = left(value.axes);
  const name = nameFor(call);
  if (!isLine(0) && !isLine(1)) {
    const op = isMean ? 'globalAvgPool' : 'globalMaxPool';
    const node = { op, attributes: { keepDims: true }, outputShape: [1, 1, channels] } as const;
    return append(call, node, [value], { name, axes });
  }
  const size = [isLine(0) ? 1 : height, isLine(1) ? 1 : width] as const;
  const outputShape = [isLine(0) ? height : 1, isLine(1) ? width : 1, channels];
  const window = { size, strides: [1, 1], padding: noPadding } as const;
  const node = isMean
    ? ({ op: 'avgPool', attributes: { ...window, countPadding: false }, outputShape } as const)
    : ({ op: 'maxPool', attributes: window, outputShape } as const);
  return append(call, node, [value], { name, axes });
}

const globalPool =
  (isMean: boolean): Reader =>
  (call) =>
    reduced(call, imageInput(call), [2, 3], true, isMean);

const reduce =
  (isMean: boolean): Reader =>
  (call) => {
    const value = activationInput(call);
    const rank = value.axes.length;
    const stated = integersOption(call, 'axes', 1) ?? [];
    const keeps = integerAttribute(call, 'keepdims', 1) !== 0;
    if (stated.length === 0 && integerAttribute(call, 'noop_with_empty_axes', 0) !== 0) return value;
    const over = stated.length > 0 ? normalizedAxes(call, stated, rank) : value.axes.map((_, axis) => axis);
    return reduced(call, value, over, keeps, isMean);
  };

export const poolingReaders: readonly (readonly [string, Reader])[] = [
  ['MaxPool', maxPool],
  ['AveragePool', averagePool],
  ['GlobalAveragePool', globalPool(true)],
  ['GlobalMaxPool', globalPool(false)],
  ['ReduceMean', reduce(true)],
  ['ReduceMax', reduce(false)],
];
