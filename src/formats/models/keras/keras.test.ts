import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../shared/failure';
import { unzip, defaultZipLimits } from '../../zip';
import type { FileBytes, NodeSpec } from '../format';
import { openModel, rewriteModel, storedTensors } from '../registry';
import { snakeCase } from './countedWeights';

/** Files that h5py wrote as Keras does (makeKerasFiles.py), and the number that each of their weights begins with. */
const folder = join(import.meta.dirname, '../../fixtures/keras');
const expected = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Record<string, Record<string, number>>; // prettier-ignore

const fixture = (name: string): FileBytes => ({ path: name, bytes: new Uint8Array(readFileSync(join(folder, name))) });

const failureOf = async (files: readonly FileBytes[]) =>
  toFailure(await openModel(files).catch((error: unknown) => error));

/** What a weight of the fixtures holds: its number, then a thousandth more each. */
const numbered = (first: number, length: number) => Float32Array.from({ length }, (_, index) => first + index / 1000);

describe('Keras files', () => {
  it('are all covered here', () => {
    const refused = ['indexed.h5', 'misplaced.keras', 'theano.h5', 'weights-only.h5'];
    const files = readdirSync(folder).filter((name) => name !== 'expected.json');
    expect([...Object.keys(expected), ...refused].toSorted()).toEqual(files.toSorted());
  });

  it.each(Object.keys(expected))('%s: every layer finds its own weights', async (name) => {
    const { weights, metadata } = await openModel([fixture(name)]);
    expect([...weights.keys()].toSorted()).toEqual(Object.keys(expected[name] ?? {}).toSorted());
    for (const [parameter, first] of Object.entries(expected[name] ?? {})) {
      const values = weights.get(parameter) ?? new Float32Array();
      expect(values).toBeAllClose(numbered(first, values.length), { absolute: 1e-5 });
    }
    expect(metadata.notes).toEqual([]);
  });

  it('keeps the options of batch norm and the names of the head', async () => {
    const { spec, metadata } = await openModel([fixture('keras2-split.h5')]);
    const norm = spec.nodes.find((node): node is NodeSpec<'batchNorm'> => node.op === 'batchNorm');
    expect(norm?.attributes).toEqual({ epsilon: 0.002, momentum: 0.9, unbiasedRunningVariance: false });
    expect(spec).toMatchObject({ classifier: 'dense', features: 'flatten', classCount: 3 });
    expect(metadata).toMatchObject({ format: 'Keras HDF5, Keras 2.15.0', classes: null, preprocessing: null });
  });

  it('reads the options of Keras 1: a stride of 2 makes 3x3 pixels of 6x6', async () => {
    const { spec } = await openModel([fixture('keras1.h5')]);
    expect(spec.nodes.map(({ name, op, outputShape }) => [name, op, outputShape])).toEqual([
      ['input', 'input', [6, 6, 3]],
      ['convolution2d_1', 'conv2d', [3, 3, 4]],
      ['convolution2d_1_activation', 'activation', [3, 3, 4]],
      ['batchnormalization_1', 'batchNorm', [3, 3, 4]],
      ['maxpooling2d_1', 'maxPool', [1, 1, 4]],
      ['flatten_1', 'flatten', [4]],
      ['dense_1', 'dense', [3]],
      ['dense_1_activation', 'softmax', [3]],
    ]);
  });

  it('connects nested models, and operations as if they were layers', async () => {
    const { spec } = await openModel([fixture('keras3-counted.keras')]);
    const inputs = (name: string) => spec.nodes.find((node) => node.name === name)?.inputs;
    expect(inputs('add_op')).toEqual(['conv2d_59', 'conv2d_70']);
    expect(inputs('conv2d')).toEqual(['no_scale']);
    expect(inputs('join')).toEqual(['conv2d', 'no_scale']);
    expect(inputs('separable_depthwise')).toEqual(['join']);
    expect(inputs('dropout_3')).toEqual(['head_norm']);
  });

  it('are recognised by content: HDF5 in a .keras, a .keras that was unpacked into a folder', async () => {
    const { bytes } = fixture('keras2-nested.h5');
    expect((await openModel([{ path: 'model.keras', bytes }])).spec.classCount).toBe(3);
    const whole = await openModel([fixture('keras3-counted.keras')]);
    const archive = await unzip(fixture('keras3-counted.keras').bytes, 'a', defaultZipLimits);
    const loose = archive.map((file) => ({ ...file, path: `my model/${file.path}` }));
    expect((await openModel(loose)).weights).toEqual(whole.weights);
  });

  it('are two models when two are dropped, and not the layers of one with the weights of the other', async () => {
    const failure = await failureOf([fixture('keras2-13.keras'), fixture('keras3-counted.keras')]);
    expect(failure.message).toMatch(/There are 2 models in the drop: keras2-13\.keras: .*, keras3-counted\.keras: /);
  });

  it.each<[string, string, string, string]>([
    ['weights-only.h5', 'unsupported-format', 'weights-only.h5 holds the weights of a Keras model without its layers', 'model.load_weights("weights-only.h5"), then model.save("model.keras")'],
    ['misplaced.keras', 'bad-model', 'conv2d (Conv2D) finds the weights of conv2d_1 at its place', 'Save the model again'],
    ['theano.h5', 'unsupported-format', 'trained with Theano', 'Load the model in Keras 2'],
    ['indexed.h5', 'unsupported-format', 'keeps the names of a large group in the way of new HDF5 versions', 'save it again'],
  ])('%s is refused with its reason and the way out', async (name, code, message, remedy) => {
    const failure = await failureOf([fixture(name)]);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.remedy).toContain(remedy);
  }); // prettier-ignore

  it('refuses the weights of a .keras on their own', async () => {
    const files = await unzip(fixture('keras2-13.keras').bytes, 'a', defaultZipLimits);
    const weights = files.filter(({ path }) => path === 'model.weights.h5');
    expect((await failureOf(weights)).message).toContain('without its layers');
  });

  it.each([
    ['Conv2D', 'conv2d'],
    ['DepthwiseConv2D', 'depthwise_conv2d'],
    ['BatchNormalization', 'batch_normalization'],
    ['GlobalAveragePooling2D', 'global_average_pooling2d'],
    ['PReLU', 'p_re_lu'],
    ['LeakyReLU', 'leaky_re_lu'],
  ])('calls %s %s, as Keras does', (className, name) => {
    expect(snakeCase(className)).toBe(name);
  });
});

