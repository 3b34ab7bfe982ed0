import type { NodeSpec, OpName } from '../format';
import { cannotWrite, type NodeWriter, type WriteContext } from './nodeWriter';
import { writeActivation } from './writeActivation';
import {
  borders,
  pad,
  writeBatchNorm,
  writeConv2d,
  writeDense,
  writeDepthwiseConv2d,
  writeNormalize,
  writePadChannels,
  writePrelu,
  writeWeightNormDense,
} from './writeLinear';

/** One layer of tfjs with these options. */
function plain<Op extends OpName>(
  className: string,
  config: (node: NodeSpec<Op>) => object = () => ({}),
): NodeWriter<Op> {
  return (node, inputs, { sheet, prefix }) => sheet.add(className, prefix + node.name, inputs, { ...config(node) });
}

/**
 * Merging layers of tfjs need at least two inputs, and no layer twice: it frees the tensor after its first use.
 * Repeated inputs become copies.
 */
function merging<Op extends OpName>(className: string, config: object = {}): NodeWriter<Op> {
  return (node, inputs, { sheet, prefix }) => {
    const name = prefix + node.name;
    const copy = (wish: string, input: string): string =>
      sheet.add('Activation', wish, [input], { activation: 'linear' });
    const [only = ''] = inputs;
    if (inputs.length < 2) return copy(name, only);
    const distinct = inputs.map((input, index) =>
      inputs.indexOf(input) < index ? copy(`${name}_copy`, input) : input,
    );
    return sheet.add(className, name, distinct, { ...config });
  };
}

const subtract: NodeWriter<'subtract'> = (node, [left = '', right = ''], { sheet, prefix }) => {
  const negated = sheet.add('Rescaling', `${prefix}${node.name}_negated`, [right], { scale: -1, offset: 0 });
  return sheet.add('Add', prefix + node.name, [left, negated]);
};

/** Zeros around the image stand for minus infinity only where nothing is negative. */
const maxPool: NodeWriter<'maxPool'> = (node, [input = ''], context) => {
  const { size, strides } = node.attributes;
  const padded = pad(node, input, node.attributes, context);
  if (padded.input !== input && !context.inputIsNonNegative(node)) {
    return cannotWrite(node, 'it pads its image, which may be negative, in a way that tfjs has not');
  }
  const config = { pool_size: size, strides, padding: padded.padding, data_format: 'channels_last' };
  return context.sheet.add('MaxPooling2D', context.prefix + node.name, [padded.input], config);
};

/** tfjs leaves the padding out of the average, unless it is a layer of its own. */
const avgPool: NodeWriter<'avgPool'> = (node, [input = ''], context) => {
  const { size, strides, padding, countPadding } = node.attributes;
  const name = context.prefix + node.name;
  const config = { pool_size: size, strides, padding: 'valid', data_format: 'channels_last' };
  if (countPadding && Object.values(padding).some((count) => count > 0)) {
    const border = { padding: borders(padding), data_format: 'channels_last' };
    return context.sheet.add(
      'AveragePooling2D',
      name,
      [context.sheet.add('ZeroPadding2D', `${name}_pad`, [input], border)],
      config,
    );
  }
  const padded = pad(node, input, node.attributes, context);
  if (padded.input !== input) return cannotWrite(node, 'it averages over a padded image in a way that tfjs has not');
  return context.sheet.add('AveragePooling2D', name, [input], { ...config, padding: padded.padding });
};

/** tfjs ignores `keepdims`. */
function globalPool(className: string): NodeWriter<'globalAvgPool' | 'globalMaxPool'> {
  return (node, inputs, { sheet, prefix }) => {
    const name = prefix + node.name;
    if (!node.attributes.keepDims) return sheet.add(className, name, inputs, { data_format: 'channels_last' });
    const pooled = sheet.add(className, `${name}_pool`, inputs, { data_format: 'channels_last' });
    return sheet.add('Reshape', name, [pooled], { target_shape: node.outputShape });
  };
}

/** tfjs does not flatten what is flat already. */
const flatten: NodeWriter<'flatten'> = (node, inputs, context) =>
  context.inputShape(node).length > 1
    ? context.sheet.add('Flatten', context.prefix + node.name, inputs)
    : context.sheet.add('Reshape', context.prefix + node.name, inputs, { target_shape: node.outputShape });

/** A border of another value than 0: shifted so that the value is 0, and back. */
const padNode: NodeWriter<'pad'> = (node, [input = ''], { sheet, prefix }) => {
  const name = prefix + node.name;
  const { padding, value } = node.attributes;
  const border = { padding: borders(padding), data_format: 'channels_last' };
  if (value === 0) return sheet.add('ZeroPadding2D', name, [input], border);
  const shifted = sheet.add('Rescaling', `${name}_shift`, [input], { scale: 1, offset: -value });
  return sheet.add('Rescaling', name, [sheet.add('ZeroPadding2D', `${name}_pad`, [shifted], border)], {
    scale: 1,
    offset: value,
  });
};

/** How every operation is written. */
const writers: { readonly [Op in OpName]: NodeWriter<Op> } = {
  input: plain('InputLayer', (node) => ({
    batch_input_shape: [null, ...node.attributes.shape],
    dtype: 'float32',
    sparse: false,
  })),
  conv2d: writeConv2d,
  depthwiseConv2d: writeDepthwiseConv2d,
  dense: writeDense,
  weightNormDense: writeWeightNormDense,
  batchNorm: writeBatchNorm,
  activation: writeActivation,
  prelu: writePrelu,
  add: merging('Add'),
  subtract,
  multiply: merging('Multiply'),
  average: merging('Average'),
  maximum: merging('Maximum'),
  concat: merging('Concatenate', { axis: -1 }),
  maxPool,
  avgPool,
  globalAvgPool: globalPool('GlobalAveragePooling2D'),
  globalMaxPool: globalPool('GlobalMaxPooling2D'),
  flatten,
  reshape: plain('Reshape', (node) => ({ target_shape: node.attributes.shape })),
  pad: padNode,
  crop: plain('Cropping2D', (node) => ({ cropping: borders(node.attributes.padding), data_format: 'channels_last' })),
  upsample: plain('UpSampling2D', (node) => ({ ...node.attributes, data_format: 'channels_last' })),
  padChannels: writePadChannels,
  softmax: plain('Activation', () => ({ activation: 'softmax' })),
  logSoftmax: plain('Activation', () => ({ activation: 'log_softmax' })),
  identity: plain('Dropout', () => ({ rate: 0 })),
  rescale: plain('Rescaling', (node) => ({ ...node.attributes })),
  normalize: writeNormalize,
};

/** Writes one node; see {@link NodeWriter}. */
export function writeNode(node: NodeSpec, inputs: readonly string[], context: WriteContext): string {
  const write = writers[node.op] as NodeWriter<OpName>;
  return write(node, inputs, context);
}
