import type { NodeSpec, Padding2D } from '../format';
import { padsOf } from './writeLinear';
import { cannotWriteOnnx, isImage, type OnnxContext, type OnnxWriter } from './writeContext';
import type { Attributes } from './writeSheet';

/** Lowest finite float32: what padding counts as in a maximum. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127;

/** Adds a border, in ONNX' order: first all beginnings, then all ends. */
function addPad(
  name: string,
  x: string,
  before: readonly number[],
  after: readonly number[],
  value: number,
  { sheet }: OnnxContext,
): string {
  const borders = sheet.integers(`${name}.pads`, [...before, ...after]);
  return sheet.add('Pad', name, [x, borders, sheet.scalar(`${name}.value`, value)], { mode: { text: 'constant' } });
}

const addImagePad = (
  name: string,
  x: string,
  { top, left, bottom, right }: Padding2D,
  value: number,
  context: OnnxContext,
) => addPad(name, x, [0, 0, top, left], [0, 0, bottom, right], value, context);

type Pool = NodeSpec<'maxPool' | 'avgPool'>;

/** Runtimes take a border only if it is smaller than the window. */
function isWide({ size, padding }: Pool['attributes']): boolean {
  const { top, bottom, left, right } = padding;
  return Math.max(top, bottom) >= size[0] || Math.max(left, right) >= size[1];
}

function windowOf({ size, strides, padding }: Pool['attributes'], isPadded: boolean): Attributes {
  return {
    kernel_shape: { ints: size },
    strides: { ints: strides },
    ...(isPadded && { pads: { ints: padsOf(padding) } }),
  };
}

export const writeMaxPool: OnnxWriter<'maxPool'> = (node, [x = ''], context) => {
  const wide = isWide(node.attributes);
  const from = wide ? addImagePad(`${node.name}_pad`, x, node.attributes.padding, LOWEST, context) : x;
  return context.sheet.add('MaxPool', node.name, [from], windowOf(node.attributes, !wide));
};

export const writeAvgPool: OnnxWriter<'avgPool'> = (node, [x = ''], { sheet }) => {
  if (isWide(node.attributes)) cannotWriteOnnx(node, 'its border is as wide as its window');
  const counting = { count_include_pad: { int: node.attributes.countPadding ? 1 : 0 } };
  return sheet.add('AveragePool', node.name, [x], { ...windowOf(node.attributes, true), ...counting });
};

const globalPool =
  (opType: string): OnnxWriter<'globalAvgPool' | 'globalMaxPool'> =>
  (node, [x = ''], { sheet }) => {
    if (node.attributes.keepDims) return sheet.add(opType, node.name, [x]);
    return sheet.add('Flatten', node.name, [sheet.add(opType, `${node.name}_pool`, [x])], { axis: { int: 1 } });
  };

export const writeGlobalAvgPool = globalPool('GlobalAveragePool');
export const writeGlobalMaxPool = globalPool('GlobalMaxPool');

export const writePad: OnnxWriter<'pad'> = (node, [x = ''], context) =>
  addImagePad(node.name, x, node.attributes.padding, node.attributes.value, context);

export const writePadChannels: OnnxWriter<'padChannels'> = (node, [x = ''], context) => {
  const { before, after } = node.attributes;
  return addPad(node.name, x, [0, before, 0, 0], [0, after, 0, 0], 0, context);
};

export const writeCrop: OnnxWriter<'crop'> = (node, [x = ''], { sheet }) => {
  const { top, left } = node.attributes.padding;
  const [height = 0, width = 0] = node.outputShape;
  const whole = (name: string, values: readonly number[]): string => sheet.integers(`${node.name}.${name}`, values);
  return sheet.add('Slice', node.name, [
    x,
    whole('starts', [top, left]),
    whole('ends', [top + height, left + width]),
    whole('axes', [2, 3]),
  ]);
};

/** Pixel `i` of the result is read at `i / size`, without a shift by half a pixel. */
export const writeUpsample: OnnxWriter<'upsample'> = (node, [x = ''], context) => {
  const [height = 0, width = 0] = context.inputShape(node);
  const [tall = 0, wide = 0] = node.outputShape;
  const scales = { shape: [4], values: Float32Array.of(1, 1, tall / height, wide / width) };
  const isNearest = node.attributes.interpolation === 'nearest';
  const inputs = [x, '', context.sheet.tensor(`${node.name}.scales`, scales)];
  return context.sheet.add('Resize', node.name, inputs, {
    mode: { text: isNearest ? 'nearest' : 'linear' },
    coordinate_transformation_mode: { text: 'asymmetric' },
    ...(isNearest && { nearest_mode: { text: 'floor' } }),
  });
};

/** Whether channels first and channels last are the same order: one pixel or one channel. */
const isOrderFree = (shape: readonly number[]): boolean => {
  const [height = 0, width = 0, channels = 0] = shape;
  return !isImage(shape) || height * width === 1 || channels === 1;
};

function addTranspose(name: string, x: string, perm: readonly number[], { sheet }: OnnxContext): string {
  return sheet.add('Transpose', name, [x], { perm: { ints: perm } });
}

/** Values in our order (height, width, channels), brought to another shape. */
function addReshape(node: NodeSpec, x: string, context: OnnxContext): string {
  const { sheet } = context;
  const [from, to] = [context.inputShape(node), node.outputShape];
  const ordered = isOrderFree(from) ? x : addTranspose(`${node.name}_channels_last`, x, [0, 2, 3, 1], context);
  if (to.length === 1) return sheet.add('Flatten', node.name, [ordered], { axis: { int: 1 } });
  const [height = 0, width = 0, channels = 0] = to;
  const turned = isImage(to) && !isOrderFree(to);
  const shape = isImage(to) && !turned ? [channels, height, width] : to;
  const reshaped = sheet.add('Reshape', node.name, [ordered, sheet.integers(`${node.name}.shape`, [-1, ...shape])]);
  return turned ? addTranspose(`${node.name}_channels_first`, reshaped, [0, 3, 1, 2], context) : reshaped;
}

export const writeFlatten: OnnxWriter<'flatten'> = (node, [x = ''], context) => addReshape(node, x, context);
export const writeReshape: OnnxWriter<'reshape'> = (node, [x = ''], context) => addReshape(node, x, context);