describe('.keras files whose parts do not fit', () => {
  /** An archive with its config changed by replacing text. */
  async function changed(name: string, change: (config: string) => string): Promise<FileBytes> {
    const files = await unzip(fixture(name).bytes, 'a', defaultZipLimits);
    const entries = files.map(({ path, bytes }): [string, Uint8Array] => [
      path,
      path === 'config.json' ? new TextEncoder().encode(change(new TextDecoder().decode(bytes))) : bytes,
    ]);
    return { path: 'm.keras', bytes: zipSync(Object.fromEntries(entries)) };
  }
  const layerNamed = (config: string, name: string) => {
    const model = JSON.parse(config) as { config: { layers: { config: Record<string, unknown> }[] } };
    const found = model.config.layers.find((layer) => layer.config['name'] === name) as Record<string, unknown>;
    return { model, layer: found, options: found['config'] as Record<string, unknown> };
  };

  it.each<[string, string, (config: string) => string, string, string]>([
    ['another number of weights', 'keras2-13.keras', (config) => config.replace('"use_bias": true', '"use_bias": false'), 'bad-model', 'conv2d (Conv2D) should have 1 weights, but _layer_checkpoint_dependencies/conv2d holds 2'],
    ['a layer that the file has no place for', 'keras3-counted.keras', (config) => config.replaceAll('"class_name": "PReLU"', '"class_name": "Conv2D"'), 'bad-model', 'slope'],
    ['a class of their own with the name of a layer', 'keras3-counted.keras', (config) => { const { model, layer } = layerNamed(config, 'depth'); layer['registered_name'] = 'mine>DepthwiseConv2D'; return JSON.stringify(model); }, 'unsupported-layer', 'mine>DepthwiseConv2D (depth)'],
    ['a Lambda layer', 'keras3-counted.keras', (config) => config.replace('"class_name": "Dropout"', '"class_name": "Lambda"'), 'unsupported-layer', 'Lambda (dropout_3)'],
    ['an operation that is no layer', 'keras3-counted.keras', (config) => config.replace('"class_name": "Add"', '"class_name": "Roll"'), 'unsupported-layer', 'ops.Roll (add_op)'],
    ['a constant in an operation', 'keras3-counted.keras', (config) => { const { model, layer } = layerNamed(config, 'add_op'); (layer['inbound_nodes'] as { args: unknown[] }[])[0]?.args.splice(1, 1, 2.5); return JSON.stringify(model); }, 'unsupported-layer', 'add_op is called with the argument 2.5'],
    ['batch norm that always uses the batch', 'keras3-counted.keras', (config) => { const { model, layer } = layerNamed(config, 'no_scale'); (layer['inbound_nodes'] as { kwargs: object }[])[0]!.kwargs = { training: true }; return JSON.stringify(model); }, 'unsupported-layer', 'no_scale is called with the argument training'],
    ['damaged JSON', 'keras2-13.keras', (config) => config.slice(0, 200), 'damaged-file', 'config.json'],
    ['no object', 'keras2-13.keras', () => '[]', 'damaged-file', 'config.json does not describe a model'],
    ['layers nested without end', 'keras2-13.keras', () => `${'{"class_name":"Sequential","config":{"layers":['.repeat(5000)}${']}}'.repeat(5000)}`, 'bad-model', 'nested more than 512 deep'],
  ])('%s', async (_, name, change, code, message) => {
    const failure = await failureOf([await changed(name, change)]);
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.remedy.length).toBeGreaterThan(10);
  }); // prettier-ignore

  it('ignores names that JavaScript gives a meaning', async () => {
    const polluted = await changed('keras2-13.keras', (config) => config.replace('{', '{"__proto__": {"polluted": true}, "constructor": 1,')); // prettier-ignore
    expect((await openModel([polluted])).spec.classCount).toBe(3);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('adapted weights go back where they came from', () => {
  const writable = Object.keys(expected).filter((name) => name !== 'gzip.h5');

  it.each(writable)('%s: all other bytes stay', async (name) => {
    const file = fixture(name);
    const model = await openModel([file]);
    const weights = new Map([...model.weights].map(([key, values]) => [key, values.map((value) => 2 * value + 1)]));
    const { files, losses } = await rewriteModel([file], { spec: model.spec, weights });
    expect(losses).toEqual([]);
    expect((await openModel(files)).weights).toEqual(weights);
    const [before, after] = [await contents(file), await contents(files[0] ?? file)];
    expect(after.map(({ path, bytes }) => [path, bytes.length])).toEqual(before.map(({ path, bytes }) => [path, bytes.length])); // prettier-ignore
    const own = new Set(
      (await storedTensors([file])).flatMap(({ pieces }) =>
        pieces.flatMap(({ offset, length }) => Array.from({ length }, (_, at) => offset + at)),
      ),
    );
    for (const [at, { path, bytes }] of before.entries()) {
      const holdsTensors = path.endsWith('.h5');
      const differing = [...bytes.keys()].filter((byte) => bytes[byte] !== after[at]?.bytes[byte]);
      expect(differing.every((byte) => holdsTensors && own.has(byte))).toBe(true);
      expect(differing.length > 0).toBe(holdsTensors);
    }
  });

  /** The file itself, or what is in its archive. */
  const contents = async (file: FileBytes): Promise<readonly FileBytes[]> =>
    file.path.endsWith('.keras') ? unzip(file.bytes, file.path, defaultZipLimits) : [file];

  it('gzip.h5: compressed weights are read, and refused only when they would be written', async () => {
    const file = fixture('gzip.h5');
    const model = await openModel([file]);
    expect((await storedTensors([file])).map(({ readOnly }) => readOnly ?? 'plain')).toContain('compressed');
    const failure = toFailure(await rewriteModel([file], model).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'unsupported-format' });
    expect(failure.message).toContain('it keeps conv2d/conv2d/kernel:0 compressed');
  });
});
