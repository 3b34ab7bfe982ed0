import { describe, expect, it } from 'vitest';
import {
  functional,
  image,
  jsonFile,
  layer,
  modelFiles,
  randomWeights,
  sequential,
  type Shapes,
} from '../../fixtures/kerasModel';
import type { NodeSpec } from '../format';
import { openModel } from '../registry';

const dense = layer('Dense', 'classes', { units: 3, activation: 'softmax' });
const denseShapes = { 'classes/kernel': [4, 3], 'classes/bias': [3] };
const convConfig = { filters: 4, kernel_size: [3, 3], padding: 'same', activation: 'relu' };
const conv = layer('Conv2D', 'conv', convConfig);
const convShapes = { 'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4] };
const pool = layer('GlobalAveragePooling2D', 'pool');

/** A network of convolution, any layers in between, pooling and classifier. */
function around(...between: readonly ReturnType<typeof layer>[]) {
  return sequential([image(8, 8), conv, ...between, pool, dense]);
}

const tinyShapes: Shapes = { ...convShapes, ...denseShapes };
const tiny = modelFiles(around(), tinyShapes);

async function nodeOf(topology: ReturnType<typeof layer>, shapes: Shapes, name: string, kerasVersion = '2.15.0') {
  const { spec } = await openModel(modelFiles(topology, shapes, { kerasVersion }));
  const node = spec.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`${name} is not among ${spec.nodes.map((candidate) => candidate.name).join()}`);
  return node;
}

