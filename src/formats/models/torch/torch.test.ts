import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { toFailure, type Failure } from '../../../shared/failure';
import { useBackend } from '../../../tests/backend';
import { torchTriple } from '../../../tests/torchTriple';
import type { FileBytes, NodeSpec, OpenedModel } from '../format';
import { openModel, rewriteModel, storedTensors } from '../registry';
import { decodeTensor } from '../storedTensor';

const fixtures = 'src/formats/fixtures/torch';
const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'models');

const fileOf = (folder: string, name: string): FileBytes => ({ path: name, bytes: readFileSync(join(folder, name)) });

/** The input of every expected output: `((i * 2654435761) mod 2^32) / 2^32`, NHWC. */
function testInput(batch: number, [height, width]: readonly [number, number]): tf.Tensor4D {
  const length = batch * height * width * 3;
  const values = Float32Array.from({ length }, (_, index) => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32);
  return tf.tensor4d(values, [batch, height, width, 3]);
}

async function logitsOf({ spec, weights }: OpenedModel, x: tf.Tensor4D): Promise<readonly number[]> {
  const network = createNetwork(spec, weights);
  const values = await tf.tidy(() => forward(network, x, { batchNorm: 'running' }).logits).data();
  disposeNetwork(network);
  return [...values];
}

async function failureOf(opening: Promise<unknown>): Promise<Failure> {
  return toFailure(await opening.catch((error: unknown) => error));
}

useBackend('cpu');

