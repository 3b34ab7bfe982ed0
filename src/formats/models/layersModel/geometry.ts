import { StudioError } from '../../../shared/failure';
import type { Padding2D } from '../format';
import { own, textOption } from '../json';
import type { Graph } from './graph';
import type { KerasLayer } from './topology';

type Pair = readonly [number, number];

/** Lists of a file, such as axes, have any length. */
const LONGEST_REASON = 240;

/** @throws StudioError 'unsupported-layer', always */
export function unsupported(layer: KerasLayer, what: string): never {
  const reason = what.length > LONGEST_REASON ? `${what.slice(0, LONGEST_REASON)}…` : what;
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${layer.layer} (${layer.className}) ${reason}, which is not supported.`,
    remedy: 'Change or remove this layer in the model and export it again.',
  });
}

/** The only input of a layer. */
export function onlyInput(layer: KerasLayer, inputs: readonly string[]): string {
  const [input] = inputs;
  if (input !== undefined && inputs.length === 1) return input;
  return unsupported(layer, `has ${inputs.length} inputs instead of one`);
}

/** @throws StudioError 'unsupported-layer' */
export function requireChannelsLast(layer: KerasLayer): void {
  const order = textOption(layer, 'data_format', 'channels_last');
  if (order === 'channels_last' || order === 'channelsLast') return;
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${layer.layer} expects channels first (data_format “${order.slice(0, 40)}”).`,
    remedy: 'Convert the model to channels_last in Keras and export it again.',
  });
}

/** Shape `[height, width, channels]` of a layer's only input. */
export function imageShape(
  layer: KerasLayer,
  inputs: readonly string[],
  graph: Graph,
): readonly [number, number, number] {
  requireChannelsLast(layer);
  const shape = graph.shapeOf(onlyInput(layer, inputs));
  const [height, width, channels] = shape;
  if (shape.length === 3 && height !== undefined && width !== undefined && channels !== undefined) {
    return [height, width, channels];
  }
  throw new StudioError({
    code: 'bad-model',
    message: `The layer ${layer.layer} (${layer.className}) needs an image but gets ${shape.join(' x ')} values.`,
    remedy: 'Export the model again; its layers do not fit each other.',
  });
}

export const noPadding: Padding2D = { top: 0, bottom: 0, left: 0, right: 0 };

/** TensorFlow's `same`: the output is `ceil(size / stride)` long, and an odd pixel of padding comes after. */
export function samePadding(size: number, window: number, stride: number): Pair {
  const total = Math.max((Math.ceil(size / stride) - 1) * stride + window - size, 0);
  return [Math.floor(total / 2), Math.ceil(total / 2)];
}

export interface Windows {
  readonly size: Pair;
  readonly strides: Pair;
  readonly dilations: Pair;
}

/** Padding in pixels and output size `[height, width]` of a layer that moves a window over an image. */
export function slide(layer: KerasLayer, image: Pair, windows: Windows): { padding: Padding2D; output: Pair } {
  const mode = textOption(layer, 'padding', 'valid').toLowerCase();
  if (mode !== 'same' && mode !== 'valid') return unsupported(layer, `pads in the way “${mode.slice(0, 40)}”`);
  const along = (axis: 0 | 1): { before: number; after: number; output: number } => {
    const window = (windows.size[axis] - 1) * windows.dilations[axis] + 1;
    const [before, after] = mode === 'same' ? samePadding(image[axis], window, windows.strides[axis]) : [0, 0];
    const room = image[axis] + before + after - window;
    return { before, after, output: Math.floor(room / windows.strides[axis]) + 1 };
  };
  const [rows, columns] = [along(0), along(1)];
  return {
    padding: { top: rows.before, bottom: rows.after, left: columns.before, right: columns.after },
    output: [rows.output, columns.output],
  };
}

/** ZeroPadding2D and Cropping2D: a number, `[vertical, horizontal]` or `[[top, bottom], [left, right]]`. */
export function borderOption(layer: KerasLayer, key: string, fallback: number): Padding2D {
  const value = own(layer.values, key) ?? fallback;
  const sides: readonly unknown[] = Array.isArray(value) ? (value as unknown[]) : [value, value];
  const [vertical, horizontal] = sides.map((side): readonly unknown[] => (Array.isArray(side) ? side : [side, side]));
  const [top, bottom, left, right] = [...(vertical ?? []), ...(horizontal ?? [])];
  const isCount = (count: unknown): count is number =>
    typeof count === 'number' && Number.isInteger(count) && count >= 0 && count <= 2 ** 16;
  if (sides.length === 2 && isCount(top) && isCount(bottom) && isCount(left) && isCount(right)) {
    return { top, bottom, left, right };
  }
  return unsupported(layer, `has the ${key} ${JSON.stringify(value).slice(0, 80)}`);
}