describe('reading a LayersModel', () => {
  it('makes nodes of layers and of the activations in them, and finds the head', async () => {
    const { spec, weights } = await openModel(tiny);
    expect(spec.nodes.map(({ name, op, outputShape }) => [name, op, outputShape])).toEqual([
      ['image', 'input', [8, 8, 3]],
      ['conv', 'conv2d', [8, 8, 4]],
      ['conv_activation', 'activation', [8, 8, 4]],
      ['pool', 'globalAvgPool', [4]],
      ['classes', 'dense', [3]],
      ['classes_activation', 'softmax', [3]],
    ]);
    expect(spec).toMatchObject({
      input: 'image',
      classifier: 'classes',
      features: 'pool',
      bottleneck: [],
      classCount: 3,
    });
    expect(weights.get('conv/kernel')).toEqual(randomWeights(tinyShapes).get('conv/kernel'));
  });

  it('finds the bottleneck: what has weights between the last image and the classifier', async () => {
    const bottleneck = [layer('Dense', 'fc', { units: 4 }), layer('BatchNormalization', 'bn', { axis: [1] })];
    const topology = sequential([
      image(8, 8),
      conv,
      layer('Flatten', 'flat'),
      ...bottleneck,
      layer('Dropout', 'drop'),
      dense,
    ]);
    const norm = { 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4], 'bn/moving_variance': [4] };
    const shapes = { ...tinyShapes, 'fc/kernel': [256, 4], 'fc/bias': [4], ...norm };
    const { spec } = await openModel(modelFiles(topology, shapes));
    expect(spec).toMatchObject({ bottleneck: ['fc', 'bn'], features: 'drop', classifier: 'classes' });
  });

  it('takes a 1x1 convolution over one pixel as the classifier, as MobileNet has it', async () => {
    const topology = sequential([
      image(8, 8), conv, pool,
      layer('Reshape', 'pixel', { target_shape: [1, 1, -1] }),
      layer('Conv2D', 'preds', { filters: 3, kernel_size: 1 }),
      layer('Reshape', 'flat', { target_shape: [3] }),
      layer('Activation', 'softmax', { activation: 'softmax' }),
    ]); // prettier-ignore
    const { spec } = await openModel(
      modelFiles(topology, { ...convShapes, 'preds/kernel': [1, 1, 4, 3], 'preds/bias': [3] }),
    );
    expect(spec).toMatchObject({ classifier: 'preds', features: 'pixel', classCount: 3 });
  });

  it.each<[number, number, number, readonly number[], number]>([
    // size, kernel, stride, [before, after], output: total = (ceil(size / stride) - 1) * stride + kernel - size
    [8, 3, 2, [0, 1], 4],
    [7, 3, 2, [1, 1], 4],
    [8, 3, 1, [1, 1], 8],
    [8, 2, 2, [0, 0], 4],
    [9, 5, 3, [1, 1], 3],
  ])(
    'resolves same padding of %i pixels, kernel %i, stride %i to %j',
    async (size, kernel, stride, [before, after], output) => {
      const topology = sequential([
      image(size, size), layer('Conv2D', 'conv', { ...convConfig, kernel_size: kernel, strides: stride }), pool, dense,
    ]); // prettier-ignore
      const node = await nodeOf(topology, { ...tinyShapes, 'conv/kernel': [kernel, kernel, 3, 4] }, 'conv');
      expect(node.attributes).toMatchObject({ padding: { top: before, bottom: after, left: before, right: after } });
      expect(node.outputShape).toEqual([output, output, 4]);
    },
  );

  it('widens the padding for a dilation: 3 pixels apart by 2 cover 5', async () => {
    const topology = sequential([
      image(8, 8),
      layer('Conv2D', 'conv', { ...convConfig, dilation_rate: 2 }),
      pool,
      dense,
    ]);
    const node = await nodeOf(topology, tinyShapes, 'conv');
    expect(node.attributes).toMatchObject({ padding: { top: 2, bottom: 2, left: 2, right: 2 }, dilations: [2, 2] });
  });

  it('splits a separable convolution into its two halves', async () => {
    const topology = sequential([image(8, 8), layer('SeparableConv2D', 'sep', convConfig), pool, dense]);
    const shapes = {
      ...denseShapes,
      'sep/depthwise_kernel': [3, 3, 3, 1],
      'sep/pointwise_kernel': [1, 1, 3, 4],
      'sep/bias': [4],
    };
    const { spec } = await openModel(modelFiles(topology, shapes));
    expect(spec.nodes.slice(1, 4).map(({ name, op }) => [name, op])).toEqual([
      ['sep_depthwise', 'depthwiseConv2d'],
      ['sep', 'conv2d'],
      ['sep_activation', 'activation'],
    ]);
  });

  it.each<[string, Record<string, unknown>, string, NodeSpec<'activation'>['attributes']]>([
    ['ReLU', { max_value: 6 }, '2.15.0', { activation: 'relu6' }],
    ['ReLU', { max_value: 4, negative_slope: 0.1, threshold: 1 }, '2.15.0', { activation: 'relu', maxValue: 4, alpha: 0.1, threshold: 1 }],
    ['ReLU', { negative_slope: 0.2 }, '2.15.0', { activation: 'leakyRelu', alpha: 0.2 }],
    ['LeakyReLU', { alpha: 0.1 }, '2.15.0', { activation: 'leakyRelu', alpha: 0.1 }],
    ['LeakyReLU', { negative_slope: 0.01 }, '3.3.0', { activation: 'leakyRelu', alpha: 0.01 }],
    ['ELU', {}, '2.15.0', { activation: 'elu', alpha: 1 }],
    ['Activation', { activation: 'hard_sigmoid' }, '2.15.0', { activation: 'hardSigmoid' }],
    ['Activation', { activation: 'hard_sigmoid' }, '3.3.0', { activation: 'hardSigmoid6' }],
    ['Activation', { activation: 'silu' }, '3.3.0', { activation: 'swish' }],
    ['Activation', { activation: { class_name: 'LeakyReLU', config: { negative_slope: 0.3 } } }, '3.3.0', { activation: 'leakyRelu', alpha: 0.3 }],
  ])('reads %s %j of Keras %s', async (className, config, version, attributes) => {
    const node = await nodeOf(around(layer(className, 'act', config)), tinyShapes, 'act', version);
    expect(node).toMatchObject({ op: 'activation' });
    expect(node.attributes).toEqual(attributes);
  }); // prettier-ignore

  it('keeps batch norm without scale and center, with its own epsilon and momentum', async () => {
    const norm = layer('BatchNormalization', 'bn', {
      axis: [3],
      scale: false,
      center: false,
      epsilon: 1e-5,
      momentum: 0.9,
    });
    const shapes = { ...tinyShapes, 'bn/moving_mean': [4], 'bn/moving_variance': [4] };
    const node = await nodeOf(around(norm), shapes, 'bn');
    expect(node.attributes).toEqual({ epsilon: 1e-5, momentum: 0.9, unbiasedRunningVariance: false });
    expect(Object.keys(node.parameters)).toEqual(['runningMean', 'runningVariance']);
  });

  it('reads models in models, with the same layer names in two of them', async () => {
    const part = (name: string) =>
      functional([image(8, 8), layer('Conv2D', 'conv', convConfig, ['image'])], 'conv', name);
    const nested = { ...part('a'), inbound_nodes: [[['image', 0, 0, {}]]] };
    const second = layer('Sequential', 'b', { layers: [layer('Conv2D', 'conv', convConfig)] }, ['a']);
    // Keras counts the calls of a nested model from 1.
    const topology = functional(
      [image(8, 8), nested, { ...second, inbound_nodes: [[['a', 1, 0, {}]]] }, layer('GlobalAveragePooling2D', 'pool', {}, ['b']), layer('Dense', 'classes', { units: 3 }, ['pool'])],
      'classes',
    ); // prettier-ignore
    const shapes = {
      'a/conv/kernel': [3, 3, 3, 4], 'a/conv/bias': [4], 'b/conv/kernel': [3, 3, 4, 4], 'b/conv/bias': [4], ...denseShapes,
    }; // prettier-ignore
    const { spec, weights } = await openModel(modelFiles(topology, shapes));
    expect(spec.nodes.map(({ name }) => name)).toEqual([
      'image', 'conv', 'conv_activation', 'tiny/b/conv', 'tiny/b/conv_activation', 'pool', 'classes',
    ]); // prettier-ignore
    expect(weights.get('tiny/b/conv/kernel')).toHaveLength(3 * 3 * 4 * 4);
  });

  it('reads the topology of Keras 3', async () => {
    const tensor = (name: string) => ({ class_name: '__keras_tensor__', config: { shape: [null], dtype: 'float32', keras_history: [name, 0, 0] } });
    const keras3 = (className: string, name: string, config: object, ...from: string[]) => ({
      ...layer(className, name, { ...config, dtype: { class_name: 'DTypePolicy', config: { name: 'float32' } } }),
      module: 'keras.layers',
      inbound_nodes: from.length === 0 ? [] : [{ args: from.length === 1 ? [tensor(from[0] ?? '')] : [from.map(tensor)], kwargs: {} }],
    });
    const layers = [
      keras3('InputLayer', 'image', { batch_shape: [null, 8, 8, 3] }),
      keras3('Conv2D', 'conv', convConfig, 'image'),
      keras3('DepthwiseConv2D', 'depth', { kernel_size: 3, padding: 'same' }, 'conv'),
      keras3('Add', 'add', {}, 'conv', 'depth'),
      keras3('GlobalAveragePooling2D', 'pool', {}, 'add'),
      keras3('Dense', 'classes', { units: 3 }, 'pool'),
    ];
    const topology = layer('Functional', 'three', { layers, input_layers: ['image', 0, 0], output_layers: ['classes', 0, 0] });
    const shapes = {
      'three/conv/kernel': [3, 3, 3, 4], 'three/conv/bias': [4], 'three/depth/kernel': [3, 3, 4, 1], 'three/depth/bias': [4],
      'three/classes/kernel': [4, 3], 'three/classes/bias': [3],
    }; // prettier-ignore
    const { spec } = await openModel(modelFiles(topology, shapes, { kerasVersion: '3.6.0' }));
    expect(spec.nodes.find(({ name }) => name === 'add')?.inputs).toEqual(['conv_activation', 'depth']);
    expect(spec.classCount).toBe(3);
  }); // prettier-ignore

  it('uses 224 pixels where the file leaves the size open, and says so', async () => {
    const { spec, metadata } = await openModel(
      modelFiles(sequential([image(null, null), conv, pool, dense]), tinyShapes),
    );
    expect(spec.nodes[0]?.outputShape).toEqual([224, 224, 3]);
    expect(metadata.notes.join()).toContain('224 x 224 is used');
  });

  it('lets augmentation do nothing and says so', async () => {
    const { spec, metadata } = await openModel(modelFiles(around(layer('RandomFlip', 'flip')), tinyShapes));
    expect(spec.nodes.find(({ name }) => name === 'flip')?.op).toBe('identity');
    expect(metadata.notes.join()).toContain('RandomFlip layers do nothing here');
  });

  it('keeps a scaling of the pixels in the network', async () => {
    const topology = sequential([
      image(8, 8),
      layer('Rescaling', 'scale', { scale: 1 / 127.5, offset: -1 }),
      conv,
      pool,
      dense,
    ]);
    expect((await nodeOf(topology, tinyShapes, 'scale')).attributes).toEqual({ scale: 1 / 127.5, offset: -1 });
  });

  it('uses a layer without weights at several places', async () => {
    const relu = { ...layer('ReLU', 'relu'), inbound_nodes: [[['a', 0, 0, {}]], [['b', 0, 0, {}]]] };
    const plain = { ...convConfig, activation: 'linear' };
    const layers = [
      image(8, 8), layer('Conv2D', 'a', plain, ['image']), relu,
      { ...layer('Conv2D', 'b', { ...plain }), inbound_nodes: [[['relu', 0, 0, {}]]] },
      { ...layer('GlobalAveragePooling2D', 'pool'), inbound_nodes: [[['relu', 1, 0, {}]]] },
      layer('Dense', 'classes', { units: 3 }, ['pool']),
    ]; // prettier-ignore
    const shapes = { 'a/kernel': [3, 3, 3, 4], 'a/bias': [4], 'b/kernel': [3, 3, 4, 4], 'b/bias': [4], ...denseShapes };
    const { spec } = await openModel(modelFiles(functional(layers, 'classes'), shapes));
    expect(spec.nodes.map(({ inputs }) => inputs[0])).toEqual([
      undefined,
      'image',
      'a',
      'relu',
      'b',
      'tiny/relu',
      'pool',
    ]);
  });
});

