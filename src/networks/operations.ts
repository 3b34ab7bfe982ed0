import * as tf from '@tensorflow/tfjs-core';
import type { NodeSpec, OpName, Padding2D, ParameterSpec } from '../formats/models/format';
import { globalAvgPool } from '../kernels/globalAvgPool';
import { groupedConv2d } from '../kernels/groupedConv';
import { activations } from './activations';

/** What an operation needs beside its inputs. */
interface Scope {
  /** The variable of a parameter. */
  parameter(spec: ParameterSpec): tf.Tensor;
  /** Batch normalisation in the mode of this pass. */
  batchNorm(node: NodeSpec<'batchNorm'>, x: tf.Tensor): tf.Tensor;
}

type Operation<Op extends OpName> = (node: NodeSpec<Op>, inputs: readonly tf.Tensor[], scope: Scope) => tf.Tensor;
type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

function explicit({ top, bottom, left, right }: Padding2D): ExplicitPadding {
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

function isPadded({ top, bottom, left, right }: Padding2D): boolean {
  return top + bottom + left + right > 0;
}

/** `valid` where nothing is padded: backends have faster paths for it. */
function paddingOf(padding: Padding2D): 'valid' | ExplicitPadding {
  return isPadded(padding) ? explicit(padding) : 'valid';
}

function only(node: NodeSpec, inputs: readonly tf.Tensor[]): tf.Tensor {
  const [x] = inputs;
  if (!x) throw new Error(`The node ${node.name} has no input.`);
  return x;
}

function onlyImages(node: NodeSpec, inputs: readonly tf.Tensor[]): tf.Tensor4D {
  return only(node, inputs) as tf.Tensor4D;
}

function fold(
  node: NodeSpec,
  inputs: readonly tf.Tensor[],
  combine: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
): tf.Tensor {
  const first = only(node, inputs);
  return inputs.length === 1 ? tf.clone(first) : inputs.slice(1).reduce(combine, first);
}

function addBias(y: tf.Tensor, bias: ParameterSpec | undefined, scope: Scope): tf.Tensor {
  return bias ? tf.add(y, scope.parameter(bias)) : y;
}

/**
 * The filter with zeros between its taps. Gradients of dilated convolutions are missing in tfjs; those of a convolution
 * with this filter are not.
 */
function dilate(filter: tf.Tensor4D, [vertical, horizontal]: readonly [number, number]): tf.Tensor4D {
  if (vertical === 1 && horizontal === 1) return filter;
  const [height, width, inChannels, outChannels] = filter.shape;
  const channels = inChannels * outChannels;
  const [tall, wide] = [(height - 1) * vertical + 1, (width - 1) * horizontal + 1];
  const spread = (x: tf.Tensor3D, step: number): tf.Tensor =>
    tf.pad(x, [
      [0, 0],
      [0, step - 1],
      [0, 0],
    ]);
  const rows = spread(tf.reshape<tf.Rank.R3>(filter, [height, 1, width * channels]), vertical);
  const cut = tf.slice(tf.reshape(rows, [height * vertical, width * channels]), 0, tall);
  const columns = spread(tf.reshape<tf.Rank.R3>(cut, [tall * width, 1, channels]), horizontal);
  const both = tf.slice(tf.reshape(columns, [tall, width * horizontal, channels]), [0, 0, 0], [tall, wide, channels]);
  return tf.reshape(both, [tall, wide, inChannels, outChannels]);
}

const conv2d: Operation<'conv2d'> = (node, inputs, scope) => {
  const { strides, dilations, padding, groups } = node.attributes;
  const kernel = dilate(scope.parameter(node.parameters.kernel) as tf.Tensor4D, dilations);
  const y = groupedConv2d(onlyImages(node, inputs), kernel, [...strides], paddingOf(padding), groups);
  return addBias(y, node.parameters.bias, scope);
};

const depthwiseConv2d: Operation<'depthwiseConv2d'> = (node, inputs, scope) => {
  const { strides, dilations, padding } = node.attributes;
  const kernel = dilate(scope.parameter(node.parameters.kernel) as tf.Tensor4D, dilations);
  const x = onlyImages(node, inputs);
  const y = tf.depthwiseConv2d(x, kernel, [...strides], paddingOf(padding));
  return addBias(y, node.parameters.bias, scope);
};

/** `x W` over the last axis, whatever the rank of x. */
function matMulLastAxis(x: tf.Tensor, kernel: tf.Tensor2D): tf.Tensor {
  const product = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, kernel.shape[0]]), kernel);
  return x.rank === 2 ? product : tf.reshape(product, [...x.shape.slice(0, -1), kernel.shape[1]]);
}

const weightNormDense: Operation<'weightNormDense'> = (node, inputs, scope) => {
  const direction = scope.parameter(node.parameters.direction);
  const norm = tf.sqrt(tf.sum(tf.square(direction), 0));
  const kernel = tf.mul<tf.Tensor2D>(direction, tf.div(scope.parameter(node.parameters.gain), norm));
  return addBias(matMulLastAxis(only(node, inputs), kernel), node.parameters.bias, scope);
};

