import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { ActivationName } from '../formats/models/format';
import { switchBackend, useBackend } from '../tests/backend';
import { computeOperation, operationOf, operationRows, padding, type OperationRow } from '../tests/operationRows';
import { normalTensor } from '../tests/random';

describe('operations', () => {
  useBackend('wasm');

  it.each(operationRows)('$op $attributes is on wasm what it is on cpu, gradients included', async (row) => {
    const actual = await computeOperation(row);
    await switchBackend('cpu');
    const expected = await computeOperation(row);
    await switchBackend('wasm');
    expect(actual.shape.slice(1)).toEqual(row.outputShape);
    actual.values.forEach((values, index) => {
      expect(values).toBeAllClose(expected.values[index] ?? [], { relative: 1e-5, absolute: 1e-6 });
    });
  });

  it.each(operationRows)('$op $attributes leaves one tensor more than it found when it ran in a scope', (row) => {
    const { apply, shapes } = operationOf(row);
    const tensors = shapes.map((size, index) => normalTensor(size, index + 1));
    expect(() => tf.tidy(() => apply(tensors))).toLeaveTensors(1);
  });
});

const one = async (row: OperationRow, values: readonly number[]): Promise<number[]> => {
  const { apply, shapes } = operationOf(row);
  return Array.from(await apply([tf.tensor([...values], [...(shapes[0] ?? [])])]).data());
};

describe.each(['cpu', 'wasm'] as const)('padding on %s', (backend) => {
  useBackend(backend);

  it('never wins a maximum, however negative the image is', async () => {
    const row: OperationRow = {
      op: 'maxPool',
      attributes: { size: [2, 2], strides: [2, 2], padding: padding(1, 1, 1, 1) },
      inputs: [[1, 2, 2, 1]],
      outputShape: [2, 2, 1],
    };
    expect(await one(row, [-1, -2, -3, -4])).toEqual([-1, -2, -3, -4]);
  });

  it('counts in an average only if it is meant to', async () => {
    const row = (countPadding: boolean): OperationRow => ({
      op: 'avgPool',
      attributes: { size: [2, 2], strides: [2, 2], padding: padding(1, 1, 1, 1), countPadding },
      inputs: [[1, 2, 2, 1]],
      outputShape: [2, 2, 1],
    });
    expect(await one(row(false), [4, 8, 12, 16])).toEqual([4, 8, 12, 16]);
    expect(await one(row(true), [4, 8, 12, 16])).toEqual([1, 2, 3, 4]);
  });
});

describe('activations at chosen points', () => {
  useBackend('cpu');

  /** From the definitions, computed by hand or with Math. */
  const points: readonly [ActivationName, number, number][] = [
    ['hardSigmoid', 1, 0.7],
    ['hardSigmoid', 4, 1],
    ['hardSigmoid6', 1, 4 / 6],
    ['hardSwish', 1, 4 / 6],
    ['hardSwish', -4, 0],
    ['swish', 1, 1 / (1 + Math.exp(-1))],
    ['leakyRelu', -2, -0.6],
    ['relu6', 9, 6],
    ['elu', -1, Math.exp(-1) - 1],
    ['softsign', -3, -0.75],
    ['gelu', 1, 0.8413447461],
    ['geluTanh', 1, 0.8411919906],
    ['mish', 1, Math.tanh(Math.log(1 + Math.E))],
    ['exponential', 2, Math.exp(2)],
  ];

  it.each(points)('%s of %d is %d', async (activation, x, expected) => {
    const row: OperationRow = { op: 'activation', attributes: { activation }, inputs: [[1, 1]], outputShape: [1] };
    expect((await one(row, [x]))[0]).toBeCloseTo(expected, 5);
  });

  it("relu with all of Keras' options follows each branch", async () => {
    const row: OperationRow = {
      op: 'activation',
      attributes: { activation: 'relu', alpha: 0.5, maxValue: 3, threshold: 1 },
      inputs: [[1, 4]],
      outputShape: [4],
    };
    // below: alpha * (x - threshold); between: x; above: maxValue
    expect(await one(row, [-1, 0.5, 2, 5])).toEqual([-1, -0.25, 2, 3]);
  });
});
