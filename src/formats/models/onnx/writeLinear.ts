import type { NodeSpec, Padding2D, ParameterSpec } from '../format';
import { convolutionLayout, depthwiseLayout, linearLayout, toFile } from '../layout';
import { foldWeightNorm, type WrittenWeight } from '../modelPart';
import { channelAxis, cannotWriteOnnx, channelShape, isImage, type OnnxContext, type OnnxWriter } from './writeContext';
import type { Attributes } from './writeSheet';

export const padsOf = ({ top, left, bottom, right }: Padding2D): readonly number[] => [top, left, bottom, right];

function biasOf(node: NodeSpec, bias: ParameterSpec | undefined, { sheet, weight }: OnnxContext): readonly string[] {
  return bias
    ? [sheet.tensor(`${node.name}.bias`, { shape: [weight(bias).values.length], values: weight(bias).values })]
    : [];
}

function windowOf(node: NodeSpec<'conv2d' | 'depthwiseConv2d'>, kernel: ParameterSpec, groups: number): Attributes {
  const { strides, dilations, padding } = node.attributes;
  return {
    kernel_shape: { ints: kernel.shape.slice(0, 2) },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: padsOf(padding) },
    group: { int: groups },
  };
}

export const writeConv2d: OnnxWriter<'conv2d'> = (node, [x = ''], context) => {
  const { kernel, bias } = node.parameters;
  const [height = 0, width = 0, depth = 0, filters = 0] = kernel.shape;
  const shape = [filters, depth, height, width];
  const values = toFile(context.weight(kernel).values, convolutionLayout(shape));
  const weight = context.sheet.tensor(`${node.name}.weight`, { shape, values });
  const window = windowOf(node, kernel, node.attributes.groups);
  return context.sheet.add('Conv', node.name, [x, weight, ...biasOf(node, bias, context)], window);
};

export const writeDepthwiseConv2d: OnnxWriter<'depthwiseConv2d'> = (node, [x = ''], context) => {
  const { kernel, bias } = node.parameters;
  const [height = 0, width = 0, channels = 0, multiplier = 0] = kernel.shape;
  const shape = [channels * multiplier, 1, height, width];
  const values = toFile(context.weight(kernel).values, depthwiseLayout(shape, channels));
  const weight = context.sheet.tensor(`${node.name}.weight`, { shape, values });
  const window = windowOf(node, kernel, channels);
  return context.sheet.add('Conv', node.name, [x, weight, ...biasOf(node, bias, context)], window);
};

/** A kernel `[in, out]` over the last axis: of vectors Gemm, of images a 1x1 convolution, of anything else MatMul. */
function addDense(
  node: NodeSpec,
  x: string,
  kernel: WrittenWeight,
  bias: ParameterSpec | undefined,
  context: OnnxContext,
): string {
  const { sheet } = context;
  const [inputs = 0, units = 0] = kernel.shape;
  const shape = context.inputShape(node);
  const name = `${node.name}.weight`;
  const rows = { shape: [units, inputs], values: toFile(kernel.values, linearLayout([units, inputs])) };
  if (isImage(shape)) {
    const weight = sheet.tensor(name, { ...rows, shape: [units, inputs, 1, 1] });
    return sheet.add('Conv', node.name, [x, weight, ...biasOf(node, bias, context)], {
      kernel_shape: { ints: [1, 1] },
    });
  }
  if (shape.length === 1) {
    const weight = sheet.tensor(name, rows);
    return sheet.add('Gemm', node.name, [x, weight, ...biasOf(node, bias, context)], { transB: { int: 1 } });
  }
  const product = sheet.add('MatMul', node.name, [x, sheet.tensor(name, kernel)]);
  return bias ? sheet.add('Add', node.name, [product, ...biasOf(node, bias, context)]) : product;
}

export const writeDense: OnnxWriter<'dense'> = (node, [x = ''], context) =>
  addDense(node, x, context.weight(node.parameters.kernel), node.parameters.bias, context);

