import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { forward } from '../../networks/forward';
import { createNetwork } from '../../networks/network';
import { toFailure } from '../../shared/failure';
import { predictWithTfjs, usePlainTfjs } from '../../tests/plainTfjs';
import type { FileBytes, NodeSpec } from './format';
import { writeLayersModel } from './layersModel/writer';
import { preprocessingPresets } from './metadata';
import { openModel } from './registry';

/** Facts that were found by other means than these readers. */
interface Expected {
  readonly parameters: number | { readonly total: number };
  readonly classes: number | readonly string[];
  readonly input_shape?: readonly (number | null)[];
  readonly inputShape?: readonly number[];
  readonly softmax?: readonly (readonly number[])[];
  readonly test?: { readonly outputs: { readonly first10: readonly number[] } };
  readonly bn?: readonly {
    readonly name: string;
    readonly channels: number;
    readonly epsilon: number;
    readonly momentum: number;
    readonly gamma_first3: readonly number[];
    readonly moving_mean_sum: number;
    readonly moving_variance_sum: number;
  }[];
}

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models');
const there = existsSync(folder);

function filesOf(model: string): readonly FileBytes[] {
  const names = readdirSync(join(folder, model)).filter((name) => name !== 'expected.json');
  return names.map((name) => ({
    path: `${model}/${name}`,
    bytes: readFileSync(join(folder, model, name)), // a Buffer, whose slices share memory
  }));
}

function expectedOf(model: string): Expected {
  return JSON.parse(readFileSync(join(folder, model, 'expected.json'), 'utf8')) as Expected;
}

function batchNorms(nodes: readonly NodeSpec[]): readonly NodeSpec<'batchNorm'>[] {
  return nodes.filter((node) => node.op === 'batchNorm');
}

const sum = (values: Float32Array | undefined): number => (values ?? new Float32Array()).reduce((a, b) => a + b, 0);

/** The input that the expected outputs belong to: `((i * 2654435761) mod 2^32) / 2^32`. */
function testInput(shape: readonly [number, number, number, number]): tf.Tensor4D {
  const length = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length }, (_, index) => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32);
  return tf.tensor4d(values, [...shape]);
}

const real = [
  'teachable-machine-image', 'nsfwjs-mobilenetv2-uint8', 'epfl-scenes-resnet8-s0', 'epfl-scenes-resnet8-s1',
  'epfl-scenes-resnet8-s2', 'nyu-objects-resnet8-s0', 'nyu-objects-resnet8-s1', 'nyu-objects-resnet8-s2',
]; // prettier-ignore

describe.skipIf(!there)('real models (SHARED_DIR)', () => {
  it.each(real)('%s has the parameters, classes, input and batch-norm layers it should', async (model) => {
    const expected = expectedOf(model);
    const { spec, weights } = await openModel(filesOf(model));
    const total = typeof expected.parameters === 'number' ? expected.parameters : expected.parameters.total;
    expect([...weights.values()].reduce((count, values) => count + values.length, 0)).toBe(total);
    expect(spec.classCount).toBe(typeof expected.classes === 'number' ? expected.classes : expected.classes.length);
    expect(spec.nodes[0]?.outputShape).toEqual(expected.inputShape ?? expected.input_shape?.slice(1));

    const layers = batchNorms(spec.nodes);
    if (expected.bn) expect(layers).toHaveLength(expected.bn.length);
    for (const [index, row] of (expected.bn ?? []).entries()) {
      const node = layers[index];
      if (!node) throw new Error(`no layer for ${row.name}`);
      expect(node.name).toBe(row.name.split('/').at(-1));
      expect(node.outputShape.at(-1)).toBe(row.channels);
      expect(node.attributes.epsilon).toBeCloseTo(row.epsilon, 8);
      expect(node.attributes.momentum).toBeCloseTo(row.momentum, 8);
      expect(weights.get(node.parameters.gamma?.name ?? '')?.slice(0, 3)).toBeAllClose(row.gamma_first3, {
        relative: 1e-5,
      });
      expect(sum(weights.get(node.parameters.runningMean.name))).toBeCloseTo(row.moving_mean_sum, 2);
      expect(sum(weights.get(node.parameters.runningVariance.name)) / row.moving_variance_sum).toBeCloseTo(1, 4);
    }
  });

  it('Teachable Machine: names and preprocessing come with the zip', async () => {
    const { metadata, spec } = await openModel(filesOf('teachable-machine-image'));
    expect(metadata).toMatchObject({ classes: ['Class 1', 'Class 2'], preprocessing: { preset: 'minus1to1' } });
    expect(spec).toMatchObject({ classifier: 'dense_Dense2', bottleneck: ['dense_Dense1'] });
  });

  it('our own models: classes, preprocessing and resizing are in the file', async () => {
    const { metadata, spec } = await openModel(filesOf('epfl-scenes-resnet8-s0'));
    expect(metadata).toMatchObject({ classes: expectedOf('epfl-scenes-resnet8-s0').classes, resize: 72, notes: [] });
    expect(metadata.preprocessing).toEqual({ preset: 'own', mean: [0.45, 0.45, 0.45], std: [0.25, 0.25, 0.25] });
    expect(spec).toMatchObject({ classifier: 'classifier', bottleneck: ['bottleneck', 'bottleneck_bn'] });
  });

  it('a written copy gives what the original gives in plain tfjs, alone and mixed with itself', async () => {
    await usePlainTfjs();
    const files = filesOf('epfl-scenes-resnet8-s0');
    const { spec, weights } = await openModel(files);
    const part = { spec, weights, preprocessing: preprocessingPresets['0to1'] };
    const options = { mixing: [0.25, 0.75], classes: ['any'] };
    const x = testInput([2, 63, 63, 3]);
    const original = await predictWithTfjs(files, x);
    expect(original).toBeAllClose(expectedOf('epfl-scenes-resnet8-s0').softmax?.flat() ?? [], { absolute: 1e-5 });
    expect(await predictWithTfjs(writeLayersModel([part], options), x)).toBeAllClose(original, { absolute: 1e-6 });
    expect(await predictWithTfjs(writeLayersModel([part, part], options), x)).toBeAllClose(original, {
      absolute: 1e-5,
    });
  });

  it.each([
    ['teachable-machine-image', 1e-4],
    ['nsfwjs-mobilenetv2-uint8', 1e-3],
  ] as const)(
    '%s gives the expected outputs in the studio',
    async (model, tolerance) => {
      await usePlainTfjs();
      const { spec, weights } = await openModel(filesOf(model));
      const network = createNetwork(spec, weights);
      const output = tf.tidy(() =>
        tf.softmax(forward(network, testInput([1, 224, 224, 3]), { batchNorm: 'running' }).logits),
      );
      const expected = expectedOf(model).test?.outputs.first10 ?? [];
      expect(await output.data()).toBeAllClose(expected, { absolute: tolerance });
    },
    120_000,
  );

  it.each([['tegaki-digits-graphmodel', 'TFJS GraphModel']])(
    '%s is recognised and refused as %s',
    async (model, label) => {
      const failure = toFailure(await openModel(filesOf(model)).catch((error: unknown) => error));
      expect(failure).toMatchObject({ code: 'unsupported-format', message: expect.stringContaining(label) as string });
    },
  );
});
