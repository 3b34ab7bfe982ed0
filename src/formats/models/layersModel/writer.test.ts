import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { createRng } from '../../../shared/rng';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { forward } from '../../../networks/forward';
import { predictWithTfjs, usePlainTfjs } from '../../../tests/plainTfjs';
import {
  functional,
  image,
  layer,
  modelFiles,
  sequential,
  type FixtureLayer,
  type Shapes,
} from '../../fixtures/kerasModel';
import type { ActivationName, FileBytes, NetworkSpec, NodeSpec, OpenedModel, Preprocessing, Weights } from '../format';
import { preprocessingPresets } from '../metadata';
import { openModel } from '../registry';
import { writeLayersModel } from './writer';

beforeAll(usePlainTfjs);

const preprocessing: Preprocessing = { preset: 'own', mean: [0.45, 0.4, 0.35], std: [0.25, 0.2, 0.3] };
const classes = ['a', 'b', 'c'];

function pictures(shape: [number, number, number, number], seed = 7): tf.Tensor4D {
  const rng = createRng(seed);
  const length = shape.reduce((product, side) => product * side, 1);
  return tf.tensor4d(
    Float32Array.from({ length }, () => 2 * rng.normal()),
    shape,
  );
}

/** What the studio's own network computes: softmax of its logits. */
async function predictOwn({ spec, weights }: Pick<OpenedModel, 'spec' | 'weights'>, x: tf.Tensor4D): Promise<number[]> {
  const network = createNetwork(spec, weights);
  const values = await tf.tidy(() => tf.softmax(forward(network, x, { batchNorm: 'running' }).logits)).data();
  disposeNetwork(network);
  return [...values];
}

function write({ spec, weights }: { spec: NetworkSpec; weights: Weights }): readonly FileBytes[] {
  return writeLayersModel([{ spec, weights, preprocessing }], { mixing: [1], classes });
}

const conv = layer('Conv2D', 'conv', { filters: 4, kernel_size: 3, padding: 'same' });
const pool = layer('GlobalAveragePooling2D', 'pool');
const dense = layer('Dense', 'classes', { units: 3, activation: 'softmax' });
const shapes: Shapes = { 'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'classes/kernel': [4, 3], 'classes/bias': [3] };

function around(...between: readonly FixtureLayer[]): FixtureLayer {
  return sequential([image(8, 8), conv, ...between, pool, dense]);
}

const norm: Shapes = { 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4], 'bn/moving_variance': [4] };

