import * as ort from 'onnxruntime-web';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  dropped,
  integers,
  node,
  numbersFor,
  onnxBytes,
  positive,
  scalar,
  weights,
  type AttributeParts,
  type NodeParts,
  type TensorParts,
} from '../../fixtures/onnxModel';
import { forward } from '../../../networks/forward';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import type { OpenedModel } from '../format';
import { onnx } from './reader';

beforeAll(usePlainTfjs);

/** One graph from `x` to `y`, and the shape of `y` without the batch. */
interface Row {
  readonly about: string;
  readonly opset: number;
  readonly nodes: readonly NodeParts[];
  readonly tensors: readonly TensorParts[];
  readonly shape: readonly number[];
  /** Shape of `x` without the batch; channels first. */
  readonly input: readonly [number, number, number];
}

type Attributes = Readonly<Record<string, AttributeParts>>;

const image = [3, 8, 7] as const;

/** A row of several nodes. */
const graph = (
  about: string,
  opset: number,
  shape: readonly number[],
  nodes: readonly NodeParts[],
  tensors: readonly TensorParts[] = [],
): Row => ({ about, opset, nodes, tensors, shape, input: image });

/** A row of one node whose first input is the image and whose others are the tensors. */
const one = (
  op: string,
  opset: number,
  shape: readonly number[],
  attributes: Attributes = {},
  tensors: readonly TensorParts[] = [],
): Row => {
  const inputs = ['x', ...tensors.map(({ name }) => name)].join(' ');
  const about = `${op} ${JSON.stringify(attributes)} ${tensors.map(({ name, shape: own }) => `${name}[${own.join()}]`).join(' ')}`;
  return graph(about, opset, shape, [node(op, inputs, 'y', attributes)], tensors);
};

const same = [...image];
const ints = (...values: number[]): AttributeParts => ({ ints: values });
const [K, W, B] = [weights('k', 4, 3, 3, 2), weights('w', 6, 1, 3, 3), weights('b', 4)];

const convolutions: readonly Row[] = [
  one('Conv', 7, [4, 6, 6], {}, [K]),
  one('Conv', 13, [4, 4, 4], { strides: ints(2, 2), pads: ints(1, 0, 1, 1) }, [K, B]),
  one('Conv', 13, [4, 6, 9], { dilations: ints(2, 3), pads: ints(2, 1, 0, 4) }, [K, B]),
  one('Conv', 13, [4, 4, 3], { strides: ints(2, 3), auto_pad: { text: 'SAME_UPPER' } }, [K]),
  one('Conv', 13, [4, 4, 3], { strides: ints(2, 3), auto_pad: { text: 'SAME_LOWER' }, kernel_shape: ints(3, 2) }, [K]),
  one('Conv', 13, [4, 6, 6], { auto_pad: { text: 'VALID' } }, [K]),
  one('Conv', 13, [6, 8, 7], { group: { int: 3 }, pads: ints(1, 1, 1, 1) }, [W]),
  one('Conv', 13, [6, 4, 7], { group: { int: 3 }, pads: ints(1, 1, 1, 1), strides: ints(2, 1) }, [W, weights('b', 6)]),
  graph('grouped Conv', 13, [8, 6, 5], [node('Conv', 'x k', 'c'), node('Conv', 'c g', 'y', { group: { int: 2 } })], [weights('k', 4, 3, 1, 1), weights('g', 8, 2, 3, 3)]),
  graph('Conv + Add', 13, [4, 6, 6], [node('Conv', 'x k', 'c'), node('Add', 'c b', 'y')], [K, weights('b', 4, 1, 1)]),
  graph('Add + Conv', 13, [4, 6, 6], [node('Conv', 'x k', 'c'), node('Add', 'b c', 'y')], [K, weights('b', 1, 4, 1, 1)]),
]; // prettier-ignore