/** ONNX knows no weight normalisation: the kernel that it makes is written. */
export const writeWeightNormDense: OnnxWriter<'weightNormDense'> = (node, [x = ''], context) => {
  const { direction, gain, bias } = node.parameters;
  return addDense(node, x, foldWeightNorm(context.weight(direction), context.weight(gain)), bias, context);
};

/** Unfused, so that the written model can be adapted again. The momentum is that of the old value in ONNX as well. */
export const writeBatchNorm: OnnxWriter<'batchNorm'> = (node, [x = ''], context) => {
  const { sheet, weight } = context;
  const { gamma, beta, runningMean, runningVariance } = node.parameters;
  const channels = weight(runningMean).values.length;
  const vector = (name: string, parameter: ParameterSpec | undefined, fill: number): string =>
    sheet.tensor(`${node.name}.${name}`, {
      shape: [channels],
      values: parameter ? weight(parameter).values : new Float32Array(channels).fill(fill),
    });
  const parameters = [
    vector('weight', gamma, 1),
    vector('bias', beta, 0),
    vector('running_mean', runningMean, 0),
    vector('running_var', runningVariance, 1),
  ];
  const { epsilon, momentum } = node.attributes;
  const attributes = { epsilon: { float: epsilon }, momentum: { float: momentum } };
  if (node.outputShape.length !== 2) return sheet.add('BatchNormalization', node.name, [x, ...parameters], attributes);
  const swap = { perm: { ints: [0, 2, 1] } };
  const swapped = sheet.add('Transpose', `${node.name}_channels_first`, [x], swap);
  const normalized = sheet.add('BatchNormalization', node.name, [swapped, ...parameters], attributes);
  return sheet.add('Transpose', `${node.name}_channels_last`, [normalized], swap);
};

export const writePrelu: OnnxWriter<'prelu'> = (node, [x = ''], context) => {
  const { shape, values } = context.weight(node.parameters.alpha);
  const rank = node.outputShape.length;
  if (shape.length > rank) cannotWriteOnnx(node, 'its slopes have more axes than its input');
  const full = [...Array.from({ length: rank - shape.length }, () => 1), ...shape];
  const [height = 0, width = 0, channels = 0] = full;
  const slopes = isImage(full)
    ? {
        shape: [channels, height, width],
        values: toFile(values, { shape: [channels, height, width], permutation: [1, 2, 0] }),
      }
    : { shape: full, values };
  return context.sheet.add('PRelu', node.name, [x, context.sheet.tensor(`${node.name}.slope`, slopes)]);
};

export const writeNormalize: OnnxWriter<'normalize'> = (node, [x = ''], { sheet }) => {
  const constant = (name: string, values: readonly number[]): string =>
    sheet.tensor(`${node.name}.${name}`, {
      shape: channelShape(node.outputShape, values.length),
      values: Float32Array.from(values),
    });
  const { mean, variance } = node.attributes;
  const centred = sheet.add('Sub', `${node.name}_centred`, [x, constant('mean', mean)]);
  return sheet.add('Div', node.name, [centred, constant('std', variance.map(Math.sqrt))]);
};

export const writeRescale: OnnxWriter<'rescale'> = (node, [x = ''], { sheet }) => {
  const { scale, offset } = node.attributes;
  const scaled = sheet.add('Mul', `${node.name}_scaled`, [x, sheet.scalar(`${node.name}.scale`, scale)]);
  return sheet.add('Add', node.name, [scaled, sheet.scalar(`${node.name}.offset`, offset)]);
};

const alongChannels =
  (opType: string): OnnxWriter<'softmax' | 'logSoftmax' | 'concat'> =>
  (node, inputs, { sheet }) =>
    sheet.add(opType, node.name, inputs, { axis: { int: channelAxis(node.outputShape) } });

export const writeSoftmax = alongChannels('Softmax');
export const writeLogSoftmax = alongChannels('LogSoftmax');
export const writeConcat = alongChannels('Concat');