describe('a written model', () => {
  it.each<[string, FixtureLayer, Shapes]>([
    ['batch norm', around(layer('BatchNormalization', 'bn')), { ...shapes, ...norm }],
    ['batch norm without scale', around(layer('BatchNormalization', 'bn', { scale: false })), { ...shapes, 'bn/beta': [4], 'bn/moving_mean': [4], 'bn/moving_variance': [4] }],
    ['strides and same padding', around(layer('Conv2D', 'c', { filters: 4, kernel_size: [3, 2], strides: 2, padding: 'same' })), { ...shapes, 'c/kernel': [3, 2, 4, 4], 'c/bias': [4] }],
    ['a dilation', around(layer('Conv2D', 'c', { filters: 4, kernel_size: 3, dilation_rate: 2, use_bias: false })), { ...shapes, 'c/kernel': [3, 3, 4, 4] }],
    ['depthwise convolution', around(layer('DepthwiseConv2D', 'd', { kernel_size: 3, padding: 'same', depth_multiplier: 1 })), { ...shapes, 'd/depthwise_kernel': [3, 3, 4, 1], 'd/bias': [4] }],
    ['separable convolution', around(layer('SeparableConv2D', 's', { filters: 4, kernel_size: 3, activation: 'relu' })), { ...shapes, 's/depthwise_kernel': [3, 3, 4, 1], 's/pointwise_kernel': [1, 1, 4, 4], 's/bias': [4] }],
    ['padding, cropping and upsampling', around(layer('ZeroPadding2D', 'p', { padding: [[1, 2], [0, 3]] }), layer('Cropping2D', 'c', { cropping: [[0, 1], [2, 0]] }), layer('UpSampling2D', 'u', { size: [2, 3] })), shapes],
    ['pooling', around(layer('MaxPooling2D', 'm', { pool_size: 3, strides: 2, padding: 'same' }), layer('AveragePooling2D', 'a', { pool_size: 2, strides: 1, padding: 'same' })), shapes],
    ['PReLU with a slope a channel', around(layer('PReLU', 'prelu', { shared_axes: [1, 2] })), { ...shapes, 'prelu/alpha': [1, 1, 4] }],
    ['LeakyReLU', around(layer('LeakyReLU', 'leaky', { alpha: 0.17 })), shapes],
    ['ReLU with a maximum', around(layer('ReLU', 'r', { max_value: 1.5 })), shapes],
    ['Rescaling', sequential([image(8, 8), layer('Rescaling', 'scale', { scale: 0.5, offset: -1 }), conv, pool, dense]), shapes],
    ['global maximum', sequential([image(8, 8), conv, layer('GlobalMaxPooling2D', 'max'), dense]), shapes],
  ])('with %s: tfjs gives the same for the original, the copy and its copy, and so does the studio', async (_, topology, given) => {
    const original = modelFiles(topology, given);
    const x = pictures([2, 8, 8, 3]);
    const expected = await predictWithTfjs(original, x);
    const opened = await openModel(original);
    const written = write(opened);
    const reopened = await openModel(written);
    expect(await predictOwn(opened, x)).toBeAllClose(expected, { absolute: 1e-6 });
    expect(await predictWithTfjs(written, x)).toBeAllClose(expected, { absolute: 1e-6 });
    expect(await predictWithTfjs(write(reopened), x)).toBeAllClose(expected, { absolute: 1e-6 });
    x.dispose();
  }); // prettier-ignore

  it.each([
    ['tfjs', { extra: {}, kerasVersion: 'tfjs-layers 4.22.0' }],
    ['the studio', { extra: { generatedBy: 'SOCKET Studio' } }],
  ])('with bilinear upsampling in a file of %s gives the same', async (_, options) => {
    const original = modelFiles(around(layer('UpSampling2D', 'u', { size: [2, 3], interpolation: 'bilinear' })), shapes, options);
    const x = pictures([2, 8, 8, 3]);
    const expected = await predictWithTfjs(original, x);
    const opened = await openModel(original);
    const reopened = await openModel(write(opened));
    expect(await predictOwn(reopened, x)).toBeAllClose(expected, { absolute: 1e-6 });
    expect(await predictWithTfjs(write(reopened), x)).toBeAllClose(expected, { absolute: 1e-6 });
    x.dispose();
  }); // prettier-ignore

  it('with merges of branches gives the same', async () => {
    const branch = (name: string, from: string) => layer('Conv2D', name, { filters: 3, kernel_size: 1 }, [from]);
    const topology = functional([
      image(6, 6), branch('a', 'image'), branch('b', 'image'),
      layer('Add', 'add', {}, ['a', 'b']), layer('Multiply', 'multiply', {}, ['a', 'add']), layer('Average', 'average', {}, ['b', 'multiply', 'a']),
      layer('Maximum', 'maximum', {}, ['a', 'average']), layer('Concatenate', 'concat', { axis: 3 }, ['maximum', 'add']),
      layer('Flatten', 'flat', {}, ['concat']), layer('Dropout', 'drop', { rate: 0.5 }, ['flat']), layer('Dense', 'classes', { units: 3, activation: 'softmax' }, ['drop']),
    ], 'classes'); // prettier-ignore
    const given = { 'a/kernel': [1, 1, 3, 3], 'a/bias': [3], 'b/kernel': [1, 1, 3, 3], 'b/bias': [3], 'classes/kernel': [216, 3], 'classes/bias': [3] };
    const original = modelFiles(topology, given);
    const x = pictures([2, 6, 6, 3]);
    const opened = await openModel(original);
    const expected = await predictWithTfjs(original, x);
    expect(await predictOwn(opened, x)).toBeAllClose(expected, { absolute: 1e-6 });
    expect(await predictWithTfjs(write(opened), x)).toBeAllClose(expected, { absolute: 1e-6 });
    x.dispose();
  }); // prettier-ignore
});

/** The tiny model with a node of our own put behind its convolution. */
async function withNode(node: (input: string) => NodeSpec, parameters: Weights = new Map()): Promise<OpenedModel> {
  const model = await openModel(modelFiles(around(layer('ReLU', 'here')), shapes));
  const own = node('conv');
  const last = model.spec.nodes.find(({ name }) => name === 'pool');
  const nodes = model.spec.nodes.flatMap((candidate) => {
    if (candidate.name === 'here') return [own];
    return [candidate === last ? { ...candidate, inputs: [own.name] } : candidate];
  });
  return {
    ...model,
    spec: { ...model.spec, nodes: nodes },
    weights: new Map([...model.weights, ...parameters]),
  };
}

const same = { parameters: {}, outputShape: [8, 8, 4] };

