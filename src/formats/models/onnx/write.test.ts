import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { applyOperation } from '../../../networks/operations';
import { createRng } from '../../../shared/rng';
import { runOnnx } from '../../../tests/onnxRuntime';
import { operationRows, padding, type OperationRow } from '../../../tests/operationRows';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import { networks } from '../../../tests/randomNetworks';
import type { NetworkSpec, NodeSpec, OpName, ParameterSpec, Weights } from '../format';
import { preprocessingPresets } from '../metadata';
import { openModel } from '../registry';
import { sizeOf } from '../storedTensor';
import { writeOnnx } from './write';

beforeAll(usePlainTfjs);

interface Case {
  readonly spec: NetworkSpec;
  readonly weights: Weights;
  /** `[batch, height, width, channels]` */
  readonly shape: readonly number[];
}

const image = [2, 7, 6, 4];

/** Rows that the table of gradients has not. */
const moreRows: readonly OperationRow[] = [
  { op: 'conv2d', attributes: { strides: [1, 1], dilations: [2, 1], padding: padding(0, 3, 1, 2), groups: 4 }, inputs: [image], parameters: { kernel: [2, 3, 1, 8], bias: [8] }, outputShape: [8, 7, 8] },
  { op: 'dense', attributes: {}, inputs: [image], parameters: { kernel: [4, 3], bias: [3] }, outputShape: [7, 6, 3] },
  { op: 'dense', attributes: {}, inputs: [[2, 5, 4]], parameters: { kernel: [4, 3], bias: [3] }, outputShape: [5, 3] },
  { op: 'prelu', attributes: {}, inputs: [image], parameters: { alpha: [7, 6, 4] }, outputShape: [7, 6, 4] },
  { op: 'prelu', attributes: {}, inputs: [image], parameters: { alpha: [1, 6, 1] }, outputShape: [7, 6, 4] },
  { op: 'prelu', attributes: {}, inputs: [[3, 5]], parameters: { alpha: [5] }, outputShape: [5] },
  { op: 'maxPool', attributes: { size: [2, 2], strides: [1, 2], padding: padding(2, 0, 2, 1) }, inputs: [image], outputShape: [8, 4, 4] },
  { op: 'globalAvgPool', attributes: { keepDims: true }, inputs: [image], outputShape: [1, 1, 4] },
  { op: 'globalMaxPool', attributes: { keepDims: false }, inputs: [image], outputShape: [4] },
  { op: 'flatten', attributes: {}, inputs: [[2, 1, 1, 4]], outputShape: [4] },
  { op: 'reshape', attributes: { shape: [3, 2, 7] }, inputs: [[2, 42]], outputShape: [3, 2, 7] },
  { op: 'reshape', attributes: { shape: [6, 7, 4] }, inputs: [image], outputShape: [6, 7, 4] },
  { op: 'reshape', attributes: { shape: [1, 1, 5] }, inputs: [[2, 5]], outputShape: [1, 1, 5] },
  { op: 'concat', attributes: {}, inputs: [[2, 5], [2, 3]], outputShape: [8] },
  { op: 'softmax', attributes: {}, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'softmax', attributes: {}, inputs: [[2, 3, 5]], outputShape: [3, 5] },
  { op: 'logSoftmax', attributes: {}, inputs: [[3, 5]], outputShape: [5] },
  { op: 'normalize', attributes: { mean: [0.5], variance: [0.3] }, inputs: [[3, 5]], outputShape: [5] },
  { op: 'activation', attributes: { activation: 'relu', alpha: 0.1 }, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'activation', attributes: { activation: 'relu', maxValue: 0.5 }, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'activation', attributes: { activation: 'relu', alpha: 0.1, maxValue: 0.5 }, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'activation', attributes: { activation: 'relu', threshold: 0.3 }, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'activation', attributes: { activation: 'elu', alpha: 0.4 }, inputs: [image], outputShape: [7, 6, 4] },
  { op: 'activation', attributes: { activation: 'leakyRelu', alpha: 0.4 }, inputs: [image], outputShape: [7, 6, 4] },
]; // prettier-ignore

/**
 * A network that computes one row from one picture: the row's inputs lie in it one after the other. Its "classifier" is
 * the row's node, which is all that writing needs to know.
 */
