import { modelFilesOf } from '../tests/models/files';
import { readRealModel, realModelsAreHere } from '../tests/models/folder';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { image, jsonFile, layer, modelFiles, sequential, type Shapes } from '../formats/fixtures/kerasModel';
import type { FileBytes, OpenedModel, Weights } from '../formats/models/format';
import { preprocessingPresets } from '../formats/models/metadata';
import type { OpenOptions } from '../formats/models/modelFormat';
import { openModel } from '../formats/models/registry';
import { forward } from '../networks/forward';
import { createNetwork, disposeNetwork } from '../networks/network';
import { exportForms } from '../shared/exportForm';
import { toFailure } from '../shared/failure';
import { createRng } from '../shared/rng';
import { usePlainTfjs } from '../tests/plainTfjs';
import { writeForm, type AdaptedSource } from './exportForms';
import type { SourceModel } from './project';

beforeAll(usePlainTfjs);

/** The model with every weight moved by up to a tenth of it, as an adapted source. */
async function adaptedFrom(files: readonly FileBytes[], options: OpenOptions = {}): Promise<AdaptedSource> {
  const opened = await openModel(files, options);
  const rng = createRng(4);
  const moved = [...opened.weights].map(([name, values]) => [name, values.map((value) => value * (0.95 + 0.1 * rng.next()))] as const); // prettier-ignore
  return adapted(opened, new Map(moved), files, options);
}

function adapted(
  opened: OpenedModel,
  weights: Weights,
  files: readonly FileBytes[],
  options: OpenOptions,
): AdaptedSource {
  const preprocessing = preprocessingPresets['0to1'];
  const classes = Array.from({ length: opened.spec.classCount }, (_, at) => `class ${at}`);
  const model = { ...opened, files, options } as SourceModel;
  return { model, part: { spec: opened.spec, weights, preprocessing }, about: { classes } };
}

async function logitsOf({ spec, weights }: Pick<OpenedModel, 'spec' | 'weights'>): Promise<Float32Array> {
  const network = createNetwork(spec, weights);
  const shape = [1, ...(spec.nodes[0]?.outputShape ?? [])] as [number, number, number, number];
  const rng = createRng(9);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => rng.next());
  const logits = tf.tidy(() => forward(network, tf.tensor4d(values, shape), { batchNorm: 'running' }).logits);
  const result = (await logits.data()) as Float32Array;
  disposeNetwork(network);
  return result;
}

const failureOf = async (work: Promise<unknown>) => toFailure(await work.catch((error: unknown) => error));

const shapes: Shapes = {
  'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4],
  'bn/moving_variance': [4], 'classes/kernel': [4, 3], 'classes/bias': [3],
}; // prettier-ignore

/** A tiny layers model that keeps its weights as float16, all of them 1. */
function halfModel(): readonly FileBytes[] {
  const topology = sequential([
    image(8, 8),
    layer('Conv2D', 'conv', { filters: 4, kernel_size: 3 }),
    layer('BatchNormalization', 'bn', { axis: [3] }),
    layer('GlobalAveragePooling2D', 'pool'),
    layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
  ]);
  const model = JSON.parse(new TextDecoder().decode(modelFiles(topology, shapes)[0]?.bytes)) as object;
  const quantization = { dtype: 'float16', original_dtype: 'float32' };
  const rows = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32', quantization }));
  const count = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
  const ones = new Uint8Array(Uint16Array.from({ length: count }, () => 0x3c00).buffer);
  const weightsManifest = [{ paths: ['w.bin'], weights: rows }];
  return [jsonFile('model.json', { ...model, weightsManifest }), { path: 'w.bin', bytes: ones }];
}

describe('a source whose file rounds', () => {
  it('is written with that loss in its own form, and without in every other', async () => {
    const source = await adaptedFrom(halfModel());
    for (const form of exportForms) {
      const { losses, reopened } = await writeForm(form, source);
      expect(losses).toEqual(form === 'source' ? [expect.stringContaining('kept as float16')] : []);
      const exact = form === 'source' ? 1e-2 : 1e-5;
      expect(await logitsOf(reopened)).toBeAllClose(await logitsOf(source.part), { relative: exact });
    }
  });

  it('refuses a weight that its type does not hold, and names other forms', async () => {
    const files = halfModel();
    const opened = await openModel(files);
    const weights = new Map(opened.weights).set('classes/bias', Float32Array.of(1, 70000, 1));
    const failure = await failureOf(writeForm('source', adapted(opened, weights, files, {})));
    expect(failure.message).toBe('The adapted weight classes/bias does not fit into the float16 values of the source model\'s file.'); // prettier-ignore
    expect(failure.remedy).toContain('safetensors');
  });
});

it('does not save what cannot be checked', async () => {
  const topology = sequential([
    image(8, 8),
    layer('Conv2D', 'conv', { filters: 4, kernel_size: 3 }),
    layer('ReLU', 'relu', { threshold: 0.5 }),
    layer('GlobalAveragePooling2D', 'pool'),
    layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
  ]);
  const own = Object.entries(shapes).filter(([name]) => !name.startsWith('bn/'));
  const source = await adaptedFrom(modelFiles(topology, Object.fromEntries(own)));
  const failure = await failureOf(writeForm('onnx', source));
  expect(failure.message).toContain('was not saved, because it cannot be checked: The model uses operators');
  expect(failure.remedy).toBe('Download the model in another form.');
});

const filesOf = (model: string): readonly FileBytes[] => modelFilesOf(readRealModel(model) ?? []);

/** Opens a model; where its file fits several networks, each question gets its first answer. */
async function adaptedModel(name: string, options: OpenOptions = {}): Promise<AdaptedSource> {
  try {
    return await adaptedFrom(filesOf(name), options);
  } catch (thrown) {
    const choice = toFailure(thrown).choices?.[0]?.id;
    if (choice === undefined || choice === options.choice) throw thrown;
    return adaptedModel(name, { choice });
  }
}

describe.skipIf(!realModelsAreHere)('real models in every form (SHARED_DIR)', () => {
  it.each([
    'epfl-scenes-resnet8-s0', 'mlperf-tiny-resnet8-h5', 'az-handwriting-keras3',
    'cifar-resnet20-legacy-th', 'ppocr-angle-cls-onnx',
  ])('%s', async (name) => {
    const source = await adaptedModel(name);
    const expected = await logitsOf(source.part);
    for (const form of exportForms) {
      const { reopened, losses } = await writeForm(form, source);
      expect(losses).toEqual([]);
      expect(await logitsOf(reopened), form).toBeAllClose(expected, { relative: 1e-5 });
    }
  }, 60_000); // prettier-ignore

  it('a state dict written as safetensors opens by itself, with its classes', async () => {
    const source = await adaptedModel('cifar-resnet20-legacy-th');
    const { files } = await writeForm('safetensors', source);
    const reopened = await openModel(files, source.model.options);
    expect(reopened.weights).toEqual(source.part.weights);
    expect(reopened.metadata).toMatchObject({ classes: source.about.classes, preprocessing: { preset: '0to1' } });
  });
});