describe('files of torch.save give what PyTorch computes (fixtures/torch/make.py)', () => {
  const expected = JSON.parse(readFileSync(join(fixtures, 'expected.json'), 'utf8')) as Record<string, Record<string, number[][]>>; // prettier-ignore
  const cases = Object.entries(expected).flatMap(([name, byChoice]) =>
    Object.entries(byChoice).map(([choice, outputs]) => [name, choice, outputs] as const),
  );
  const sides: Record<string, number> = { 'freeShortcuts.pt': 32, 'legacyStrides.pth': 33, 'numberTypes.pt': 16 };

  it.each(cases)('%s with %s', async (name, choice, outputs) => {
    const side = sides[name]!;
    const model = await openModel([fileOf(fixtures, name)], { choice, inputSize: [side, side] });
    const logits = await logitsOf(model, testInput(2, [side, side]));
    expect(logits).toBeAllClose(outputs.flat(), { relative: 2e-6 });
  });

  it('asks what the weights do not say, and says what was assumed', async () => {
    const file = fileOf(fixtures, 'freeShortcuts.pt');
    const failure = await failureOf(openModel([file]));
    expect(failure).toMatchObject({ code: 'choice-needed', message: expect.stringContaining('freeShortcuts.pt') as string });
    expect(failure.choices?.map(({ id }) => id)).toEqual(['stem:stride1', 'stem:stride2', 'stem:stride2-pool']);
    const further = await failureOf(openModel([file], { choice: 'stem:stride2' }));
    expect(further.message).toContain('Chosen so far: First convolution with stride 2, no pooling.');
    const combinations = Object.keys(expected['freeShortcuts.pt']!);
    expect(further.choices?.map(({ id }) => id)).toEqual(combinations.filter((id) => id.startsWith('stem:stride2,')));
    const asked = await failureOf(openModel([fileOf(fixtures, 'numberTypes.pt')], { choice: 'shortcut:none' }));
    expect(asked.choices?.map(({ id }) => id)).toEqual(['stem:stride1', 'stem:stride2', 'stem:stride2-pool']);

    const { spec, metadata } = await openModel([file], { choice: combinations[0]! });
    expect(spec).toMatchObject({ name: 'ResNet-10', classCount: 5, classifier: 'linear', bottleneck: [] });
    expect(metadata).toMatchObject({ classes: null, preprocessing: null, openSides: true });
    expect(metadata.stateDicts).toEqual([{ file: 'freeShortcuts.pt', keys: ['state_dict'], wrapper: 'module.' }]);
    expect(metadata.notes.join(' ')).toMatch(/1e-5.*32 x 32 is assumed.*“module.”.*zero channels on both sides/);
    const norm = spec.nodes.find((node): node is NodeSpec<'batchNorm'> => node.op === 'batchNorm')!;
    expect(norm.attributes).toEqual({ epsilon: 1e-5, momentum: 0.9, unbiasedRunningVariance: true });
  }); // prettier-ignore

  it('refuses an input size that pooled shortcuts do not halve as the convolutions do, as PyTorch does', async () => {
    const files = [fileOf(fixtures, 'freeShortcuts.pt')];
    const options = { inputSize: [33, 40] as const };
    expect(
      await failureOf(openModel(files, { ...options, choice: 'stem:stride1,shortcut:pooled-both' })),
    ).toMatchObject({
      code: 'bad-setting',
      message: expect.stringContaining('block layer2.0 gives an image of 16 x 20 where 17 x 20 is needed') as string,
    });
    await openModel(files, { ...options, choice: 'stem:stride1,shortcut:strided-both' });
  });

  it.each([
    ['freeShortcuts.pt', 'stem:stride1,shortcut:strided-both'],
    ['legacyStrides.pth', 'stem:stride2'],
    ['numberTypes.pt', 'stem:stride1'],
  ])('%s takes adapted weights in its own place', async (name, choice) => {
    const files = [fileOf(fixtures, name)];
    const model = await openModel(files, { choice });
    // Twice the value is exact in every floating-point type.
    const weights = new Map([...model.weights].map(([key, values]) => [key, values.map((value) => 2 * value)]));
    const written = await rewriteModel(files, { spec: model.spec, weights });
    expect((await openModel(written.files, { choice })).weights).toEqual(weights);

    const [before, after] = [await storedTensors(files), await storedTensors(written.files)];
    const counters = before.map(({ name: key }) => key).filter((key) => key.endsWith('num_batches_tracked'));
    expect(counters.length).toBeGreaterThan(0);
    expect(after.map(({ pieces, ...tensor }) => [tensor, pieces.map(({ offset }) => offset)])).toEqual(
      before.map(({ pieces, ...tensor }) => [tensor, pieces.map(({ offset }) => offset)]),
    );
    const unchanged = written.files[0]!.bytes.filter((byte, at) => byte === files[0]!.bytes[at]).length;
    expect(written.files[0]!.bytes).toHaveLength(files[0]!.bytes.length);
    expect(unchanged).toBeGreaterThan(files[0]!.bytes.length / 4);
  });
});