const avgPool: Operation<'avgPool'> = (node, inputs) => {
  const { size, strides, padding, countPadding } = node.attributes;
  const x = onlyImages(node, inputs);
  if (!countPadding || !isPadded(padding)) return tf.avgPool(x, [...size], [...strides], paddingOf(padding));
  return tf.avgPool(tf.pad(x, explicit(padding)), [...size], [...strides], 'valid');
};

const crop: Operation<'crop'> = (node, inputs) => {
  const { top, left } = node.attributes.padding;
  const [height = 0, width = 0, channels = 0] = node.outputShape;
  return tf.slice(only(node, inputs), [0, top, left, 0], [-1, height, width, channels]);
};

function channelBorders({ before, after }: NodeSpec<'padChannels'>['attributes']): ExplicitPadding {
  return [
    [0, 0],
    [0, 0],
    [0, 0],
    [before, after],
  ];
}

const upsample: Operation<'upsample'> = (node, inputs) => {
  const [height = 0, width = 0] = node.outputShape;
  const x = onlyImages(node, inputs);
  return node.attributes.interpolation === 'nearest'
    ? tf.image.resizeNearestNeighbor(x, [height, width])
    : tf.image.resizeBilinear(x, [height, width]);
};

const normalize: Operation<'normalize'> = (node, inputs) => {
  const { mean, variance } = node.attributes;
  return tf.div(tf.sub(only(node, inputs), tf.tensor1d([...mean])), tf.sqrt(tf.tensor1d([...variance])));
};

/** What every operation of a {@link NodeSpec} computes. Rows are added here, nowhere else. */
const operations: { readonly [Op in OpName]: Operation<Op> } = {
  input: (node, inputs) => tf.clone(only(node, inputs)),
  conv2d,
  depthwiseConv2d,
  dense: (node, inputs, scope) =>
    addBias(
      matMulLastAxis(only(node, inputs), scope.parameter(node.parameters.kernel) as tf.Tensor2D),
      node.parameters.bias,
      scope,
    ),
  weightNormDense,
  batchNorm: (node, inputs, scope) => scope.batchNorm(node, only(node, inputs)),
  activation: (node, inputs) => activations[node.attributes.activation](only(node, inputs), node.attributes),
  prelu: (node, inputs, scope) => {
    const x = only(node, inputs);
    return tf.sub(tf.relu(x), tf.mul(scope.parameter(node.parameters.alpha), tf.relu(tf.neg(x))));
  },
  add: (node, inputs) => fold(node, inputs, (a, b) => tf.add(a, b)),
  subtract: (node, inputs) => fold(node, inputs, (a, b) => tf.sub(a, b)),
  multiply: (node, inputs) => fold(node, inputs, (a, b) => tf.mul(a, b)),
  average: (node, inputs) =>
    tf.div(
      fold(node, inputs, (a, b) => tf.add(a, b)),
      inputs.length,
    ),
  maximum: (node, inputs) => fold(node, inputs, (a, b) => tf.maximum(a, b)),
  concat: (_, inputs) => tf.concat([...inputs], -1),
  maxPool: (node, inputs) => {
    const { size, strides, padding } = node.attributes;
    return tf.maxPool(onlyImages(node, inputs), [...size], [...strides], paddingOf(padding));
  },
  avgPool,
  globalAvgPool: (node, inputs) => globalAvgPool(onlyImages(node, inputs), node.attributes.keepDims),
  globalMaxPool: (node, inputs) => tf.max(only(node, inputs), [1, 2], node.attributes.keepDims),
  flatten: (node, inputs) => tf.reshape(only(node, inputs), [-1, tf.util.sizeFromShape([...node.outputShape])]),
  reshape: (node, inputs) => tf.reshape(only(node, inputs), [-1, ...node.attributes.shape]),
  pad: (node, inputs) => tf.pad(only(node, inputs), explicit(node.attributes.padding), node.attributes.value),
  crop,
  padChannels: (node, inputs) => tf.pad(only(node, inputs), channelBorders(node.attributes)),
  upsample,
  logSoftmax: (node, inputs) => tf.logSoftmax(only(node, inputs)),
  softmax: (node, inputs) => tf.softmax(only(node, inputs)),
  identity: (node, inputs) => tf.clone(only(node, inputs)),
  rescale: (node, inputs) => tf.add(tf.mul(only(node, inputs), node.attributes.scale), node.attributes.offset),
  normalize,
};

/** The output of one node. The caller keeps its inputs and owns the result. */
export function applyOperation<Op extends OpName>(
  node: NodeSpec<Op>,
  inputs: readonly tf.Tensor[],
  scope: Scope,
): tf.Tensor {
  const operation = operations[node.op] as Operation<OpName>;
  return operation(node as NodeSpec, inputs, scope);
}
