import type { Padding2D } from '../format';
import { noPadding } from '../layersModel/geometry';
import {
  activationInput,
  append,
  imageInput,
  integersAttribute,
  integersOption,
  nameFor,
  normalizedAxes,
  floatAttribute,
  optionalNumbers,
  shapeOf,
  textAttribute,
  unsupported,
  type Call,
  type Reader,
} from './context';
import { padded } from './pooling';
import { BATCH, type Activation } from './values';
import { floatsOf } from './wire';

/** An image and which of our axes (or the batch) each axis of ONNX is. */
function imageWithAxes(call: Call): { readonly x: Activation; readonly ours: readonly number[] } {
  const value = activationInput(call);
  const x = value.shape.length === 3 ? value : imageInput(call, value);
  const ours = x.axes.map((factors) => factors[0] ?? NaN);
  if (x.axes.length === 4 && x.axes.every((factors) => factors.length === 1)) return { x, ours };
  return unsupported(call, 'works on a value that is no image');
}

/** One number for each of the axes of an image, from those of ONNX. */
function byOurAxes(ours: readonly number[], values: readonly number[], fallback: number): readonly number[] {
  return [0, 1, 2, BATCH].map((axis) => values[ours.indexOf(axis)] ?? fallback);
}

function cropped(call: Call, x: Activation, padding: Padding2D): Activation {
  const { top, bottom, left, right } = padding;
  if (top + bottom + left + right === 0) return x;
  const [height = 0, width = 0, channels = 0] = x.shape;
  const outputShape = [height - top - bottom, width - left - right, channels];
  const name = nameFor(call, '_crop');
  return append(call, { op: 'crop', attributes: { padding }, outputShape }, [x], { name });
}

/** Borders of one value, or channels of zeros. */
const pad: Reader = (call) => {
  const mode = textAttribute(call, 'mode', 'constant') || 'constant';
  if (mode !== 'constant') unsupported(call, `pads in the way ${mode.slice(0, 40)}`);
  const { x, ours } = imageWithAxes(call);
  const isOld = call.context.opset < 11;
  const pads = (isOld ? integersAttribute(call, 'pads') : optionalNumbers(call, 1)) ?? [];
  const value = isOld ? floatAttribute(call, 'value', 0) : (optionalNumbers(call, 2)?.[0] ?? 0);
  const stated = isOld ? undefined : optionalNumbers(call, 3);
  const axes = stated ? normalizedAxes(call, stated, 4) : [0, 1, 2, 3];
  if (pads.length !== 2 * axes.length || !Number.isFinite(value))
    unsupported(call, `pads by ${pads.slice(0, 8).join(', ')}`);
  const side = (from: number): readonly number[] => byOurAxes(ours, [0, 1, 2, 3].map((axis) => pads[axes.indexOf(axis) + from] ?? 0).map((length, axis) => (axes.includes(axis) ? length : 0)), 0); // prettier-ignore
  const [top = 0, left = 0, before = 0, first = 0] = side(0);
  const [bottom = 0, right = 0, after = 0, last = 0] = side(axes.length);
  if (first !== 0 || last !== 0) unsupported(call, 'pads the batch');
  const cut = (length: number): number => Math.max(-length, 0);
  const grow = (length: number): number => Math.max(length, 0);
  const inner = cropped(call, x, { top: cut(top), bottom: cut(bottom), left: cut(left), right: cut(right) });
  const outer = padded(call, inner, { top: grow(top), bottom: grow(bottom), left: grow(left), right: grow(right) }, value); // prettier-ignore
  if (before === 0 && after === 0) return outer;
  if (before < 0 || after < 0 || value !== 0) return unsupported(call, 'pads channels with other values than 0');
  const outputShape = [...outer.shape.slice(0, 2), (outer.shape[2] ?? 0) + before + after];
  return append(call, { op: 'padChannels', attributes: { before, after }, outputShape }, [outer], {
    name: nameFor(call),
  });
};

/** `[start, end, step]` of a slice along an axis, within its length; backwards with a negative step. */
type Range = readonly [number, number, number];

/** What Slice takes of each axis. */
export function slicesOf(call: Call, lengths: readonly number[]): readonly Range[] {
  const starts = integersOption(call, 'starts', 1) ?? [];
  const ends = integersOption(call, 'ends', 2) ?? [];
  const axes = normalizedAxes(call, integersOption(call, 'axes', 3) ?? starts.map((_, axis) => axis), lengths.length);
  const steps = optionalNumbers(call, 4) ?? starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) unsupported(call, 'has starts and ends that do not match'); // prettier-ignore
  return lengths.map((length, axis): Range => {
    const at = axes.indexOf(axis);
    const [start = 0, end = length, step = 1] = at < 0 ? [] : [starts[at], ends[at], steps[at]];
    if (step === 0) unsupported(call, 'has the step 0');
    const [least, most] = step > 0 ? [0, length] : [-1, length - 1];
    const inside = (place: number): number => Math.min(Math.max(place < 0 ? place + length : place, least), most);
    const first = Math.max(inside(start), 0);
    return [first, step > 0 ? Math.max(inside(end), first) : Math.min(inside(end), first), step];
  });
}