describe('what tfjs has no layer for is composed of layers that it has', () => {
  const activation = (attributes: NodeSpec<'activation'>['attributes']) => (input: string): NodeSpec => ({
    name: 'act', op: 'activation', inputs: [input], attributes, ...same,
  }); // prettier-ignore
  const names: readonly ActivationName[] = [
    'linear', 'relu', 'relu6', 'leakyRelu', 'elu', 'selu', 'sigmoid', 'hardSigmoid', 'hardSigmoid6', 'hardSwish', 'swish',
    'gelu', 'geluTanh', 'tanh', 'softplus', 'softsign', 'mish',
  ]; // prettier-ignore

  it.each<[string, (input: string) => NodeSpec]>([
    ...names.map((name) => [name, activation({ activation: name })] as [string, (input: string) => NodeSpec]),
    ['leaky ReLU of slope 0.05', activation({ activation: 'leakyRelu', alpha: 0.05 })],
    ['ELU of scale 0.4', activation({ activation: 'elu', alpha: 0.4 })],
    ['ReLU with slope, maximum and threshold', activation({ activation: 'relu', alpha: 0.1, maxValue: 1, threshold: 0.3 })],
    ['a sum of a node and itself', (input) => ({ name: 'double', op: 'add', inputs: [input, input], attributes: {}, ...same })],
    ['a difference', (input) => ({ name: 'minus', op: 'subtract', inputs: [input, 'image2'], attributes: {}, ...same })],
    ['a border of ones', (input) => ({ name: 'pad', op: 'pad', inputs: [input], attributes: { padding: { top: 1, bottom: 0, left: 2, right: 1 }, value: 1 }, parameters: {}, outputShape: [9, 11, 4] })],
    ['a normalisation', (input) => ({ name: 'norm', op: 'normalize', inputs: [input], attributes: { mean: [1, 2, 3, 4], variance: [1, 4, 9, 0.25] }, ...same })],
    ['a pooling that keeps its dimensions', (input) => ({ name: 'gap', op: 'globalAvgPool', inputs: [input], attributes: { keepDims: true }, parameters: {}, outputShape: [1, 1, 4] })],
    ['an average that counts its padding', (input) => ({ name: 'avg', op: 'avgPool', inputs: [input], attributes: { size: [3, 3], strides: [2, 2], padding: { top: 1, bottom: 1, left: 1, right: 1 }, countPadding: true }, parameters: {}, outputShape: [4, 4, 4] })],
  ])('%s', async (_, node) => {
    const model = await withNode((input) => {
      const made = node(input);
      return { ...made, inputs: made.inputs.map((name) => (name === 'image2' ? 'conv' : name)) };
    });
    const x = pictures([2, 8, 8, 3]);
    expect(await predictWithTfjs(write(model), x)).toBeAllClose(await predictOwn(model, x), { absolute: 2e-6 });
    x.dispose();
  }); // prettier-ignore

  it.each<[string, NodeSpec, readonly number[]]>([
    ['groups', { name: 'g', op: 'conv2d', inputs: ['conv'], attributes: { strides: [1, 1], dilations: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 }, groups: 2 }, parameters: { kernel: { name: 'g/kernel', shape: [3, 3, 2, 4], fileName: '' } }, outputShape: [8, 8, 4] }, [3, 3, 2, 4]],
    ['a dilated depthwise kernel', { name: 'g', op: 'depthwiseConv2d', inputs: ['conv'], attributes: { strides: [1, 1], dilations: [2, 2], padding: { top: 2, bottom: 2, left: 2, right: 2 } }, parameters: { kernel: { name: 'g/kernel', shape: [3, 3, 4, 1], fileName: '' } }, outputShape: [8, 8, 4] }, [3, 3, 4, 1]],
    ['symmetric padding of a stride', { name: 'g', op: 'conv2d', inputs: ['conv'], attributes: { strides: [2, 2], dilations: [1, 1], padding: { top: 1, bottom: 1, left: 1, right: 1 }, groups: 1 }, parameters: { kernel: { name: 'g/kernel', shape: [3, 3, 4, 4], fileName: '' } }, outputShape: [4, 4, 4] }, [3, 3, 4, 4]],
  ])('convolution with %s', async (_, node, shape) => {
    const rng = createRng(3);
    const kernel = Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () => rng.normal());
    const model = await withNode(() => node, new Map([['g/kernel', kernel]]));
    const x = pictures([2, 8, 8, 3]);
    expect(await predictWithTfjs(write(model), x)).toBeAllClose(await predictOwn(model, x), { absolute: 2e-6 });
    x.dispose();
  }); // prettier-ignore

  it('weight normalisation becomes one kernel: direction * gain / length', async () => {
    const { spec, weights } = await openModel(modelFiles(around(), shapes));
    const parameter = (name: string, shape: number[]) => ({ name, shape, fileName: name });
    const nodes = spec.nodes.map((node): NodeSpec => {
      if (node.op !== 'dense') return node;
      const parameters = {
        direction: parameter('v', [4, 3]),
        gain: parameter('g', [3]),
        bias: parameter('classes/bias', [3]),
      };
      return { ...node, op: 'weightNormDense', attributes: {}, parameters };
    });
    // Columns of length 2, 5 and 1.
    const direction = Float32Array.of(2, 3, 0, 0, 4, 0, 0, 0, 1, 0, 0, 0);
    const added = new Map([...weights, ['v', direction], ['g', Float32Array.of(4, 10, -3)]] as [
      string,
      Float32Array,
    ][]);
    const reopened = await openModel(write({ spec: { ...spec, nodes }, weights: added }));
    expect(reopened.weights.get('classes/kernel')).toBeAllClose([4, 6, 0, 0, 8, 0, 0, 0, -3, 0, 0, 0], { absolute: 0 });
  });

  it.each<[string, NodeSpec, string]>([
    ['an exponential', { name: 'exp', op: 'activation', inputs: ['conv'], attributes: { activation: 'exponential' }, ...same }, 'tfjs has no activation “exponential”'],
    ['a padded maximum of negative values', { name: 'max', op: 'maxPool', inputs: ['conv'], attributes: { size: [3, 3], strides: [2, 2], padding: { top: 1, bottom: 1, left: 1, right: 1 } }, parameters: {}, outputShape: [4, 4, 4] }, 'max cannot be written'],
  ])('but %s is refused', async (_, node, message) => {
    const model = await withNode(() => node);
    expect(() => write(model)).toThrow(message);
  }); // prettier-ignore
});