const statistics = ['s', 'o', 'm'].map((name) => weights(name, 3));
const norms: readonly Row[] = [
  one('BatchNormalization', 7, same, { epsilon: { float: 0.01 }, spatial: { int: 1 } }, [...statistics, positive('v', 3)]),
  one('BatchNormalization', 9, same, {}, [...statistics, positive('v', 3)]),
  one('BatchNormalization', 15, same, { momentum: { float: 0.7 } }, [...statistics, positive('v', 3)]),
  graph('BatchNormalization of a flattened image', 13, [168], [node('Flatten', 'x', 'f'), node('BatchNormalization', 'f s o m v', 'y')], [weights('s', 168), weights('o', 168), weights('m', 168), positive('v', 168)]),
  graph('BatchNormalization of a list', 13, [3], [node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'f'), node('BatchNormalization', 'f s o m v', 'y')], [...statistics, positive('v', 3)]),
]; // prettier-ignore

const flat = node('Flatten', 'x', 'f');
const dense: readonly Row[] = [
  graph('Gemm', 7, [5], [flat, node('Gemm', 'f k b', 'y')], [weights('k', 168, 5), weights('b', 5)]),
  graph('Gemm transB', 13, [5], [flat, node('Gemm', 'f k b', 'y', { transB: { int: 1 } })], [weights('k', 5, 168), weights('b', 1, 5)]),
  graph('Gemm alpha beta', 13, [5], [flat, node('Gemm', 'f k b', 'y', { alpha: { float: 0.3 }, beta: { float: -2 } })], [weights('k', 168, 5), weights('b', 5)]),
  graph('Gemm with one bias', 13, [5], [flat, node('Gemm', 'f k b', 'y')], [weights('k', 168, 5), weights('b', 1)]),
  graph('Gemm without bias', 13, [5], [flat, node('Gemm', 'f k', 'y')], [weights('k', 168, 5)]),
  graph('MatMul + Add', 13, [5], [flat, node('MatMul', 'f k', 'm'), node('Add', 'm b', 'y')], [weights('k', 168, 5), weights('b', 5)]),
  graph('MatMul of a transposed weight', 13, [5], [flat, node('Transpose', 'k', 't', { perm: ints(1, 0) }), node('MatMul', 'f t', 'y')], [weights('k', 5, 168)]),
  graph('MatMul over the channels of an image', 13, [8, 7, 4], [node('Transpose', 'x', 't', { perm: ints(0, 2, 3, 1) }), node('MatMul', 't k', 'y')], [weights('k', 3, 4)]),
  graph('Transpose, Flatten, Gemm', 13, [5], [node('Transpose', 'x', 't', { perm: ints(0, 2, 3, 1) }), node('Flatten', 't', 'f'), node('Gemm', 'f k', 'y')], [weights('k', 168, 5)]),
  graph('Transpose to width first, Flatten, Gemm', 13, [5], [node('Transpose', 'x', 't', { perm: ints(0, 3, 1, 2) }), node('Flatten', 't', 'f'), node('Gemm', 'f k', 'y')], [weights('k', 168, 5)]),
]; // prettier-ignore

