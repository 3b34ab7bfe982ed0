import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../shared/failure';
import {
  functional,
  image,
  layer,
  modelFiles,
  randomWeights,
  sequential,
  type FixtureLayer,
  type Shapes,
} from '../../fixtures/kerasModel';
import { openModel } from '../registry';

const conv = layer('Conv2D', 'conv', { filters: 4, kernel_size: 3 });
const pool = layer('GlobalAveragePooling2D', 'pool');
const dense = layer('Dense', 'classes', { units: 3, activation: 'softmax' });
const shapes: Shapes = { 'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'classes/kernel': [4, 3], 'classes/bias': [3] };
const norm: Shapes = { ...shapes, 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4], 'bn/moving_variance': [4] };

function around(...between: readonly FixtureLayer[]): FixtureLayer {
  return sequential([image(8, 8), conv, ...between, pool, dense]);
}

async function failureOf(topology: FixtureLayer, given: Shapes = shapes, weights = randomWeights(given)) {
  return toFailure(await openModel(modelFiles(topology, given, { weights })).catch((error: unknown) => error));
}

function nest(depth: number): FixtureLayer {
  return depth === 0 ? sequential([image(8, 8), conv, pool, dense]) : sequential([nest(depth - 1)], `level${depth}`);
}

const loop = functional(
  [
    image(8, 8),
    layer('Add', 'a', {}, ['image', 'b']),
    layer('ReLU', 'b', {}, ['a']),
    layer('Flatten', 'flat', {}, ['b']),
    layer('Dense', 'classes', { units: 3 }, ['flat']),
  ],
  'classes',
);

const twice = functional(
  [
    image(8, 8),
    {
      ...layer('Conv2D', 'conv', { filters: 3, kernel_size: 1 }),
      inbound_nodes: [[['image', 0, 0]], [['conv', 0, 0]]],
    },
    { ...layer('GlobalAveragePooling2D', 'pool'), inbound_nodes: [[['conv', 1, 0]]] },
    layer('Dense', 'classes', { units: 3 }, ['pool']),
  ],
  'classes',
);