describe.skipIf(!existsSync(shared))('real files (SHARED_DIR)', () => {
  const sharedFiles = (model: string): readonly FileBytes[] =>
    readdirSync(join(shared, model))
      .filter((name) => name !== 'expected.json')
      .map((name) => fileOf(join(shared, model), name));

  it('the CIFAR ResNet-20 gives its expected outputs on three inputs', async () => {
    const files = sharedFiles('cifar-resnet20-legacy-th');
    expect((await failureOf(openModel(files))).code).toBe('choice-needed');
    const model = await openModel(files, { choice: 'stem:stride1,shortcut:strided-both' });
    const path = join(shared, 'cifar-resnet20-legacy-th', 'expected.json');
    const { test, parameters, bn } = JSON.parse(readFileSync(path, 'utf8')) as {
      test: Record<string, { first10: number[] }>;
      parameters: { total: number };
      bn: { name: string; moving_mean_sum: number; moving_variance_sum: number; gamma_first3: number[] }[];
    };
    expect([...model.weights.values()].reduce((count, values) => count + values.length, 0)).toBe(parameters.total);
    const norms = model.spec.nodes.filter((node): node is NodeSpec<'batchNorm'> => node.op === 'batchNorm');
    expect(norms.map(({ name }) => name)).toEqual(bn.map(({ name }) => name));
    for (const [at, row] of bn.entries()) {
      const [mean, variance] = [norms[at]!.parameters.runningMean, norms[at]!.parameters.runningVariance].map(
        ({ name }) => model.weights.get(name)!.reduce((a, b) => a + b, 0),
      );
      expect(mean).toBeCloseTo(row.moving_mean_sum, 4);
      expect(variance! / row.moving_variance_sum).toBeCloseTo(1, 5);
      expect(model.weights.get(`${row.name}/gamma`)!.slice(0, 3)).toBeAllClose(row.gamma_first3, { relative: 1e-6 });
    }
    const x = testInput(1, [32, 32]);
    for (const [input, outputs] of [
      [x, test['outputs']],
      [tf.sub(tf.mul(x, 2), 1), test['outputs_for_input_times_2_minus_1']],
      [tf.mul(x, 255), test['outputs_for_input_times_255']],
    ] as const) {
      expect(await logitsOf(model, input as tf.Tensor4D)).toBeAllClose(outputs!.first10, { relative: 1e-4 });
    }
  });

  it('the three files of a source model give what the same network gives as a LayersModel', async () => {
    const files = sharedFiles('epfl-scenes-resnet8-s0');
    const layers = await openModel(files);
    const triple = torchTriple(layers);
    const model = await openModel(triple, { choice: 'stem:stride2', inputSize: [63, 63] });
    expect(model.spec).toMatchObject({ name: 'ResNet-8', classifier: 'fc', bottleneck: ['bottleneck', 'bn'] });
    expect(model.spec.nodes.at(-1)?.op).toBe('weightNormDense');
    const x = testInput(2, [63, 63]);
    expect(await logitsOf(model, x)).toBeAllClose(await logitsOf(layers, x), { absolute: 1e-5 });

    const renamed = triple.map(({ bytes }, at) => ({ path: `${at}.bin`, bytes })).toReversed();
    const options = { choice: 'stem:stride2', inputSize: [63, 63] as const };
    expect((await openModel(renamed, options)).weights).toEqual(model.weights);

    const weights = new Map([...model.weights].map(([key, values]) => [key, values.map((value) => value / 2)]));
    const written = await rewriteModel(triple, { spec: model.spec, weights });
    expect((await openModel(written.files, options)).weights).toEqual(weights);
    const parts = await Promise.all(written.files.map((file) => storedTensors([file])));
    expect(parts.map((tensors) => tensors.length)).toEqual([45, 6, 3]);
    expect(decodeTensor(parts[2]!.find(({ name }) => name === 'fc.weight_g')!)).toEqual(weights.get('fc/gain'));

    const [features, bottleneck, classifier] = triple.map((file) => [file]);
    expect((await failureOf(openModel(features!))).message).toMatch(/source_B.pt.*source_C.pt.* are missing/);
    expect((await failureOf(openModel([...features!, ...bottleneck!]))).message).toMatch(/: its classifier \(source_C.pt\) is missing/);
    expect((await failureOf(openModel([...bottleneck!, ...classifier!]))).message).toMatch(/: its features \(source_F.pt\) is missing/);
    expect((await failureOf(openModel([...features!, ...features!]))).code).toBe('mismatch');
  }); // prettier-ignore

  it.each([
    ['burn-mnist-pt-zip', 'mnist.pt', 'norm1'],
    ['jsgrad-mnist-safetensors', 'mnist.safetensors', 'layers.'],
  ])('%s is refused with its batch-norm layers and the way out', async (model, name, layer) => {
    const failure = await failureOf(openModel(sharedFiles(model)));
    expect(failure).toMatchObject({ code: 'unsupported-format', remedy: expect.stringContaining('dynamo=False') as string });
    expect(failure.message).toContain(`${name} holds the weights of a network that the studio does not know (2 batch-norm layers: ${layer}`);
  }); // prettier-ignore
});