describe('several models in one file', () => {
  const opened = (seed: number) =>
    openModel(modelFiles(around(layer('ZeroPadding2D', 'border')), shapes, { weights: weightsOf(seed) }));
  const weightsOf = (seed: number): ReadonlyMap<string, Float32Array> => {
    const rng = createRng(seed);
    return new Map(Object.entries(shapes).map(([name, shape]) => [
      name, Float32Array.from({ length: shape.reduce((product, side) => product * side, 1) }, () => rng.normal()),
    ])); // prettier-ignore
  };

  it('gives softmax of the mixed logits, each part on pixels normalised in its own way', async () => {
    const [first, second] = [await opened(1), await opened(2)];
    const other = preprocessingPresets.imagenet;
    const files = writeLayersModel(
      [{ ...first, preprocessing }, { ...second, preprocessing: other }],
      { mixing: [0.3, 0.7], classes },
    ); // prettier-ignore
    const pixels = tf.tidy(() => tf.sigmoid(pictures([2, 8, 8, 3])));
    const [x, y] = [preprocessing, other].map(({ mean, std }) =>
      tf.tidy(() => tf.div<tf.Tensor4D>(tf.sub(pixels, tf.tensor1d([...mean])), tf.tensor1d([...std]))),
    );
    if (!x || !y) throw new Error('unreachable');
    const logits = (model: OpenedModel, input: tf.Tensor4D) =>
      forward(createNetwork(model.spec, model.weights), input, { batchNorm: 'running' }).logits;
    const expected = await tf
      .tidy(() => tf.softmax(tf.add(tf.mul(0.3, logits(first, x)), tf.mul(0.7, logits(second, y)))))
      .data();
    expect(await predictWithTfjs(files, x)).toBeAllClose(expected, { absolute: 2e-6 });
  });

  it('carries classes, preprocessing, resizing and further metadata, and is again a model of the studio', async () => {
    const part = { ...(await opened(1)), preprocessing };
    const files = writeLayersModel([part, part], {
      mixing: [0.5, 0.5],
      classes,
      resize: 9,
      metadata: { madeFor: 'tests' },
    });
    expect((await openModel(files)).metadata).toMatchObject({ classes, resize: 9 });
    const model = JSON.parse(new TextDecoder().decode(files[0]?.bytes)) as { userDefinedMetadata: unknown };
    expect(model.userDefinedMetadata).toEqual({
      classes, preprocessing: { scale: 1 / 255, mean: preprocessing.mean, std: preprocessing.std }, resize: 9, madeFor: 'tests',
    }); // prettier-ignore
  });

  it('refuses models of different input sizes', async () => {
    const [first, second] = [
      await opened(1),
      await openModel(modelFiles(sequential([image(9, 9), conv, pool, dense]), shapes)),
    ];
    const parts = [first, second].map((model) => ({ ...model, preprocessing }));
    expect(() => writeLayersModel(parts, { mixing: [0.5, 0.5], classes })).toThrow('cannot be combined into one file');
  });
});
