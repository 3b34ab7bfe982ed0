import * as tf from '@tensorflow/tfjs-core';
import type { ActivationName, NodeSpec, ParameterSpec } from '../formats/models/format';
import { activations } from '../networks/activations';
import { applyOperation } from '../networks/operations';
import { normalTensor } from './random';

/** One operation with shapes to try it on. */
export type OperationRow = Pick<NodeSpec, 'op' | 'attributes'> & {
  readonly inputs: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
  readonly parameters?: Readonly<Record<string, readonly number[]>>;
};

export const padding = (top: number, bottom: number, left: number, right: number) => ({ top, bottom, left, right });
const image = [2, 7, 6, 4];

/** One row an operation and variant that gradients flow through. Input shapes have the batch, output shapes not. */
export const operationRows: readonly OperationRow[] = [
  {
    op: 'conv2d',
    attributes: { strides: [2, 1], dilations: [1, 1], padding: padding(1, 2, 0, 1), groups: 1 },
    inputs: [image],
    parameters: { kernel: [3, 2, 4, 5], bias: [5] },
    outputShape: [4, 6, 5],
  },
  {
    op: 'conv2d',
    attributes: { strides: [1, 1], dilations: [2, 3], padding: padding(2, 2, 3, 3), groups: 1 },
    inputs: [image],
    parameters: { kernel: [3, 3, 4, 2] },
    outputShape: [7, 6, 2],
  },
  {
    op: 'conv2d',
    attributes: { strides: [1, 1], dilations: [1, 1], padding: padding(1, 1, 1, 1), groups: 2 },
    inputs: [image],
    parameters: { kernel: [3, 3, 2, 6] },
    outputShape: [7, 6, 6],
  },
  {
    op: 'depthwiseConv2d',
    attributes: { strides: [2, 2], dilations: [1, 1], padding: padding(1, 1, 1, 1) },
    inputs: [image],
    parameters: { kernel: [3, 3, 4, 2], bias: [8] },
    outputShape: [4, 3, 8],
  },
  {
    op: 'depthwiseConv2d',
    attributes: { strides: [1, 1], dilations: [2, 2], padding: padding(2, 2, 2, 2) },
    inputs: [image],
    parameters: { kernel: [3, 3, 4, 1] },
    outputShape: [7, 6, 4],
  },
  { op: 'dense', attributes: {}, inputs: [[3, 5]], parameters: { kernel: [5, 4], bias: [4] }, outputShape: [4] },
  {
    op: 'weightNormDense',
    attributes: {},
    inputs: [[3, 5]],
    parameters: { direction: [5, 4], gain: [4], bias: [4] },
    outputShape: [4],
  },
  { op: 'prelu', attributes: {}, inputs: [image], parameters: { alpha: [1, 1, 4] }, outputShape: [7, 6, 4] },
  { op: 'add', attributes: {}, inputs: [image, image, image], outputShape: [7, 6, 4] },
  { op: 'subtract', attributes: {}, inputs: [image, image], outputShape: [7, 6, 4] },
  { op: 'multiply', attributes: {}, inputs: [image, [2, 1, 1, 4]], outputShape: [7, 6, 4] },
  { op: 'average', attributes: {}, inputs: [image, image], outputShape: [7, 6, 4] },
  { op: 'maximum', attributes: {}, inputs: [image, image], outputShape: [7, 6, 4] },
  { op: 'concat', attributes: {}, inputs: [image, [2, 7, 6, 3]], outputShape: [7, 6, 7] },
  {
    op: 'maxPool',
    attributes: { size: [3, 2], strides: [2, 2], padding: padding(1, 1, 0, 0) },
    inputs: [image],
    outputShape: [4, 3, 4],
  },
  {
    op: 'avgPool',
    attributes: { size: [3, 3], strides: [2, 1], padding: padding(1, 1, 1, 1), countPadding: false },
    inputs: [image],
    outputShape: [4, 6, 4],
  },
  {
    op: 'avgPool',
    attributes: { size: [3, 3], strides: [2, 1], padding: padding(1, 1, 1, 1), countPadding: true },
    inputs: [image],
    outputShape: [4, 6, 4],
  },
  { op: 'globalAvgPool', attributes: { keepDims: false }, inputs: [image], outputShape: [4] },
  { op: 'globalMaxPool', attributes: { keepDims: true }, inputs: [image], outputShape: [1, 1, 4] },
  { op: 'flatten', attributes: {}, inputs: [image], outputShape: [168] },
  { op: 'reshape', attributes: { shape: [6, 28] }, inputs: [image], outputShape: [6, 28] },
  { op: 'pad', attributes: { padding: padding(1, 0, 2, 3), value: 0.5 }, inputs: [image], outputShape: [8, 11, 4] },
  { op: 'padChannels', attributes: { before: 1, after: 2 }, inputs: [image], outputShape: [7, 6, 7] },
  { op: 'crop', attributes: { padding: padding(1, 2, 0, 3) }, inputs: [image], outputShape: [4, 3, 4] },
  {
    op: 'upsample',
    attributes: { size: [2, 3], interpolation: 'nearest' },
    inputs: [image],
    outputShape: [14, 18, 4],
  },
  {
    op: 'upsample',
    attributes: { size: [2, 2], interpolation: 'bilinear' },
    inputs: [image],
    outputShape: [14, 12, 4],
  },
  { op: 'softmax', attributes: {}, inputs: [[3, 5]], outputShape: [5] },
  { op: 'identity', attributes: {}, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'rescale', attributes: { scale: 2, offset: -1 }, inputs: [image], outputShape: [7, 6, 4] },
  {
    op: 'normalize',
    attributes: { mean: [1, 2, 3, 4], variance: [4, 1, 9, 2] },
    inputs: [image],
    outputShape: [7, 6, 4],
  },
  ...Object.keys(activations).map((activation): OperationRow => ({
    op: 'activation',
    attributes: { activation: activation as ActivationName },
    inputs: [[4, 30]],
    outputShape: [30],
  })),
  {
    op: 'activation',
    attributes: { activation: 'relu', alpha: 0.2, maxValue: 1, threshold: 0.3 },
    inputs: [[4, 30]],
    outputShape: [30],
  },
];