const unary: readonly Row[] = [
  ...['Relu', 'Sigmoid', 'Tanh', 'Softplus', 'Softsign', 'Exp', 'Neg', 'Identity', 'LeakyRelu', 'Elu', 'Selu', 'HardSigmoid'].map((op) => one(op, 9, same)),
  one('HardSwish', 14, same),
  one('Mish', 18, same),
  one('Gelu', 20, same),
  one('Gelu', 20, same, { approximate: { text: 'tanh' } }),
  one('LeakyRelu', 13, same, { alpha: { float: 0.2 } }),
  one('Elu', 13, same, { alpha: { float: 0.4 } }),
  one('Selu', 13, same, { alpha: { float: 1.67326324 }, gamma: { float: 1.05070102 } }),
  one('HardSigmoid', 13, same, { alpha: { float: 1 / 6 }, beta: { float: 0.5 } }),
  one('HardSigmoid', 13, same, { alpha: { float: 0.9 }, beta: { float: 0.3 } }),
  one('PRelu', 9, same, {}, [weights('slope', 3, 1, 1)]),
  one('PRelu', 9, same, {}, [weights('slope', 1)]),
  one('PRelu', 9, same, {}, [weights('slope', 3, 8, 7)]),
  one('PRelu', 9, same, {}, [weights('slope', 7)]),
  one('Clip', 6 + 1, same, { min: { float: 0 }, max: { float: 6 } }),
  one('Clip', 7, same, { min: { float: -0.2 }, max: { float: 0.3 } }),
  one('Clip', 7, same, { max: { float: 0.3 } }),
  one('Clip', 11, same, {}, [scalar('low', 0), scalar('high', 6)]),
  one('Clip', 13, same, {}, [scalar('low', 0.1), scalar('high', 0.4)]),
  one('Clip', 13, same, {}, [scalar('low', -0.1)]),
  graph('Clip without the lower bound', 13, same, [node('Clip', 'x - high', 'y')], [scalar('high', 0.2)]),
  graph('Max and Min', 13, same, [node('Max', 'x zero', 'm'), node('Min', 'm six', 'y')], [scalar('zero', 0), scalar('six', 0.6)]),
  graph('Min and Max', 13, same, [node('Min', 'six x', 'm'), node('Max', 'zero m', 'y')], [scalar('zero', 0), scalar('six', 0.6)]),
  graph('swish', 13, same, [node('Sigmoid', 'x', 's'), node('Mul', 'x s', 'y')]),
  graph('hard swish by hand', 13, same, [node('Add', 'x three', 'a'), node('Clip', 'a zero six', 'c'), node('Div', 'c six', 'd'), node('Mul', 'x d', 'y')], [scalar('three', 3), scalar('zero', 0), scalar('six', 6)]),
  graph('GELU of PyTorch', 13, same, [node('Div', 'x root', 'd'), node('Erf', 'd', 'e'), node('Add', 'e one', 'a'), node('Mul', 'x a', 'm'), node('Mul', 'm half', 'y')], [scalar('root', Math.SQRT2), scalar('one', 1), scalar('half', 0.5)]),
  graph('GELU of TensorFlow', 13, same, [node('Mul', 'x half', 'h'), node('Mul', 'x root', 'd'), node('Erf', 'd', 'e'), node('Add', 'one e', 'a'), node('Mul', 'h a', 'y')], [scalar('root', Math.SQRT1_2), scalar('one', 1), scalar('half', 0.5)]),
  graph('GELU with the half first', 13, same, [node('Div', 'x root', 'd'), node('Erf', 'd', 'e'), node('Add', 'e one', 'a'), node('Mul', 'a half', 'm'), node('Mul', 'm x', 'y')], [scalar('root', Math.SQRT2), scalar('one', 1), scalar('half', 0.5)]),
  one('Dropout', 7, same, { ratio: { float: 0.5 } }),
  one('Dropout', 13, same, {}, [scalar('ratio', 0.5)]),
  one('Cast', 13, same, { to: { int: 1 } }),
  one('Softmax', 13, same, { axis: { int: 1 } }),
  one('LogSoftmax', 13, same, { axis: { int: -3 } }),
]; // prettier-ignore

