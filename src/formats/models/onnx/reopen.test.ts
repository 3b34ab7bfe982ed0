import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork } from '../../../networks/network';
import { toFailure } from '../../../shared/failure';
import { createRng } from '../../../shared/rng';
import { operationRows, type OperationRow } from '../../../tests/operationRows';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import type { NetworkSpec, NodeSpec, OpName, ParameterSpec, Weights } from '../format';
import { preprocessingPresets } from '../metadata';
import { openModel } from '../registry';
import { sizeOf } from '../storedTensor';
import { writeOnnx } from './write';

beforeAll(usePlainTfjs);

/** A classifier with one row's operation in its middle: each of its inputs comes from a convolution of its own. */
function classifierWith({ op, attributes, inputs, outputShape, parameters = {} }: OperationRow) {
  const rng = createRng(3);
  const weights = new Map<string, Float32Array>();
  const nodes: NodeSpec[] = [];
  const add = (name: string, kind: OpName, from: readonly string[], shape: readonly number[], given: object, shapes = {}): string => {
    const own = Object.entries(shapes as Record<string, readonly number[]>).map(([role, size]): [string, ParameterSpec] => {
      const parameter = `${name}/${role}`;
      weights.set(parameter, Float32Array.from({ length: sizeOf(size) }, () => rng.normal() / 2));
      return [role, { name: parameter, shape: size, fileName: parameter }];
    });
    nodes.push({ name, op: kind, inputs: from, attributes: given, outputShape: shape, parameters: Object.fromEntries(own) } as unknown as NodeSpec);
    return name;
  }; // prettier-ignore
  const window = { strides: [1, 1], dilations: [1, 1], padding: { top: 0, bottom: 0, left: 0, right: 0 }, groups: 1 };
  add('x', 'input', [], [7, 6, 3], { shape: [7, 6, 3] });
  const sources = inputs.map(([, ...shape], at) => {
    const channels = shape.at(-1) ?? 0;
    const conv = add(`conv${at}`, 'conv2d', ['x'], [7, 6, channels], window, { kernel: [1, 1, 3, channels], bias: [channels] }); // prettier-ignore
    const pooled = shape.length === 1 || shape[0] === 1;
    const keepDims = shape.length === 3;
    return pooled ? add(`pool${at}`, 'globalAvgPool', [conv], shape, { keepDims }) : conv;
  });
  let last = add('row', op, sources, outputShape, attributes, parameters);
  if (outputShape.length === 3) last = add('pool', 'globalAvgPool', [last], outputShape.slice(2), { keepDims: false });
  if (outputShape.length === 2) last = add('flat', 'flatten', [last], [sizeOf(outputShape)], {});
  const features = last;
  const count = nodes.at(-1)?.outputShape[0] ?? 0;
  add('classes', 'dense', [features], [3], {}, { kernel: [count, 3], bias: [3] });
  const spec: NetworkSpec = {
    name: op,
    nodes,
    input: 'x',
    classifier: 'classes',
    features,
    bottleneck: [],
    classCount: 3,
  };
  return { spec, weights };
}

async function logitsOf(model: { readonly spec: NetworkSpec; readonly weights: Weights }): Promise<Float32Array> {
  const rng = createRng(11);
  const x = tf.tensor4d(
    Float32Array.from({ length: 2 * 7 * 6 * 3 }, () => rng.normal()),
    [2, 7, 6, 3],
  );
  const logits = tf.tidy(() => forward(createNetwork(model.spec, model.weights), x, { batchNorm: 'running' }).logits);
  return (await logits.data()) as Float32Array;
}

const hasThreshold = ({ attributes }: OperationRow): boolean => 'threshold' in attributes;
/** What other runtimes compute and the reader here does not know; softmax stands behind a classifier only. */
const isForeign = (row: OperationRow): boolean => row.op === 'reshape' || hasThreshold(row);
const named = operationRows
  .filter(({ op }) => op !== 'softmax')
  .map((row) => {
    const { activation } = row.attributes as { activation?: string };
    return [`${activation ?? row.op} ${JSON.stringify(row.attributes)}`, row] as const;
  });

const written = (model: ReturnType<typeof classifierWith>) =>
  writeOnnx({ ...model, preprocessing: preprocessingPresets['0to1'] }, { classes: ['a', 'b', 'c'] });

describe('an ONNX file that was written here opens as a network that computes the same', () => {
  it.each(named.filter(([, row]) => !isForeign(row)))('%s', async (_, row) => {
    const model = classifierWith(row);
    const reopened = await openModel([written(model)]);
    expect(await logitsOf(reopened)).toBeAllClose(await logitsOf(model), { relative: 1e-5 });
  });

  it.each(named.filter(([, row]) => isForeign(row)))('or is refused by the name of the node: %s', async (_, row) => {
    const failure = toFailure(await openModel([written(classifierWith(row))]).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'unsupported-layer', message: expect.stringContaining('row') as string });
  });
});
