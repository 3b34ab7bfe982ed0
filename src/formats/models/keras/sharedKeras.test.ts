import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork } from '../../../networks/network';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import type { FileBytes, NodeSpec, OpenedModel } from '../format';
import { openModel, rewriteModel } from '../registry';

/** Facts that an interpreter of Keras configs in float64 and h5py found. */
interface Expected {
  readonly parameters: { readonly total: number };
  readonly classes: number;
  readonly input_shape: readonly (number | null)[];
  readonly layer_counts: Readonly<Record<string, number>>;
  readonly bn: readonly {
    readonly name: string;
    readonly channels: number;
    readonly epsilon: number;
    readonly momentum: number;
    readonly gamma_first3: readonly number[];
    readonly beta_first3: readonly number[];
    readonly moving_mean_first3: readonly number[];
    readonly moving_variance_first3: readonly number[];
    readonly moving_mean_sum: number;
    readonly moving_variance_sum: number;
  }[];
  readonly test: Readonly<Record<string, { readonly first10: readonly number[]; readonly argmax: number }>>;
}

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models');
const real = [
  ['mlperf-tiny-resnet8-h5', 'pretrainedResnet.h5'],
  ['az-handwriting-keras3', 'best_model.keras'],
] as const;

const fileOf = (model: string, name: string): FileBytes => ({
  path: name,
  bytes: new Uint8Array(readFileSync(join(folder, model, name))),
});
const expectedOf = (model: string) => JSON.parse(readFileSync(join(folder, model, 'expected.json'), 'utf8')) as Expected; // prettier-ignore

/** `((i * 2654435761) mod 2^32) / 2^32` in float32, times a slope plus an offset. */
function testInput(shape: readonly [number, number, number], slope: number, offset: number): tf.Tensor4D {
  const values = Float32Array.from({ length: shape[0] * shape[1] * shape[2] }, (_, index) => {
    return slope * Math.fround((Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32) + offset;
  });
  return tf.tensor4d(values, [1, ...shape]);
}

async function predict({ spec, weights }: OpenedModel, slope: number, offset: number): Promise<readonly number[]> {
  const network = createNetwork(spec, weights);
  const shape = spec.nodes[0]?.outputShape as [number, number, number];
  const output = tf.tidy(() =>
    tf.softmax(forward(network, testInput(shape, slope, offset), { batchNorm: 'running' }).logits),
  );
  return [...(await output.data())];
}

describe.skipIf(!existsSync(folder))('real Keras files (SHARED_DIR)', () => {
  beforeAll(usePlainTfjs);

  it.each(real)('%s: parameters, classes, input, layers and batch norm', async (model, name) => {
    const expected = expectedOf(model);
    const { spec, weights, metadata } = await openModel([fileOf(model, name)]);
    expect([...weights.values()].reduce((sum, values) => sum + values.length, 0)).toBe(expected.parameters.total);
    expect(spec.classCount).toBe(expected.classes);
    expect(spec.nodes[0]?.outputShape).toEqual(expected.input_shape.slice(1));
    expect(metadata.notes).toEqual([]);
    const count = (op: string) => spec.nodes.filter((node) => node.op === op).length;
    const wanted = (className: string) => expected.layer_counts[className] ?? 0;
    expect([count('conv2d'), count('dense'), count('add'), count('maxPool'), count('avgPool'), count('identity')]).toEqual(
      ['Conv2D', 'Dense', 'Add', 'MaxPooling2D', 'AveragePooling2D', 'Dropout'].map(wanted),
    ); // prettier-ignore
    const norms = spec.nodes.filter((node): node is NodeSpec<'batchNorm'> => node.op === 'batchNorm');
    expect(norms.map((node) => node.name)).toEqual(expected.bn.map((row) => row.name));
    for (const [index, row] of expected.bn.entries()) {
      const norm = norms[index];
      if (!norm) throw new Error(`no layer for ${row.name}`);
      const { attributes, parameters, outputShape } = norm;
      const values = (parameter?: { name: string }) => weights.get(parameter?.name ?? '') ?? new Float32Array();
      expect(attributes).toEqual({ epsilon: row.epsilon, momentum: row.momentum, unbiasedRunningVariance: false });
      expect(outputShape.at(-1)).toBe(row.channels);
      expect(values(parameters.gamma).slice(0, 3)).toBeAllClose(row.gamma_first3, { relative: 1e-6 });
      expect(values(parameters.beta).slice(0, 3)).toBeAllClose(row.beta_first3, { relative: 1e-6 });
      expect(values(parameters.runningMean).slice(0, 3)).toBeAllClose(row.moving_mean_first3, { relative: 1e-6 });
      expect(values(parameters.runningVariance).slice(0, 3)).toBeAllClose(row.moving_variance_first3, { relative: 1e-6 }); // prettier-ignore
      const sum = (array: Float32Array) => array.reduce((a, b) => a + b, 0);
      expect(sum(values(parameters.runningMean)) / row.moving_mean_sum).toBeCloseTo(1, 5);
      expect(sum(values(parameters.runningVariance)) / row.moving_variance_sum).toBeCloseTo(1, 5);
    }
  });

  it.each(real)('%s: outputs for the three test inputs', async (model, name) => {
    const opened = await openModel([fileOf(model, name)]);
    for (const [key, slope, offset] of [
      ['outputs', 1, 0],
      ['outputs_for_input_times_2_minus_1', 2, -1],
      ['outputs_for_input_times_255', 255, 0],
    ] as const) {
      const { first10, argmax } = expectedOf(model).test[key] ?? { first10: [], argmax: -1 };
      const output = await predict(opened, slope, offset);
      expect(output.slice(0, 10)).toBeAllClose(first10, { absolute: 1e-5 });
      expect(output.indexOf(Math.max(...output))).toBe(argmax);
    }
  });

  it.each(real)('%s: written back, it is read again and has all other bytes', async (model, name) => {
    const file = fileOf(model, name);
    const opened = await openModel([file]);
    const weights = new Map([...opened.weights].map(([key, values]) => [key, values.map((value) => value + 0.5)]));
    const { files } = await rewriteModel([file], { spec: opened.spec, weights });
    expect((await openModel(files)).weights).toEqual(weights);
    expect(files[0]?.bytes.length).toBe(file.bytes.length);
    const back = await rewriteModel(files, opened);
    expect(Buffer.compare(back.files[0]?.bytes ?? new Uint8Array(), file.bytes)).toBe(0);
  });

  it.each(real)(
    '%s: damage is read or refused within 2 s and 512 MB',
    async (model, name) => {
      const { bytes } = fileOf(model, name);
      const read = (damaged: Uint8Array) => openModel([{ path: name, bytes: damaged }]);
      for (const files of [truncations(bytes, 2048, 40), byteChanges(bytes, 60_000, 120)]) {
        const handling = await handle(files, read);
        expect(handling.milliseconds).toBeLessThan(2000);
        expect(handling.bytes).toBeLessThan(2 ** 29);
      }
    },
    120_000,
  );
});