const [perChannel, allPositive] = [weights('c', 3, 1, 1), positive('c', 3, 1, 1)];
const arithmetic: readonly Row[] = [
  ...['Add', 'Sub', 'Mul', 'Div'].map((op) => one(op, 13, same, {}, [scalar('c', -0.7)])),
  ...['Add', 'Sub', 'Mul'].map((op) => one(op, 13, same, {}, [perChannel])),
  ...['Mul', 'Div'].map((op) => one(op, 13, same, {}, [allPositive])),
  ...[2, 3].map((exponent) => one('Pow', 13, same, {}, [scalar('e', exponent)])),
  graph('number - x', 13, same, [node('Sub', 'c x', 'y')], [scalar('c', 0.3)]),
  graph('channels - x', 13, same, [node('Sub', 'c x', 'y')], [perChannel]),
  ...['Add', 'Sub', 'Mul', 'Max', 'Mean', 'Sum'].map((op) => graph(`${op} of two values`, 13, same, [node('Tanh', 'x', 't'), node(op, 'x t', 'y')])),
  ...['Max', 'Mean', 'Sum'].map((op) => graph(`${op} of three values`, 13, same, [node('Tanh', 'x', 't'), node('Neg', 'x', 'n'), node(op, 'x t n', 'y')])),
  graph('squeeze and excite', 13, same, [node('GlobalAveragePool', 'x', 'g'), node('Sigmoid', 'g', 's'), node('Mul', 's x', 'y')]),
  graph('squeeze and excite through lists', 13, same, [node('GlobalAveragePool', 'x', 'g'), node('Flatten', 'g', 'f'), node('Gemm', 'f k', 'd'), node('Sigmoid', 'd', 's'), node('Reshape', 's shape', 'r'), node('Mul', 'x r', 'y')], [weights('k', 3, 3), integers('shape', -1, 3, 1, 1)]),
  graph('x minus its mean', 13, same, [node('ReduceMean', 'x', 'm', { axes: ints(2, 3) }), node('Sub', 'm x', 'y')]),
]; // prettier-ignore

const concat: readonly Row[] = [
  graph('Concat', 13, [6, 8, 7], [node('Tanh', 'x', 't'), node('Concat', 'x t', 'y', { axis: { int: 1 } })]),
  graph('Concat from behind', 13, [6, 8, 7], [node('Tanh', 'x', 't'), node('Concat', 't x', 'y', { axis: { int: -3 } })]),
  graph('Concat of flattened images', 13, [336], [node('Tanh', 'x', 't'), node('Flatten', 'x', 'a'), node('Flatten', 't', 'b'), node('Concat', 'a b', 'y', { axis: { int: 1 } })]),
  graph('Concat of channels last', 13, [8, 7, 6], [node('Transpose', 'x', 'a', { perm: ints(0, 2, 3, 1) }), node('Tanh', 'a', 't'), node('Concat', 'a t', 'y', { axis: { int: 3 } })]),
]; // prettier-ignore

const pool = { kernel_shape: ints(3, 2) };
const pooling: readonly Row[] = [
  one('MaxPool', 7, [3, 6, 6], pool),
  one('MaxPool', 13, [3, 4, 4], { ...pool, strides: ints(2, 2), pads: ints(1, 0, 1, 1) }),
  one('MaxPool', 13, [3, 4, 4], { kernel_shape: ints(2, 3), strides: ints(2, 2), pads: ints(0, 1, 0, 1), ceil_mode: { int: 1 } }),
  one('MaxPool', 13, [3, 4, 3], { ...pool, strides: ints(2, 3), auto_pad: { text: 'SAME_UPPER' } }),
  one('MaxPool', 13, [3, 4, 3], { ...pool, strides: ints(2, 3), auto_pad: { text: 'SAME_LOWER' } }),
  one('AveragePool', 7, [3, 6, 6], pool),
  one('AveragePool', 13, [3, 4, 4], { ...pool, strides: ints(2, 2), pads: ints(1, 0, 1, 1) }),
  one('AveragePool', 13, [3, 4, 4], { ...pool, strides: ints(2, 2), pads: ints(1, 0, 1, 1), count_include_pad: { int: 1 } }),
  one('AveragePool', 13, [3, 3, 3], { ...pool, strides: ints(3, 3), ceil_mode: { int: 1 } }),
  graph('AveragePool whose last window would begin behind the image', 13, [3, 1, 1], [node('AveragePool', 'x', 'p', { ...pool, strides: ints(3, 3), pads: ints(1, 1, 1, 1), ceil_mode: { int: 1 }, count_include_pad: { int: 1 } }), node('GlobalAveragePool', 'p', 'y')]),
  one('AveragePool', 19, [3, 5, 4], { ...pool, strides: ints(2, 2), pads: ints(1, 0, 1, 1), ceil_mode: { int: 1 }, count_include_pad: { int: 1 } }),
  one('AveragePool', 13, [3, 5, 4], { ...pool, strides: ints(2, 2), pads: ints(1, 0, 1, 1), ceil_mode: { int: 1 } }),
  one('AveragePool', 19, [3, 4, 3], { ...pool, strides: ints(2, 3), auto_pad: { text: 'SAME_UPPER' } }),
  one('GlobalAveragePool', 7, [3, 1, 1]),
  one('GlobalMaxPool', 7, [3, 1, 1]),
  one('ReduceMean', 11, [3, 1, 1], { axes: ints(2, 3) }),
  one('ReduceMean', 11, [3], { axes: ints(-1, -2), keepdims: { int: 0 } }),
  one('ReduceMean', 11, [3, 8], { axes: ints(3), keepdims: { int: 0 } }),
  one('ReduceMean', 18, [3, 1, 7], {}, [integers('axes', 2)]),
  one('ReduceMax', 11, [3, 1, 1], { axes: ints(2, 3) }),
  one('ReduceMax', 13, [3, 8, 1], { axes: ints(3) }),
  graph('ReduceMean of flattened places', 13, [3], [node('Reshape', 'x s', 'r'), node('ReduceMean', 'r', 'y', { axes: ints(2), keepdims: { int: 0 } })], [integers('s', 0, 0, -1)]),
]; // prettier-ignore

