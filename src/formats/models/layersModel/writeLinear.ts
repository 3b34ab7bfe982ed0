import type { NodeSpec, Padding2D, ParameterSpec } from '../format';
import { foldWeightNorm, type WrittenWeight } from '../modelPart';
import { noPadding, samePadding } from './geometry';
import { cannotWrite, type NodeWriter, type WriteContext } from './nodeWriter';

type Pair = readonly [number, number];

function equal(a: Padding2D, b: Padding2D): boolean {
  return a.top === b.top && a.bottom === b.bottom && a.left === b.left && a.right === b.right;
}

/** What `same` would pad. */
function sameFor(image: readonly number[], size: Pair, strides: Pair): Padding2D {
  const [top, bottom] = samePadding(image[0] ?? 0, size[0], strides[0]);
  const [left, right] = samePadding(image[1] ?? 0, size[1], strides[1]);
  return { top, bottom, left, right };
}

export function borders({ top, bottom, left, right }: Padding2D): readonly (readonly [number, number])[] {
  return [
    [top, bottom],
    [left, right],
  ];
}

/**
 * The `padding` option of a layer that slides a window; padding that is neither `same` nor none becomes a layer of
 * zeros before it.
 */
export function pad(
  node: NodeSpec,
  input: string,
  windows: { size: Pair; strides: Pair; padding: Padding2D },
  context: WriteContext,
): { input: string; padding: 'same' | 'valid' } {
  if (equal(windows.padding, noPadding)) return { input, padding: 'valid' };
  if (equal(windows.padding, sameFor(context.inputShape(node), windows.size, windows.strides))) {
    return { input, padding: 'same' };
  }
  const config = { padding: borders(windows.padding), data_format: 'channels_last' };
  return {
    input: context.sheet.add('ZeroPadding2D', `${context.prefix}${node.name}_pad`, [input], config),
    padding: 'valid',
  };
}

function biasOf(bias: ParameterSpec | undefined, context: WriteContext): { bias?: WrittenWeight } {
  return bias ? { bias: context.weight(bias) } : {};
}

function dilated(size: number, dilation: number): number {
  return (size - 1) * dilation + 1;
}

/** Grouped kernels `[kh, kw, in / groups, out]` as full ones with zeros between groups: tfjs ignores `groups`. */
function ungroup({ shape, values }: WrittenWeight, groups: number): WrittenWeight {
  const [height = 0, width = 0, depth = 0, filters = 0] = shape;
  const full = new Float32Array(height * width * depth * groups * filters);
  const filtersPerGroup = filters / groups;
  values.forEach((value, index) => {
    const filter = index % filters;
    const channel = Math.floor(index / filters) % depth;
    const place = Math.floor(index / (filters * depth));
    const group = Math.floor(filter / filtersPerGroup);
    full[(place * depth * groups + group * depth + channel) * filters + filter] = value;
  });
  return { shape: [height, width, depth * groups, filters], values: full };
}

export const writeConv2d: NodeWriter<'conv2d'> = (node, [input = ''], context) => {
  const { strides, dilations, padding, groups } = node.attributes;
  const { kernel, bias } = node.parameters;
  const [height = 0, width = 0] = kernel.shape;
  const size: Pair = [dilated(height, dilations[0]), dilated(width, dilations[1])];
  const padded = pad(node, input, { size, strides, padding }, context);
  const config = {
    filters: kernel.shape[3],
    kernel_size: [height, width],
    strides,
    padding: padded.padding,
    data_format: 'channels_last',
    dilation_rate: dilations,
    activation: 'linear',
    use_bias: bias !== undefined,
  };
  const written = context.weight(kernel);
  const weights = { kernel: groups === 1 ? written : ungroup(written, groups), ...biasOf(bias, context) };
  return context.sheet.add('Conv2D', context.prefix + node.name, [padded.input], config, weights);
};

/** A dilated kernel as a larger one with zeros between its values: tfjs ignores `dilation_rate` here. */
function dilate({ shape, values }: WrittenWeight, [down, across]: Pair): WrittenWeight {
  const [height = 0, width = 0, channels = 0, multiplier = 0] = shape;
  const [tall, wide] = [dilated(height, down), dilated(width, across)];
  const depth = channels * multiplier;
  const spread = new Float32Array(tall * wide * depth);
  for (let row = 0; row < height; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const from = (row * width + column) * depth;
      spread.set(values.subarray(from, from + depth), (row * down * wide + column * across) * depth);
    }
  }
  return { shape: [tall, wide, channels, multiplier], values: spread };
}

