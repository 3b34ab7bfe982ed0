import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork } from '../../../networks/network';
import { runOnnx } from '../../../tests/onnxRuntime';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import type { FileBytes, OpenedModel } from '../format';
import { openModel, rewriteModel } from '../registry';

/** Facts that onnxruntime and Python's onnx found. */
interface Expected {
  readonly parameters: { readonly float32_elements_in_tensors_with_more_than_one_element: number };
  readonly test: Readonly<Record<string, { readonly first10: readonly number[] }>>;
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
}

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models', 'ppocr-angle-cls-onnx');
const size = [48, 192] as const;
const read = (): FileBytes => ({ path: 'angle.dat', bytes: readFileSync(join(folder, 'ch_ppocr_mobile_v2.0_cls_infer.onnx')) }); // prettier-ignore
const expectedFacts = () => JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')) as Expected;

/** `((i * 2654435761) mod 2^32) / 2^32` in float32, times a slope plus an offset. */
function testInput(slope = 1, offset = 0): tf.Tensor4D {
  const values = Float32Array.from({ length: size[0] * size[1] * 3 }, (_, index) => {
    return slope * Math.fround((Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32) + offset;
  });
  return tf.tensor4d(values, [1, ...size, 3]);
}

function probabilities({ spec, weights }: Pick<OpenedModel, 'spec' | 'weights'>, x: tf.Tensor4D): ArrayLike<number> {
  const network = createNetwork(spec, weights);
  return tf.tidy(() => tf.softmax(forward(network, x, { batchNorm: 'running' }).logits).dataSync());
}

describe.skipIf(!existsSync(folder))('PaddleOCR’s text angle classifier (SHARED_DIR)', () => {
  beforeAll(usePlainTfjs);

  it('is read from Constant nodes, with 35 batch norms as they are in the file', async () => {
    const facts = expectedFacts();
    const { spec, weights, metadata } = await openModel([read()], { inputSize: size });
    const total = [...weights.values()].reduce((count, values) => count + values.length, 0);
    expect(total).toBe(facts.parameters.float32_elements_in_tensors_with_more_than_one_element);
    expect(spec).toMatchObject({ classCount: 2, classifier: 'p2o.MatMul.0', bottleneck: [] });
    expect(metadata).toMatchObject({ format: 'ONNX', openSides: true, notes: [] });
    const layers = spec.nodes.filter((node) => node.op === 'batchNorm');
    expect(layers.map(({ name }) => name)).toEqual(facts.bn.map(({ name }) => name));
    for (const [at, row] of facts.bn.entries()) {
      const { attributes, parameters, outputShape } = layers[at]!;
      expect(outputShape.at(-1)).toBe(row.channels);
      expect(attributes).toMatchObject({ unbiasedRunningVariance: false });
      expect([attributes.epsilon, attributes.momentum]).toBeAllClose([row.epsilon, row.momentum], { relative: 1e-7 });
      const valuesOf = (name: string | undefined) => weights.get(name ?? '') ?? new Float32Array();
      const first = (name: string | undefined) => valuesOf(name).slice(0, 3);
      const sum = (name: string) => valuesOf(name).reduce((a, b) => a + b, 0);
      expect(first(parameters.gamma?.name)).toBeAllClose(row.gamma_first3, { relative: 1e-6 });
      expect(first(parameters.beta?.name)).toBeAllClose(row.beta_first3, { relative: 1e-6 });
      expect(first(parameters.runningMean.name)).toBeAllClose(row.moving_mean_first3, { relative: 1e-6 });
      expect(first(parameters.runningVariance.name)).toBeAllClose(row.moving_variance_first3, { relative: 1e-6 });
      expect(sum(parameters.runningMean.name)).toBeCloseTo(row.moving_mean_sum, 3);
      expect(sum(parameters.runningVariance.name) / row.moving_variance_sum).toBeCloseTo(1, 5);
    }
  });

  it.each([
    ['outputs', 1, 0],
    ['outputs_for_input_times_2_minus_1', 2, -1],
    ['outputs_for_input_times_255', 255, 0],
  ] as const)('gives the expected %s', async (key, slope, offset) => {
    const opened = await openModel([read()], { inputSize: size });
    const expected = expectedFacts().test[key]?.first10 ?? [];
    expect(probabilities(opened, testInput(slope, offset))).toBeAllClose(expected, { absolute: 1e-4 });
  });

  it('says that its sides are open', async () => {
    const { spec, metadata } = await openModel([read()]);
    expect(spec.nodes[0]?.outputShape).toEqual([224, 224, 3]);
    expect(metadata.notes).toEqual(['The model leaves its input size open; 224 x 224 is used.']);
  });

  it('takes changed weights back into its Constant nodes', async () => {
    const file = read();
    const { spec, weights } = await openModel([file], { inputSize: size });
    const changed = new Map([...weights].map(([name, values]) => [name, values.map((value) => value * 1.02 + 0.001)]));
    const [written = file] = (await rewriteModel([file], { spec, weights: changed })).files;
    const x = testInput(2, -1);
    const reference = await runOnnx(written, { shape: x.shape, values: await x.data() });
    expect(probabilities({ spec, weights: changed }, x)).toBeAllClose(reference.values, { absolute: 1e-5 });
    expect(written.bytes.length).toBe(file.bytes.length);
    const [unchanged = file] = (await rewriteModel([file], { spec, weights })).files;
    expect(Buffer.compare(unchanged.bytes, file.bytes)).toBe(0);
  });

  it('is read or refused when damaged, soon and in little memory', async () => {
    const bytes = Uint8Array.from(read().bytes); // no Buffer, whose slices share memory
    const damagedFiles = function* () {
      yield* truncations(bytes, 0, 20);
      yield* byteChanges(bytes, 2048, 40);
    };
    const handling = await handle(damagedFiles(), (mutant) => openModel([{ path: 'a.onnx', bytes: mutant }], { inputSize: size })); // prettier-ignore
    expect(handling.refused).toBeGreaterThan(20);
    expect(handling.opened).toBeGreaterThan(5);
    expect(handling.milliseconds).toBeLessThan(2000);
    expect(handling.bytes).toBeLessThan(512 * 2 ** 20);
  });
});