/** A part of an image, or each second pixel of it. */
const slice: Reader = (call) => {
  const value = activationInput(call);
  const lengths = shapeOf(call, value);
  const ranges = slicesOf(call, lengths);
  if (ranges.every(([start, end, step], axis) => start === 0 && end === lengths[axis] && step === 1)) return value;
  const { x, ours } = imageWithAxes(call);
  const rangeOf = (axis: number): Range => ranges[ours.indexOf(axis)] ?? [0, 0, 1];
  const isWhole = (axis: number): boolean => {
    const [start, end, step] = rangeOf(axis);
    return start === 0 && end === lengths[ours.indexOf(axis)] && step === 1;
  };
  if (!isWhole(2) || !isWhole(BATCH)) return unsupported(call, 'takes a part of the channels');
  const [[top, endRow, rowStep], [left, endColumn, columnStep]] = [rangeOf(0), rangeOf(1)];
  if (rowStep < 0 || columnStep < 0) return unsupported(call, 'turns the image round');
  const [height = 0, width = 0, channels = 0] = x.shape;
  const part = cropped(call, x, { top, bottom: height - endRow, left, right: width - endColumn });
  if (rowStep === 1 && columnStep === 1) return part;
  const outputShape = [Math.ceil((endRow - top) / rowStep), Math.ceil((endColumn - left) / columnStep), channels];
  // A mean over one pixel at every step is that pixel.
  const attributes = { size: [1, 1], strides: [rowStep, columnStep], padding: noPadding, countPadding: false } as const;
  return append(call, { op: 'avgPool', attributes, outputShape }, [part], { name: nameFor(call) });
};

/** Factors of a Resize by axis of ONNX: stated, or what the wanted sizes come to. */
function scalesOf(call: Call, lengths: readonly number[]): readonly number[] {
  const { opset } = call.context;
  const scales = optionalNumbers(call, opset < 11 ? 1 : 2);
  const listed = call.node.attributes.get('scales')?.floats;
  const numbers = scales ?? (listed ? floatsOf(listed) : []);
  const sizes = opset < 11 ? [] : (optionalNumbers(call, 3) ?? []);
  const found = numbers.length > 0 ? numbers : sizes.map((size, axis) => size / (lengths[axis] ?? 1));
  const stated = integersAttribute(call, 'axes');
  if (!stated) return found;
  const axes = normalizedAxes(call, stated, lengths.length);
  return lengths.map((_, axis) => found[axes.indexOf(axis)] ?? 1);
}

/** Whether the pixels of ONNX' way are those of `floor(place / scale)`, or of linear interpolation from the corner. */
function isExact(call: Call, isNearest: boolean, scales: readonly number[]): boolean {
  const isUpsample = call.node.opType === 'Upsample' || call.context.opset < 11;
  const places = textAttribute(call, 'coordinate_transformation_mode', isUpsample ? 'asymmetric' : 'half_pixel');
  if (!isNearest) return places === 'asymmetric';
  const rounding = textAttribute(call, 'nearest_mode', isUpsample ? 'floor' : 'round_prefer_floor');
  if (places === 'asymmetric') return rounding === 'floor' || (rounding === 'round_prefer_floor' && scales.every((scale) => scale <= 2)); // prettier-ignore
  const isHalf = places === 'half_pixel' || places === 'pytorch_half_pixel' || places === 'half_pixel_symmetric';
  return isHalf && rounding.startsWith('round_prefer');
}

/** Up to here the place `floor(at * (1 / scale))` is the right one in float32; 41 is the first that is not. */
const MOST_SCALE = 32;

const resize: Reader = (call) => {
  const policy = textAttribute(call, 'keep_aspect_ratio_policy', 'stretch') || 'stretch';
  if (policy !== 'stretch') unsupported(call, `chooses its size in the way ${policy.slice(0, 40)}`);
  const { x, ours } = imageWithAxes(call);
  const scales = scalesOf(call, shapeOf(call, x));
  const [vertical = NaN, horizontal = NaN, channels = NaN, batch = NaN] = byOurAxes(ours, scales, NaN);
  const isScale = [vertical, horizontal].every((scale) => Number.isInteger(scale) && scale >= 1 && scale <= MOST_SCALE);
  if (!isScale || channels !== 1 || batch !== 1)
    return unsupported(call, `resizes by [${scales.slice(0, 16).join(', ')}]`);
  if (vertical === 1 && horizontal === 1) return x;
  const mode = textAttribute(call, 'mode', 'nearest') || 'nearest';
  const isNearest = mode === 'nearest';
  if (!isNearest && mode !== 'linear' && mode !== 'bilinear') return unsupported(call, `resizes in the way ${mode.slice(0, 40)}`); // prettier-ignore
  if (!isExact(call, isNearest, [vertical, horizontal]))
    return unsupported(call, 'places its pixels in an unusual way');
  const outputShape = [(x.shape[0] ?? 0) * vertical, (x.shape[1] ?? 0) * horizontal, x.shape[2] ?? 0];
  const attributes = { size: [vertical, horizontal], interpolation: isNearest ? 'nearest' : 'bilinear' } as const;
  return append(call, { op: 'upsample', attributes, outputShape }, [x], { name: nameFor(call) });
};

export const spatialReaders: readonly (readonly [string, Reader])[] = [
  ['Pad', pad],
  ['Slice', slice],
  ['Resize', resize],
  ['Upsample', resize],
];