export const writeDepthwiseConv2d: NodeWriter<'depthwiseConv2d'> = (node, [input = ''], context) => {
  const { strides, dilations, padding } = node.attributes;
  const { kernel, bias } = node.parameters;
  const written = dilate(context.weight(kernel), dilations);
  const [height = 0, width = 0, , multiplier = 1] = written.shape;
  const padded = pad(node, input, { size: [height, width], strides, padding }, context);
  const config = {
    kernel_size: [height, width],
    strides,
    padding: padded.padding,
    data_format: 'channels_last',
    depth_multiplier: multiplier,
    activation: 'linear',
    use_bias: bias !== undefined,
  };
  const weights = { depthwise_kernel: written, ...biasOf(bias, context) };
  return context.sheet.add('DepthwiseConv2D', context.prefix + node.name, [padded.input], config, weights);
};

function addDense(
  node: NodeSpec,
  input: string,
  kernel: WrittenWeight,
  bias: ParameterSpec | undefined,
  context: WriteContext,
): string {
  const config = { units: kernel.shape[1], activation: 'linear', use_bias: bias !== undefined };
  return context.sheet.add('Dense', context.prefix + node.name, [input], config, { kernel, ...biasOf(bias, context) });
}

export const writeDense: NodeWriter<'dense'> = (node, [input = ''], context) =>
  addDense(node, input, context.weight(node.parameters.kernel), node.parameters.bias, context);

export const writeWeightNormDense: NodeWriter<'weightNormDense'> = (node, [input = ''], context) => {
  const { direction, gain, bias } = node.parameters;
  return addDense(node, input, foldWeightNorm(context.weight(direction), context.weight(gain)), bias, context);
};

export const writeBatchNorm: NodeWriter<'batchNorm'> = (node, [input = ''], context) => {
  const { gamma, beta, runningMean, runningVariance } = node.parameters;
  const { epsilon, momentum } = node.attributes;
  const config = { axis: -1, momentum, epsilon, center: beta !== undefined, scale: gamma !== undefined };
  return context.sheet.add('BatchNormalization', context.prefix + node.name, [input], config, {
    ...(gamma ? { gamma: context.weight(gamma) } : {}),
    ...(beta ? { beta: context.weight(beta) } : {}),
    moving_mean: context.weight(runningMean),
    moving_variance: context.weight(runningVariance),
  });
};

export const writePrelu: NodeWriter<'prelu'> = (node, [input = ''], context) => {
  const { alpha } = node.parameters;
  const shape = context.inputShape(node);
  const shared = alpha.shape.flatMap((length, axis) => (length === 1 && shape[axis] !== 1 ? [axis + 1] : []));
  const config = shared.length > 0 ? { shared_axes: shared } : {};
  return context.sheet.add('PReLU', context.prefix + node.name, [input], config, { alpha: context.weight(alpha) });
};

/** `x * slope + offset` with constants per channel, as a 1x1 convolution of each channel of an image. */
export function addChannelScaling(
  name: string,
  input: string,
  slopes: readonly number[],
  offsets: readonly number[],
  context: Pick<WriteContext, 'sheet'>,
): string {
  const channels = slopes.length;
  const config = { kernel_size: [1, 1], strides: [1, 1], padding: 'valid', depth_multiplier: 1, use_bias: true };
  return context.sheet.add('DepthwiseConv2D', name, [input], config, {
    depthwise_kernel: { shape: [1, 1, channels, 1], values: Float32Array.from(slopes) },
    bias: { shape: [channels], values: Float32Array.from(offsets) },
  });
}

export const writeNormalize: NodeWriter<'normalize'> = (node, [input = ''], context) => {
  const { mean, variance } = node.attributes;
  if (context.inputShape(node).length !== 3) return cannotWrite(node, 'it normalises something other than an image');
  const slopes = variance.map((value) => 1 / Math.sqrt(value));
  const offsets = mean.map((value, channel) => -value * (slopes[channel] ?? 0));
  return addChannelScaling(context.prefix + node.name, input, slopes, offsets, context);
};

/** tfjs pads no channels: a frozen 1x1 convolution moves each channel to its new place. */
export const writePadChannels: NodeWriter<'padChannels'> = (node, [input = ''], context) => {
  const { before } = node.attributes;
  const [, , channels = 0] = context.inputShape(node);
  const filters = node.outputShape.at(-1) ?? 0;
  const values = new Float32Array(channels * filters);
  for (let channel = 0; channel < channels; channel += 1) values[channel * filters + before + channel] = 1;
  const config = {
    filters,
    kernel_size: [1, 1],
    strides: [1, 1],
    padding: 'valid',
    data_format: 'channels_last',
    activation: 'linear',
    use_bias: false,
    trainable: false,
  };
  const kernel = { shape: [1, 1, channels, filters], values };
  return context.sheet.add('Conv2D', context.prefix + node.name, [input], config, { kernel });
};
