import * as tf from '@tensorflow/tfjs-core';
import { convolve, type Axis, type AxisPadding, type Geometry } from './convGeometry';
import { memoryOf } from './memory';

/**
 * Gradients of convolutions, composed of forward convolutions: where these are fast, so are the gradients.
 * All functions leave their arguments alone and give their result to the caller.
 */

/** Padding (or cropping) with which a filter gradient reads exactly the inputs that took part. */
function filterGradientPadding({ input, filter, output, stride, before }: Axis): AxisPadding {
  return { before, after: (output - 1) * stride + filter - input - before };
}

/**
 * Gradient in the filter: the images become channels, so that one convolution of the input with dy as its filter sums
 * over images and pixels; what was stride becomes dilation.
 *
 * @param x `[batch, height, width, in]`
 * @param dy `[batch, out height, out width, out]`
 * @returns `[filter height, filter width, in, out]`
 */
export function filterGradient(x: tf.Tensor4D, dy: tf.Tensor4D, { rows, columns }: Geometry): tf.Tensor4D {
  return tf.tidy(() => {
    const tensors = { x: tf.transpose(x, [3, 1, 2, 0]), filter: tf.transpose(dy, [1, 2, 0, 3]) };
    const padding = { rows: filterGradientPadding(rows), columns: filterGradientPadding(columns) };
    const perInput = convolve('Conv2D', tensors, padding, [rows.stride, columns.stride]);
    return tf.transpose(perInput, [1, 2, 0, 3]);
  });
}

/** Every `stride`-th input position, starting at one of them: they all see the same taps of the filter. */
interface Phase {
  /** First tap, and how many follow at distance `stride`. */
  readonly tap: number;
  readonly taps: number;
  /** First input position of this phase, and how many there are at distance `stride`. */
  readonly start: number;
  readonly count: number;
  readonly padding: AxisPadding;
}

/** Splits an axis into its phases; with stride 1 there is one. */
function phasesOf({ input, filter, output, stride, before }: Axis): readonly Phase[] {
  return Array.from({ length: stride }, (_, tap) => {
    const taps = Math.max(0, Math.ceil((filter - tap) / stride));
    const first = Math.ceil((before - tap) / stride);
    const start = first * stride + tap - before;
    const count = Math.max(0, Math.ceil((input - start) / stride));
    const reach = taps - 1;
    const padBefore = reach - first;
    return { tap, taps, start, count, padding: { before: padBefore, after: count + reach - padBefore - output } };
  });
}

/** A phase's part of the gradient; null where it is 0. */
interface PhasePlacement {
  readonly values: tf.Tensor4D | null;
  readonly rows: Phase;
  readonly columns: Phase;
}

/** The taps of one phase, turned by 180 degrees, with what was output channel as input channel. */
function turnFilter(
  filter: tf.Tensor4D,
  { rows, columns }: Geometry,
  { row, column }: { row: Phase; column: Phase },
): tf.Tensor4D {
  const [, width, inChannels, outChannels] = filter.shape;
  const memory = memoryOf(tf.backend());
  const turned = memory.allocate([row.taps, column.taps, outChannels, inChannels]);
  const [from, to] = [memory.view(filter), memory.view(turned)];
  const block = inChannels * outChannels;
  for (let r = 0, target = 0; r < row.taps; r++) {
    const sourceRow = row.tap + rows.stride * (row.taps - 1 - r);
    for (let c = 0; c < column.taps; c++) {
      const sourceColumn = column.tap + columns.stride * (column.taps - 1 - c);
      const source = (sourceRow * width + sourceColumn) * block;
      for (let o = 0; o < outChannels; o++) {
        for (let i = 0; i < inChannels; i++) to[target++] = from[source + i * outChannels + o] as number;
      }
    }
  }
  return tf.engine().makeTensorFromTensorInfo(turned) as tf.Tensor4D;
}

/** One tensor from its phases; positions without a phase's values are 0. */
function interleave(
  shape: readonly number[],
  [rowStride, columnStride]: readonly [number, number],
  phases: readonly PhasePlacement[],
): tf.Tensor4D {
  const memory = memoryOf(tf.backend());
  const whole = memory.allocate(shape);
  const [batch = 0, height = 0, width = 0, channels = 0] = shape;
  const to = memory.view(whole);
  if (phases.some(({ values }) => values === null)) to.fill(0);
  for (const { values, rows, columns } of phases) {
    if (values === null) continue;
    const from = memory.view(values);
    let source = 0;
    for (let line = 0; line < batch * rows.count; line++) {
      const y = Math.floor(line / rows.count) * height + rows.start + rowStride * (line % rows.count);
      for (let column = 0; column < columns.count; column++) {
        const target = (y * width + columns.start + columnStride * column) * channels;
        for (let channel = 0; channel < channels; channel++) to[target + channel] = from[source++] as number;
      }
    }
  }
  return tf.engine().makeTensorFromTensorInfo(whole) as tf.Tensor4D;
}

/** Whether any output lies where a phase's convolution reads. */
function isReached({ taps, padding }: Phase, output: number): boolean {
  return taps > 0 && output + Math.min(0, padding.before) + Math.min(0, padding.after) > 0;
}

/**
 * Gradient in the input: dy convolved with the turned filter. With stride s the input positions fall into s times s
 * phases, each a convolution of its own with the taps that reach it, so that nothing is multiplied with inserted zeros.
 * Needs a backend whose memory JavaScript can reach (wasm, cpu).
 *
 * @param kernelName for `DepthwiseConv2dNative` the filter has multiplier 1.
 * @param tensors dy `[batch, out height, out width, out]` and the filter.
 * @param inputShape `[batch, height, width, in]`
 */
export function inputGradient(
  kernelName: 'Conv2D' | 'DepthwiseConv2dNative',
  tensors: { dy: tf.Tensor4D; filter: tf.Tensor4D },
  geometry: Geometry,
  inputShape: readonly number[],
): tf.Tensor4D {
  const { rows, columns } = geometry;
  const compute = (row: Phase, column: Phase): tf.Tensor4D | null => {
    if (!isReached(row, rows.output) || !isReached(column, columns.output)) return null;
    const turned = turnFilter(tensors.filter, geometry, { row, column });
    const [height, width, , channels] = turned.shape;
    const filter = kernelName === 'Conv2D' ? turned : tf.reshape<tf.Rank.R4>(turned, [height, width, channels, 1]);
    const padding = { rows: row.padding, columns: column.padding };
    return convolve(kernelName, { x: tensors.dy, filter }, padding);
  };
  return tf.tidy(() => {
    const placements = phasesOf(rows).flatMap((row) =>
      phasesOf(columns)
        .filter((column) => row.count * column.count > 0)
        .map((column) => ({ rows: row, columns: column, values: compute(row, column) })),
    );
    const values = placements[0]?.values;
    if (rows.stride === 1 && columns.stride === 1 && values) return values;
    return interleave(inputShape, [rows.stride, columns.stride], placements);
  });
}