const shaping: readonly Row[] = [
  one('Reshape', 7, [168], {}, [integers('s', 0, -1)]),
  one('Reshape', 13, [3, 56], {}, [integers('s', -1, 3, 56)]),
  graph('Reshape there and back', 13, same, [node('Reshape', 'x s', 'r'), node('Reshape', 'r t', 'y')], [integers('s', 0, 0, -1), integers('t', 0, 3, 8, 7)]),
  graph('Squeeze by attribute', 11, [3], [node('GlobalMaxPool', 'x', 'g'), node('Squeeze', 'g', 'y', { axes: ints(2, 3) })]),
  graph('Squeeze by input', 13, [3], [node('GlobalMaxPool', 'x', 'g'), node('Squeeze', 'g a', 'y')], [integers('a', -1, 2)]),
  graph('Unsqueeze by attribute', 11, [3, 1], [node('GlobalMaxPool', 'x', 'g'), node('Flatten', 'g', 'f'), node('Unsqueeze', 'f', 'y', { axes: ints(2) })]),
  graph('Unsqueeze by input', 13, [3, 1, 1], [node('GlobalMaxPool', 'x', 'g'), node('Flatten', 'g', 'f'), node('Unsqueeze', 'f a', 'y')], [integers('a', 2, 3)]),
  one('Pad', 7, [3, 11, 8], { pads: ints(0, 0, 1, 0, 0, 0, 2, 1), value: { float: 0.3 } }),
  one('Pad', 11, [3, 11, 8], {}, [integers('p', 0, 0, 1, 0, 0, 0, 2, 1)]),
  one('Pad', 13, [3, 11, 8], {}, [integers('p', 0, 0, 1, 0, 0, 0, 2, 1), scalar('v', -2)]),
  one('Pad', 13, [6, 8, 7], {}, [integers('p', 0, 1, 0, 0, 0, 2, 0, 0)]),
  one('Pad', 13, [3, 7, 6], {}, [integers('p', 0, 0, -1, 0, 0, 0, 0, -1)]),
  one('Pad', 18, [3, 8, 10], {}, [integers('p', 1, 2), scalar('v', 0), integers('axes', 3)]),
  one('Slice', 9, [3, 5, 7], { starts: ints(2), ends: ints(-1), axes: ints(2) }),
  one('Slice', 13, [3, 4, 4], {}, [integers('from', 0, 0), integers('to', 2 ** 31 - 1, 2 ** 31 - 1), integers('axes', 2, 3), integers('step', 2, 2)]),
  one('Slice', 13, [3, 3, 3], {}, [integers('from', 1, -6), integers('to', 8, 7), integers('axes', 2, 3), integers('step', 3, 2)]),
  one('Upsample', 9, [3, 16, 21], { mode: { text: 'nearest' } }, [{ name: 's', shape: [4], values: [1, 1, 2, 3] }]),
  graph('Resize to the nearest', 13, [3, 16, 21], [node('Resize', 'x - s', 'y', { mode: { text: 'nearest' }, nearest_mode: { text: 'floor' }, coordinate_transformation_mode: { text: 'asymmetric' } })], [{ name: 's', shape: [4], values: [1, 1, 2, 3] }]),
  graph('Resize to the nearest by halves', 13, [3, 16, 21], [node('Resize', 'x - s', 'y')], [{ name: 's', shape: [4], values: [1, 1, 2, 3] }]),
  graph('Resize linearly', 13, [3, 16, 14], [node('Resize', 'x - - size', 'y', { mode: { text: 'linear' }, coordinate_transformation_mode: { text: 'asymmetric' } })], [integers('size', 2, 3, 16, 14)]),
  graph('shape arithmetic of PyTorch', 13, [168], [
    node('Shape', 'x', 'shape'), node('Gather', 'shape zero', 'batch', { axis: { int: 0 } }), node('Unsqueeze', 'batch axis', 'one'),
    node('Concat', 'one rest', 'target', { axis: { int: 0 } }), node('Reshape', 'x target', 'y'),
  ], [{ name: 'zero', shape: [], values: [0], type: 'int64' }, integers('axis', 0), integers('rest', -1)]),
  graph('shape arithmetic with products', 13, [3, 56], [
    node('Shape', 'x', 'shape'), node('Slice', 'shape two four', 'sides'), node('Gather', 'sides zero', 'height'), node('Gather', 'sides one', 'width'),
    node('Mul', 'height width', 'area'), node('Slice', 'shape zero two', 'front'), node('Cast', 'area', 'whole', { to: { int: 7 } }),
    node('Concat', 'front whole', 'target', { axis: { int: 0 } }), node('Reshape', 'x target', 'y'),
  ], [integers('zero', 0), integers('one', 1), integers('two', 2), integers('four', 4)]),
]; // prettier-ignore

