import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../shared/failure';
import { image, layer, modelFiles, sequential, type FixtureLayer, type Shapes } from '../../fixtures/kerasModel';
import { defaultZipLimits, unzip } from '../../zip';
import type { NodeSpec } from '../format';
import { openModel, storedTensors } from '../registry';

const conv = layer('Conv2D', 'conv', { filters: 4, kernel_size: [3, 3] });
const pool = layer('GlobalAveragePooling2D', 'pool');
const dense = layer('Dense', 'classes', { units: 3, activation: 'softmax' });
const shapes: Shapes = { 'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'classes/kernel': [4, 3], 'classes/bias': [3] };

/** An object as Keras 3 writes it. */
const object = (module: string, className: string, config: unknown) => ({
  module, class_name: className, config, registered_name: null,
}); // prettier-ignore

async function nodeOf(between: FixtureLayer, name: string, kerasVersion = '3.6.0'): Promise<NodeSpec | undefined> {
  const topology = sequential([image(8, 8), conv, between, pool, dense]);
  const { spec } = await openModel(modelFiles(topology, shapes, { kerasVersion }));
  return spec.nodes.find((node) => node.name === name);
}

describe('TFJS models with a topology of Keras 3', () => {
  it('are the network of the .keras file that they were converted from, whatever comes before the names', async () => {
    const path = join(import.meta.dirname, '../../fixtures/keras/keras3-counted.keras');
    const file = { path, bytes: new Uint8Array(readFileSync(path)) };
    const original = await openModel([file]);
    const config = (await unzip(file.bytes, path, defaultZipLimits)).find((inner) => inner.path === 'config.json');
    const topology = JSON.parse(new TextDecoder().decode(config?.bytes)) as FixtureLayer;
    const byFile = new Map((await storedTensors([file])).map((tensor) => [tensor.name, tensor]));
    const parameters = original.spec.nodes.flatMap(({ parameters: roles }) => Object.values(roles as Record<string, { name: string; fileName: string }>)); // prettier-ignore
    const named = parameters.map(({ name, fileName }) => ({
      name: `counted/${name.replace('separable_depthwise/', 'separable/')}`,
      shape: byFile.get(fileName)?.shape ?? [],
      values: original.weights.get(name) ?? new Float32Array(),
    }));
    const files = modelFiles(topology, Object.fromEntries(named.map(({ name, shape }) => [name, shape])), {
      kerasVersion: '3.6.0',
      weights: new Map(named.map(({ name, values }) => [name, values])),
    });
    const converted = await openModel(files);
    const withoutFiles = (nodes: readonly NodeSpec[]) =>
      JSON.parse(JSON.stringify(nodes, (key, value: unknown) => (key === 'fileName' ? undefined : value))) as unknown;
    expect(withoutFiles(converted.spec.nodes)).toEqual(withoutFiles(original.spec.nodes));
    expect(converted.weights).toEqual(original.weights);
    expect(converted.metadata.notes).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string, NodeSpec<'activation'>['attributes']]>([
    ['Activation', { activation: 'hard_sigmoid' }, '2.15.0', { activation: 'hardSigmoid' }],
    ['Activation', { activation: 'hard_sigmoid' }, '3.0.0', { activation: 'hardSigmoid6' }],
    ['Activation', { activation: object('keras.activations', 'function', 'silu') }, '3.6.0', { activation: 'swish' }],
    ['Activation', { activation: 'leaky_relu' }, '3.6.0', { activation: 'leakyRelu', alpha: 0.2 }],
    ['Activation', { activation: 'hard_silu' }, '3.6.0', { activation: 'hardSwish' }],
    ['Activation', { activation: 'gelu' }, '3.6.0', { activation: 'gelu' }],
    ['LeakyReLU', { negative_slope: 0.05 }, '3.6.0', { activation: 'leakyRelu', alpha: 0.05 }],
    ['LeakyReLU', {}, '3.6.0', { activation: 'leakyRelu', alpha: 0.3 }],
    ['ReLU', { max_value: null, negative_slope: 0, threshold: 0 }, '3.6.0', { activation: 'relu' }],
    ['ReLU', { max_value: null, negative_slope: 0, threshold: 0.5 }, '3.6.0', { activation: 'relu', threshold: 0.5 }],
    ['ReLU', { max_value: 6, negative_slope: 0.1, threshold: 0 }, '3.6.0', { activation: 'relu', maxValue: 6, alpha: 0.1 }],
    ['ELU', { alpha: 0.5 }, '3.6.0', { activation: 'elu', alpha: 0.5 }],
  ])('%s %j of Keras %s', async (className, config, version, attributes) => {
    const dtype = object('keras', 'DTypePolicy', { name: 'mixed_float16' });
    const node = await nodeOf(layer(className, 'between', { ...config, dtype }), 'between', version);
    expect(node?.attributes).toEqual(attributes);
  }); // prettier-ignore

  it.each<[string, object, string]>([
    ['a function of a package', { module: 'my_module', class_name: 'function', config: 'relu', registered_name: 'MyPackage>relu' }, '(MyPackage>relu)'],
    ['a function of the program itself', { module: 'builtins', class_name: 'function', config: 'swish', registered_name: 'function' }, '(builtins.swish)'],
    ['a layer of a package', { module: 'my_module', class_name: 'LeakyReLU', config: { name: 'q' }, registered_name: 'MyPackage>LeakyReLU' }, '(MyPackage>LeakyReLU)'],
    ['a layer of the program itself', { module: '__main__', class_name: 'ReLU', config: {}, registered_name: 'ReLU' }, '(__main__.ReLU)'],
    ['an object of no kind', object('keras', 'Other', 'relu'), 'uses the activation {"module":"keras"'],
  ])('does not take %s for an activation of Keras', async (_, activation, message) => {
    const opening = nodeOf(layer('Activation', 'between', { activation }), 'between');
    const failure = toFailure(await opening.catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'unsupported-layer', message: expect.stringContaining(message) as string });
  }); // prettier-ignore

  it.each<[string, string | null, string | null]>([
    ['keras.layers.ReLU', 'keras.layers', null],
    ['keras>ReLU', 'keras.src.layers', 'keras>ReLU'],
    ['tf_keras.src.layers.ReLU', 'tf_keras.src.layers', 'ReLU'],
  ])('takes %s for the layer of Keras', async (_, module, registered_name) => {
    const node = await nodeOf({ ...layer('ReLU', 'between'), ...{ module, registered_name } }, 'between');
    expect(node?.attributes).toEqual({ activation: 'relu' });
  });

  it.each<[string, string | null, string | null]>([
    ['__main__.ReLU', '__main__', 'ReLU'],
    ['keras_cv.layers>ReLU', 'keras_cv.layers', 'keras_cv.layers>ReLU'],
    ['keras_hub.src.layers.ReLU', 'keras_hub.src.layers', null],
  ])('does not take %s for the layer of Keras', async (name, module, registered_name) => {
    const opening = nodeOf({ ...layer('ReLU', 'between'), ...{ module, registered_name } }, 'between');
    const failure = toFailure(await opening.catch((error: unknown) => error));
    expect(failure.message).toContain(`not supported: ${name} (between)`);
  });

  it('keeps the two axes of a pooling with keepdims', async () => {
    const node = await nodeOf(layer('GlobalAveragePooling2D', 'kept', { keepdims: true }), 'kept');
    expect(node).toMatchObject({ attributes: { keepDims: true }, outputShape: [1, 1, 4] });
  });

  it('splits a convolution into groups: 4 channels in 2 groups have kernels of 2', async () => {
    const grouped = layer('Conv2D', 'grouped', { filters: 4, kernel_size: [1, 1], groups: 2, use_bias: false });
    const topology = sequential([image(8, 8), conv, grouped, pool, dense]);
    const { spec } = await openModel(modelFiles(topology, { ...shapes, 'sequential/grouped/kernel': [1, 1, 2, 4] }));
    expect(spec.nodes.find(({ name }) => name === 'grouped')?.attributes).toMatchObject({ groups: 2 });
  });

  it('takes the input size of a Sequential that found it out when it first ran', async () => {
    const topology = layer('Sequential', 'late', { layers: [conv, pool, dense], build_input_shape: [32, 9, 7, 3] });
    expect((await openModel(modelFiles(topology, shapes))).spec.nodes[0]?.outputShape).toEqual([9, 7, 3]);
  });

  it('finds an output under a name', async () => {
    const tensor = (name: string) => object('', '__keras_tensor__', { keras_history: [name, 0, 0] });
    const from = (value: FixtureLayer, name: string) => ({ ...value, inbound_nodes: [{ args: [tensor(name)], kwargs: {} }] }); // prettier-ignore
    const layers = [image(8, 8), from(conv, 'image'), from(pool, 'conv'), from(dense, 'pool')];
    const topology = layer('Functional', 'named', { layers, input_layers: { pixels: ['image', 0, 0] }, output_layers: { scores: ['classes', 0, 0] } }); // prettier-ignore
    expect((await openModel(modelFiles(topology, shapes))).spec.classifier).toBe('classes');
  });

  it.each<[string, unknown, string]>([
    ['always the statistics of the batch', [[['conv', 0, 0, { training: true }]]], 'bn is called with the argument training'],
    ['a second tensor', [{ args: [object('', '__keras_tensor__', { keras_history: ['conv', 0, 0] })], kwargs: { other: object('', '__keras_tensor__', {}) } }], 'bn is called with the argument other'],
  ])('refuses a layer that is called with %s', async (_, inbound_nodes, message) => {
    const bn = { ...layer('BatchNormalization', 'bn'), inbound_nodes };
    const topology = sequential([image(8, 8), conv, bn, pool, dense]);
    const failure = toFailure(await openModel(modelFiles(topology, shapes)).catch((error: unknown) => error));
    expect(failure.code).toBe('unsupported-layer');
    expect(failure.message).toContain(message);
  }); // prettier-ignore
});