function caseOf({ op, attributes, inputs, outputShape, parameters = {} }: OperationRow): Case {
  const rng = createRng(7);
  const batch = inputs[0]?.[0] ?? 0;
  const lengths = inputs.map(([, ...shape]) => sizeOf(shape));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const node = (
    name: string,
    kind: OpName,
    from: readonly string[],
    given: object,
    shape: readonly number[],
    own = {},
  ) => ({ name, op: kind, inputs: from, attributes: given, parameters: own, outputShape: shape }) as NodeSpec;
  const picture = [1, total, 1] as const;
  const nodes = [node('x', 'input', [], { shape: picture }, picture)];
  let start = 0;
  for (const [at, [, ...shape]] of inputs.entries()) {
    const length = lengths[at] ?? 0;
    const border = padding(0, 0, start, total - start - length);
    nodes.push(node(`cut ${at}`, 'crop', ['x'], { padding: border }, [1, length, 1]));
    nodes.push(node(`input ${at}`, 'reshape', [`cut ${at}`], { shape }, shape));
    start += length;
  }
  const weights = new Map<string, Float32Array>();
  const own = Object.entries(parameters).map(([role, shape]): [string, ParameterSpec] => {
    weights.set(
      role,
      Float32Array.from({ length: sizeOf(shape) }, () => rng.normal()),
    );
    return [role, { name: role, shape, fileName: role }];
  });
  nodes.push(node('node', op, inputs.map((_, at) => `input ${at}`), attributes, outputShape, Object.fromEntries(own))); // prettier-ignore
  const ends = { input: 'x', classifier: 'node', features: 'x', bottleneck: [], classCount: outputShape.at(-1) ?? 0 };
  return { spec: { name: op, nodes, ...ends }, weights, shape: [batch, ...picture] };
}

/** What our own operations give, channels first where it is an image, as the file does. */
function computed({ spec, weights }: Case, x: tf.Tensor): tf.Tensor {
  const values = new Map<string, tf.Tensor>([['x', x]]);
  const parameter = ({ name, shape }: ParameterSpec) => tf.tensor(weights.get(name)!, [...shape]);
  const unused = () => {
    throw new Error('No row of this table is a batch norm.');
  };
  for (const node of spec.nodes.slice(1)) {
    const inputs = node.inputs.map((name) => values.get(name)!);
    values.set(node.name, applyOperation(node, inputs, { parameter, batchNorm: unused }));
  }
  const result = values.get('node')!;
  return result.rank === 4 ? tf.transpose(result, [0, 3, 1, 2]) : result;
}

const written = ({ spec, weights }: Pick<Case, 'spec' | 'weights'>) =>
  writeOnnx({ spec, weights, preprocessing: preprocessingPresets['0to1'] }, { classes: ['a', 'b'] });

function randomValues(shape: readonly number[], seed: number): Float32Array {
  const rng = createRng(seed);
  return Float32Array.from({ length: sizeOf(shape) }, () => 2 * rng.normal());
}

const named = [...operationRows, ...moreRows].map((row) => {
  const { activation } = row.attributes as { activation?: string };
  const details = JSON.stringify({ ...row.attributes, inputs: row.inputs, ...row.parameters });
  return [`${activation ?? row.op} ${details}`, row] as const;
});

describe('every operation gives in onnxruntime what it gives here', () => {
  it.each(named)('%s', async (_, row) => {
    const all = caseOf(row);
    const values = randomValues(all.shape, 3);
    const expected = tf.tidy(() => computed(all, tf.tensor(values, [...all.shape])));
    const found = await runOnnx(written(all), { shape: all.shape, values });
    expect(found.shape).toEqual(expected.shape);
    expect(found.values).toBeAllClose(await expected.data(), { relative: 1e-5, absolute: 2e-6 });
  });

  it('has a row for every operation but batch norm, which whole networks have', () => {
    const all: Record<OpName, true> = {
      input: true, conv2d: true, depthwiseConv2d: true, dense: true, weightNormDense: true, batchNorm: true,
      activation: true, prelu: true, add: true, subtract: true, multiply: true, average: true, maximum: true,
      concat: true, maxPool: true, avgPool: true, globalAvgPool: true, globalMaxPool: true, flatten: true,
      reshape: true, pad: true, crop: true, padChannels: true, upsample: true, softmax: true, logSoftmax: true,
      identity: true, rescale: true, normalize: true,
    }; // prettier-ignore
    const there = new Set([...named.map(([, { op }]) => op), 'input', 'batchNorm']);
    expect(Object.keys(all).filter((op) => !there.has(op))).toEqual([]);
  });
});