/** The image times a number, computed from constants as `m`. */
const scaledBy = (about: string, tensors: readonly TensorParts[], ...nodes: readonly NodeParts[]): Row =>
  graph(about, 13, same, [...nodes, node('Cast', 'm', 'r', { to: { int: 1 } }), node('Mul', 'x r', 'y')], tensors);
const constants: readonly Row[] = [
  scaledBy('the truth of 5', [integers('n', 5)], node('Cast', 'n', 'm', { to: { int: 9 } })),
  scaledBy('the truth of 0.5', [scalar('n', 0.5)], node('Cast', 'n', 'm', { to: { int: 9 } })),
  scaledBy('the whole part of -2.7', [scalar('n', -2.7)], node('Cast', 'n', 'm', { to: { int: 7 } })),
  scaledBy('-7 / 2', [integers('n', -7), integers('two', 2)], node('Div', 'n two', 'm')),
  scaledBy('a column times a row', [weights('n', 1, 1, 1), weights('k', 3, 1, 1), weights('l', 1, 1)], node('Mul', 'n l', 'a'), node('Mul', 'k a', 'm')),
]; // prettier-ignore

const last = node('Transpose', 'x', 'l', { perm: ints(0, 2, 3, 1) });
const first = { perm: ints(0, 3, 1, 2) };
const channelsLast: readonly Row[] = [
  graph('ReduceMean', 13, [3], [last, node('ReduceMean', 'l', 'y', { axes: ints(1, 2), keepdims: { int: 0 } })]),
  graph('Mul and Add of channels', 13, [8, 7, 3], [last, node('Mul', 'l s', 'm'), node('Add', 'm o', 'y')], [positive('s', 3), weights('o', 3)]),
  graph('Pad, Conv and Add', 13, [6, 7, 4], [last, node('Pad', 'l p', 'd'), node('Transpose', 'd', 't', first), node('Conv', 't k', 'c'), node('Transpose', 'c', 'u', { perm: ints(0, 2, 3, 1) }), node('Add', 'u b', 'y')], [K, B, integers('p', 0, 0, 1, 0, 0, 0, 0, 0)]),
  graph('squeeze and excite', 13, [8, 7, 3], [last, node('ReduceMean', 'l', 'm', { axes: ints(1, 2) }), node('MatMul', 'm k', 'd'), node('Sigmoid', 'd', 's'), node('Mul', 'l s', 'y')], [weights('k', 3, 3)]),
  graph('Slice', 13, [4, 7, 3], [last, node('Slice', 'l from to axes step', 'y')], [integers('from', 1), integers('to', 9), integers('axes', 1), integers('step', 2)]),
  graph('Softmax', 13, [8, 7, 3], [last, node('Softmax', 'l', 'y')]),
  graph('PRelu', 13, [8, 7, 3], [last, node('PRelu', 'l a', 'y')], [weights('a', 1, 1, 3)]),
  graph('Resize', 13, [16, 14, 3], [last, node('Resize', 'l - s', 'y')], [{ name: 's', shape: [4], values: [1, 2, 2, 1] }]),
]; // prettier-ignore

