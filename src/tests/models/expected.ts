import { expect } from 'vitest';
import { modelFacts, type ModelFacts } from '../../cli/modelFacts';
import type { OpenOptions } from '../../formats/models/modelFormat';
import { openModel } from '../../formats/models/registry';
import { fileBytes, modelFilesOf } from './files';
import type { EncodedFile } from './folder';

/** A real model that can be opened, with what its file leaves open. */
export interface RealModel {
  readonly name: string;
  readonly options?: OpenOptions;
}

/** Allowed difference of outputs, of the largest. */
export const outputTolerance = 1e-5;

export const realModels: readonly RealModel[] = [
  { name: 'teachable-machine-image' },
  { name: 'nsfwjs-mobilenetv2-uint8' },
  { name: 'mlperf-tiny-resnet8-h5' },
  { name: 'az-handwriting-keras3' },
  { name: 'cifar-resnet20-legacy-th', options: { choice: 'stem:stride1,shortcut:strided-both' } },
  { name: 'ppocr-angle-cls-onnx', options: { inputSize: [48, 192] } },
  { name: 'epfl-scenes-resnet8-s0' },
  { name: 'epfl-scenes-resnet8-s1' },
  { name: 'epfl-scenes-resnet8-s2' },
  { name: 'nyu-objects-resnet8-s0' },
  { name: 'nyu-objects-resnet8-s1' },
  { name: 'nyu-objects-resnet8-s2' },
];

interface Outputs {
  readonly first10: readonly number[];
  readonly argmax: number;
}

/** What the `expected.json` of a model says; our own models have the second spelling. */
interface Expected {
  readonly parameters:
    | number
    | {
        readonly total?: number;
        readonly bn_statistics: number;
        readonly float32_elements_in_tensors_with_more_than_one_element?: number;
      };
  readonly classes: number | readonly string[];
  readonly input_shape?: readonly (number | null)[];
  readonly bn_layers?: number;
  readonly bn?: ModelFacts['bn'];
  readonly test?: {
    readonly outputs: Outputs;
    readonly outputs_for_input_times_2_minus_1: Outputs;
    readonly outputs_for_input_times_255: Outputs;
  };
  readonly inputShape?: readonly number[];
  readonly batchNormLayers?: number;
  readonly softmax?: readonly (readonly number[])[];
}

export function expectedOf(files: readonly EncodedFile[]): Expected {
  const file = files.find(({ path }) => path.endsWith('/expected.json'));
  if (!file) throw new Error('The model has no expected.json.');
  return JSON.parse(new TextDecoder().decode(fileBytes(file).bytes)) as Expected;
}

function expectFacts(facts: ModelFacts, expected: Expected): void {
  const { parameters } = expected;
  const total =
    typeof parameters === 'number'
      ? parameters
      : (parameters.total ?? parameters.float32_elements_in_tensors_with_more_than_one_element);
  expect(facts.parameters.total).toBe(total);
  if (typeof parameters === 'object') expect(facts.parameters.bn_statistics).toBe(parameters.bn_statistics);
  const { classes } = expected;
  expect(facts.classes).toBe(typeof classes === 'number' ? classes : classes.length);
  if (typeof classes !== 'number') expect(facts.class_names).toEqual(classes);
  expect(facts.input_shape.slice(1)).toEqual(expected.inputShape ?? expected.input_shape?.slice(1));
  expect(facts.bn_layers).toBe(expected.batchNormLayers ?? expected.bn_layers);
}

/** Batch-norm layers are compared in the order of the forward pass. */
function expectBatchNorms(facts: ModelFacts, expected: Expected): void {
  for (const [index, row] of (expected.bn ?? []).entries()) {
    const layer = facts.bn[index];
    if (!layer) throw new Error(`There is no layer for ${row.name}.`);
    expect(layer.name).toBe(row.name.split('/').at(-1));
    expect(layer).toMatchObject({ channels: row.channels, has_gamma: row.has_gamma, has_beta: row.has_beta });
    expect(layer.epsilon).toBeCloseTo(row.epsilon, 8);
    expect(layer.momentum).toBeCloseTo(row.momentum, 6);
    for (const key of ['gamma_first3', 'beta_first3', 'moving_mean_first3', 'moving_variance_first3'] as const) {
      expect(layer[key], `${row.name} ${key}`).toBeAllClose(row[key], { relative: 1e-5, absolute: 1e-9 });
    }
    expect([layer.moving_mean_sum]).toBeAllClose([row.moving_mean_sum], { relative: 1e-4, absolute: 1e-3 });
    expect([layer.moving_variance_sum]).toBeAllClose([row.moving_variance_sum], { relative: 1e-4 });
    for (const key of ['test_input_batch_mean_first3', 'test_input_batch_variance_first3'] as const) {
      expect(layer[key], `${row.name} ${key}`).toBeAllClose(row[key], { relative: 1e-3, absolute: 1e-5 });
    }
  }
}

/** @returns the largest difference of an output, of the largest expected one */
function expectOutputs(facts: ModelFacts, expected: Expected): number {
  const kinds = ['outputs', 'outputs_for_input_times_2_minus_1', 'outputs_for_input_times_255'] as const;
  const rows = expected.test
    ? kinds.map((kind) => ({ found: facts.test[kind].first10, wanted: expected.test?.[kind].first10 ?? [] }))
    : [{ found: facts.test.outputs.first10, wanted: expected.softmax?.[0] ?? [] }];
  return rows.reduce((worst, { found, wanted }) => {
    expect(wanted.length).toBeGreaterThan(1);
    expect(found).toBeAllClose(wanted, { relative: outputTolerance });
    const largest = Math.max(...wanted.map(Math.abs));
    return Math.max(worst, ...wanted.map((value, index) => Math.abs(value - (found[index] ?? NaN)) / largest));
  }, 0);
}

/**
 * Opens a real model on the current backend and compares everything with its `expected.json`.
 *
 * @returns the largest difference of an output, of the largest
 */
export async function checkRealModel(model: RealModel, files: readonly EncodedFile[]): Promise<number> {
  const expected = expectedOf(files);
  const facts = await modelFacts(model.name, await openModel(modelFilesOf(files), model.options));
  expectFacts(facts, expected);
  expectBatchNorms(facts, expected);
  return expectOutputs(facts, expected);
}