/** The operation as a function of its inputs and parameters. */
export function operationOf(row: OperationRow): {
  apply: (tensors: tf.Tensor[]) => tf.Tensor;
  shapes: (readonly number[])[];
} {
  const names = Object.keys(row.parameters ?? {});
  const parameters = Object.fromEntries(
    Object.entries(row.parameters ?? {}).map(([name, shape]) => [name, { name, shape, fileName: name }]),
  );
  const inputs = row.inputs.map((_, index) => `input ${String(index)}`);
  const node = {
    name: 'node',
    op: row.op,
    inputs,
    attributes: row.attributes,
    parameters,
    outputShape: row.outputShape,
  };
  const apply = (tensors: tf.Tensor[]): tf.Tensor =>
    applyOperation(node as unknown as NodeSpec, tensors.slice(0, inputs.length), {
      parameter: ({ name }: ParameterSpec) => tensors[inputs.length + names.indexOf(name)] as tf.Tensor,
      batchNorm: () => {
        throw new Error('No row of this table is a batch norm.');
      },
    });
  return { apply, shapes: [...row.inputs, ...Object.values(row.parameters ?? {})] };
}

/** Output and all gradients of `sum(output * weights)` on the current backend. */
export async function computeOperation(row: OperationRow): Promise<{ shape: number[]; values: Float32Array[] }> {
  const { apply, shapes } = operationOf(row);
  let shape: number[] = [];
  const results = tf.tidy(() => {
    const tensors = shapes.map((size, index) => normalTensor(size, index + 1));
    const output = apply(tensors);
    shape = output.shape;
    const weights = normalTensor(shape, 99);
    return [output, ...tf.grads((...given: tf.Tensor[]) => tf.sum(tf.mul(apply(given), weights)))(tensors)];
  });
  const values = await Promise.all(results.map(async (tensor) => (await tensor.data()) as Float32Array));
  tf.dispose(results);
  return { shape, values };
}