describe('what cannot be used is refused with its reason', () => {
  it.each<[string, FixtureLayer, Shapes, string, string]>([
    ['all unknown layers at once', around(layer('Lambda', 'l1'), layer('LSTM', 'r1'), layer('LSTM', 'r2')), shapes, 'unsupported-layer', 'Lambda (l1), LSTM (r1, r2)'],
    ['classes that are called like object keys', around(layer('__proto__', 'x'), layer('constructor', 'y')), shapes, 'unsupported-layer', '__proto__ (x), constructor (y)'],
    ['an unknown activation', around(layer('Activation', 'a', { activation: 'maxout' })), shapes, 'unsupported-layer', 'uses the activation "maxout"'],
    ['channels first', sequential([image(8, 8), layer('Conv2D', 'conv', { filters: 4, kernel_size: 3, data_format: 'channels_first' }), pool, dense]), shapes, 'unsupported-layer', 'conv expects channels first'],
    ['flattening channels first', sequential([image(8, 8), conv, layer('Flatten', 'flat', { data_format: 'channels_first' }), dense]), shapes, 'unsupported-layer', 'flat expects channels first'],
    ['resizing channels first', around(layer('Resizing', 'sized', { height: 6, width: 6, data_format: 'channels_first' })), shapes, 'unsupported-layer', 'sized expects channels first'],
    ['bilinear upsampling of Keras', around(layer('UpSampling2D', 'up', { interpolation: 'bilinear' })), shapes, 'unsupported-layer', 'up (UpSampling2D) interpolates “bilinear” in the way of Keras'],
    ['exchanged axes', around(layer('Permute', 'turned', { dims: [2, 1, 3] })), shapes, 'unsupported-layer', 'exchanges axes'],
    ['a permutation of other axes', around(layer('Permute', 'turned', { dims: [1, 2] })), shapes, 'unsupported-layer', 'exchanges axes'],
    ['a shape without end', around(layer('Reshape', 'r', { target_shape: new Array(10_000).fill(7) })), shapes, 'unsupported-layer', 'r (Reshape) makes [7, 7,'],
    ['a scaling of each row', around(layer('Rescaling', 'rows', { scale: [[[1]], [[2]], [[3]], [[4]]] })), shapes, 'unsupported-layer', 'one positive number each'],
    ['more scales than channels', around(layer('Rescaling', 'many', { scale: [1, 2, 3, 4, 5] })), shapes, 'unsupported-layer', 'one positive number each'],
    ['LoRA that was not added', around(), { ...shapes, 'classes/lora_kernel_a': [4, 2], 'classes/lora_kernel_b': [2, 3] }, 'unsupported-layer', 'classes (Dense) keeps what LoRA added apart'],
    ['batch norm over another axis', around(layer('BatchNormalization', 'bn', { axis: 1 })), norm, 'unsupported-layer', 'normalises along axis 1'],
    ['joining along another axis', around(layer('Concatenate', 'c', { axis: 1 })), shapes, 'unsupported-layer', 'joins along axis 1'],
    ['weights used at two places', twice, { 'conv/kernel': [1, 1, 3, 3], 'conv/bias': [3], 'classes/kernel': [3, 3], 'classes/bias': [3] }, 'unsupported-layer', 'conv is used at several places'],
    ['strides with a dilation', sequential([image(8, 8), layer('Conv2D', 'conv', { filters: 4, kernel_size: 3, strides: 2, dilation_rate: 2 }), pool, dense]), shapes, 'unsupported-layer', 'both strides and a dilation'],
    ['a layer with a long name', around(layer('ReLU', 'L'.repeat(50_000))), shapes, 'bad-model', 'has a name of 50000 characters (LLLL'],
    ['a class with a long name', around(layer('Fancy'.repeat(10_000), 'f')), shapes, 'bad-model', 'has a name of 50000 characters (Fancy'],
    ['a graph with a loop', loop, {}, 'bad-model', 'loop through the layer'],
    ['a reference to nothing', functional([image(8, 8), layer('ReLU', 'r', {}, ['ghost'])], 'r'), {}, 'bad-model', 'refers to a layer ghost'],
    ['a weight of another shape', around(), { ...shapes, 'conv/kernel': [5, 5, 3, 4] }, 'bad-model', 'conv should have a kernel of shape [3, 3, 3, 4], but the file holds [5, 5, 3, 4]'],
    ['a layer without its weight', around(), { 'conv/kernel': [3, 3, 3, 4], 'classes/kernel': [4, 3], 'classes/bias': [3] }, 'bad-model', 'conv has no weight “bias”'],
    ['no classifier', sequential([image(8, 8), conv, pool]), shapes, 'bad-model', 'No classifier was found: the model ends in pool'],
    ['a single sigmoid output', sequential([image(8, 8), conv, pool, layer('Dense', 'classes', { units: 1, activation: 'sigmoid' })]), { ...shapes, 'classes/kernel': [4, 1], 'classes/bias': [1] }, 'bad-model', 'gives a single number'],
    ['an input that is no image', sequential([layer('Dense', 'classes', { units: 3, batch_input_shape: [null, 4] })]), { 'classes/kernel': [4, 3], 'classes/bias': [3] }, 'bad-model', 'takes a list of values'],
    ['an input of four channels', sequential([image(8, 8, 4), conv, pool, dense]), shapes, 'bad-model', 'has 4 channels'],
    ['an input too small for the network', sequential([image(2, 2), conv, pool, dense]), shapes, 'bad-model', 'input is too small'],
    ['an allocation bomb', around(layer('UpSampling2D', 'up', { size: 100000 })), shapes, 'too-large', 'too large at the layer up'],
    ['models nested too deep', nest(40), shapes, 'bad-model', 'more than 32 deep'],
  ])('%s', async (_, topology, given, code, message) => {
    const failure = await failureOf(topology, given);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.message.length).toBeLessThan(400);
    expect(failure.remedy.length).toBeGreaterThan(10);
  }); // prettier-ignore

  it('a negative variance', async () => {
    const weights = new Map(randomWeights(norm));
    weights.set('bn/moving_variance', Float32Array.of(1, -0.1, 1, 1));
    const failure = await failureOf(around(layer('BatchNormalization', 'bn')), norm, weights);
    expect(failure).toMatchObject({
      code: 'bad-model',
      message: expect.stringContaining('bn/moving_variance is negative') as string,
    });
  });

  it('but channels first of a single pixel is the same', async () => {
    const first = layer('Flatten', 'flat', { data_format: 'channels_first' });
    const pixel = sequential([image(3, 3), conv, first, dense]);
    expect((await openModel(modelFiles(pixel, shapes))).spec.nodes.find(({ name }) => name === 'flat')?.outputShape).toEqual([4]);
  }); // prettier-ignore

  it('but models nested 30 deep are read', async () => {
    expect((await openModel(modelFiles(nest(30), shapes))).spec.classCount).toBe(3);
  });
});