describe('whole networks', () => {
  it.each(['resnet8', 'mobilenet', 'tiny'] as const)('%s opens again as what it was', async (name) => {
    const model = networks[name](32, createRng(5));
    const about = { classes: Array.from({ length: 10 }, (_, at) => `class ${at}`), resize: 40 };
    const file = writeOnnx({ ...model, preprocessing: preprocessingPresets.imagenet }, about);
    const reopened = await openModel([file]);
    const x = tf.tensor4d(randomValues([2, 32, 32, 3], 8), [2, 32, 32, 3]);
    const logitsOf = ({ spec, weights }: Pick<Case, 'spec' | 'weights'>) =>
      tf.tidy(() => forward(createNetwork(spec, weights), x, { batchNorm: 'running' }).logits);
    const expected = await logitsOf(model).data();
    expect(await logitsOf(reopened).data()).toBeAllClose(expected, { relative: 1e-6 });
    expect(reopened.metadata).toMatchObject({ ...about, preprocessing: { preset: 'imagenet' } });
    const norms = ({ spec }: Pick<Case, 'spec'>) =>
      spec.nodes.flatMap((node) =>
        node.op === 'batchNorm' ? [[node.outputShape, Math.fround(node.attributes.momentum)]] : [],
      );
    expect(norms(reopened)).toEqual(norms(model));
  });

  it.each(['resnet8', 'mobilenet', 'tiny'] as const)('%s gives its logits, with batch norm unfused', async (name) => {
    const model = networks[name](32, createRng(5));
    const network = createNetwork(model.spec, model.weights);
    const shape: [number, number, number, number] = [3, 32, 32, 3];
    const values = randomValues(shape, 8);
    const logits = tf.tidy(() => forward(network, tf.tensor(values, shape), { batchNorm: 'running' }).logits);
    const file = written(model);
    const found = await runOnnx(file, { shape, values });
    const expected = await logits.data();
    const largest = Math.max(...expected.map(Math.abs));
    expect(found.output).toBe('logits');
    expect(found.values).toBeAllClose(expected, { absolute: 1e-5 * largest });
    const text = new TextDecoder('latin1').decode(file.bytes);
    const norms = model.spec.nodes.filter(({ op }) => op === 'batchNorm').length;
    expect(text.split('BatchNormalization')).toHaveLength(norms + 1);
    disposeNetwork(network);
  });

  it('batch norm over vectors of a sequence works on their last axis', async () => {
    const row: OperationRow = { op: 'identity', attributes: {}, inputs: [[2, 5, 3]], outputShape: [5, 3] };
    const model = caseOf(row);
    const vector = (role: string, values: readonly number[]) => {
      (model.weights as Map<string, Float32Array>).set(role, Float32Array.from(values));
      return { name: role, shape: [3], fileName: role };
    };
    const norm: NodeSpec = {
      name: 'norm', op: 'batchNorm', inputs: ['node'], outputShape: [5, 3],
      attributes: { epsilon: 0, momentum: 0.9, unbiasedRunningVariance: false },
      parameters: { beta: vector('beta', [0, 0, 7]), runningMean: vector('mean', [1, 2, 3]), runningVariance: vector('variance', [4, 1, 0.25]) },
    }; // prettier-ignore
    const spec = { ...model.spec, nodes: [...model.spec.nodes, norm], classifier: 'norm' };
    const values = randomValues(model.shape, 2);
    const found = await runOnnx(written({ spec, weights: model.weights }), { shape: model.shape, values });
    const [mean, deviation, beta] = [[1, 2, 3], [2, 1, 0.5], [0, 0, 7]] as const; // prettier-ignore
    const expected = values.map(
      (value, at) => (value - (mean[at % 3] ?? 0)) / (deviation[at % 3] ?? 1) + (beta[at % 3] ?? 0),
    );
    expect(found.values).toBeAllClose(expected, { relative: 1e-5, absolute: 1e-5 });
  });

  it.each<[string, Partial<NodeSpec> & Pick<NodeSpec, 'op'>]>([
    ['probabilities', { op: 'softmax' }],
    ['probabilities', { op: 'activation', attributes: { activation: 'sigmoid' } }],
    ['log_probabilities', { op: 'logSoftmax' }],
    ['logits', { op: 'identity' }],
  ])('calls the output %s after %j', async (output, head) => {
    const model = networks.tiny(16, createRng(1));
    const after = { name: 'head', inputs: [model.spec.classifier], parameters: {}, attributes: {}, outputShape: [10] };
    const spec = { ...model.spec, nodes: [...model.spec.nodes, { ...after, ...head } as NodeSpec] };
    const shape = [1, 16, 16, 3];
    const found = await runOnnx(written({ spec, weights: model.weights }), { shape, values: randomValues(shape, 1) });
    expect(found).toMatchObject({ output, shape: [1, 10] });
  });

  it.each<[string, OperationRow]>([
    ['its inputs differ', { op: 'add', attributes: {}, inputs: [[2, 3, 2, 4], [2, 4]], outputShape: [3, 2, 4] }],
    ['its border is as wide', { op: 'avgPool', attributes: { size: [2, 2], strides: [1, 2], padding: padding(2, 0, 2, 1), countPadding: true }, inputs: [image], outputShape: [8, 4, 4] }],
  ])('refuses by the name of the layer what cannot be said: %s', (message, row) => {
    expect(() => written(caseOf(row))).toThrow(`The layer node cannot be written as ONNX: ${message}`);
  }); // prettier-ignore
});