const HEAD = 3;

/** The row's graph with one dense layer behind it, so that each of its values counts. */
function fileOf({ nodes, tensors, shape, input, opset }: Row): Uint8Array {
  const size = shape.reduce((product, length) => product * length, 1);
  return onnxBytes({
    opset,
    inputs: [['x', [2, ...input]]],
    outputs: [['scores', [2, HEAD]]],
    nodes: [...nodes, node('Flatten', 'y', 'flattened'), node('MatMul', 'flattened headKernel', 'scores')],
    tensors: [...tensors, weights('headKernel', size, HEAD)],
  });
}

async function reference(bytes: Uint8Array, x: Float32Array, shape: readonly number[]): Promise<ArrayLike<number>> {
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(bytes, { executionProviders: ['wasm'] });
  const results = await session.run({ x: new ort.Tensor('float32', x, [...shape]) });
  const values = (await results['scores']?.getData()) as Float32Array;
  const copy = values.slice();
  await session.release();
  return copy;
}

/** Logits of two images, channels first. */
function studio({ spec, weights: values }: OpenedModel, x: Float32Array, shape: readonly number[]): ArrayLike<number> {
  const network = createNetwork(spec, values);
  const logits = tf.tidy(() => {
    const images = tf.transpose(tf.tensor<tf.Rank.R4>(x, [...shape] as never), [0, 2, 3, 1]);
    return forward(network, images, { batchNorm: 'running' }).logits.dataSync();
  });
  disposeNetwork(network);
  return logits;
}

const groups = { convolutions, norms, dense, unary, arithmetic, concat, pooling, shaping, constants, channelsLast };

describe.each(Object.entries(groups))('%s are what onnxruntime computes', (_, rows) => {
  it.each(rows.map((row) => [`${row.about} (opset ${row.opset})`, row] as const))('%s', async (__, row) => {
    const bytes = fileOf(row);
    const shape = [2, ...row.input];
    const x = Float32Array.from(numbersFor('image', shape.reduce((product, length) => product * length, 1))); // prettier-ignore
    const expected = await reference(bytes, x, shape);
    const file = dropped('net.onnx', bytes);
    const opened = await onnx.open(file, [file], {});
    expect(studio(opened, x, shape)).toBeAllClose(expected, { relative: 1e-5 });
  });
});