describe('metadata', () => {
  const withMetadata = (userDefinedMetadata: unknown) =>
    openModel(modelFiles(around(), tinyShapes, { extra: { userDefinedMetadata } }));

  it('takes classes, preprocessing and resizing from the file', async () => {
    const { metadata } = await withMetadata({
      classes: ['a', 'b', 'c'],
      preprocessing: { scale: 1 / 255, mean: [0.45, 0.45, 0.45], std: [0.25, 0.25, 0.25] },
      evaluation: 'centre crop 63 of 72',
    });
    expect(metadata).toMatchObject({ classes: ['a', 'b', 'c'], resize: 72, preprocessing: { preset: 'own' } });
    expect(metadata.preprocessing?.mean).toBeAllClose([0.45, 0.45, 0.45], { absolute: 1e-12 });
  });

  it('knows presets by their numbers: (value * 1/127.5 - 1) / 1 is -1 to 1', async () => {
    const { metadata } = await withMetadata({ preprocessing: { scale: 1 / 127.5, mean: 1, std: 1 }, resize: [9, 9] });
    expect(metadata).toMatchObject({ preprocessing: { preset: 'minus1to1', std: [0.5, 0.5, 0.5] }, resize: 9 });
  });

  it('leaves out class names that do not fit the outputs, and says so', async () => {
    const { metadata } = await withMetadata({ classes: ['a', 'b'] });
    expect(metadata.classes).toBeNull();
    expect(metadata.notes.join()).toContain('names 2 classes but the model has 3 outputs');
  });

  it('takes the labels of Teachable Machine, whose models want -1 to 1', async () => {
    const companion = jsonFile('metadata.json', { tmVersion: '2.4.4', labels: ['x', 'y', 'z'] });
    const { metadata } = await openModel([...tiny, companion]);
    expect(metadata).toMatchObject({
      format: 'TFJS LayersModel (Teachable Machine)', classes: ['x', 'y', 'z'], preprocessing: { preset: 'minus1to1' },
    }); // prettier-ignore
  });
});
