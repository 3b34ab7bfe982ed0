import * as tf from '@tensorflow/tfjs-core';
import { afterEach, describe, expect, it } from 'vitest';
import { groupedConv2d } from './groupedConv';
import { gpuBackend } from './webgpu/backend';
import { tuneDevice } from './webgpu/tuning';
import { switchBackend, useBackend } from '../tests/backend';
import { convolveAndDifferentiate, randomConvCases, type ConvCase, type Convolution } from '../tests/convCases';
import { createRng } from '../shared/rng';

type GroupedCase = ConvCase & { readonly groups: number };

/** Between 2 and 8 groups, each of which looks like a random convolution; the last ones of more than a tile. */
const rng = createRng(5);
const cases: readonly GroupedCase[] = [
  ...randomConvCases(120, 31),
  { input: [2, 9, 9, 24], filter: [3, 3, 24, 36], strides: [2, 2], pad: 'same' } satisfies ConvCase as ConvCase,
].map((one): GroupedCase => {
  const groups = 2 + rng.integer(7);
  const [batch, height, width, channels] = one.input;
  const [filterHeight, filterWidth, perGroup, outputs] = one.filter;
  return {
    ...one,
    groups,
    input: [batch, height, width, channels * groups],
    filter: [filterHeight, filterWidth, perGroup, outputs * groups],
  };
});

const grouped =
  (groups: number): Convolution =>
  (x, w, { strides, pad }) =>
    groupedConv2d(x, w, strides, pad, groups);

describe('a convolution in groups on webgpu', () => {
  useBackend('webgpu');
  afterEach(() => {
    tuneDevice(gpuBackend().device, { software: true });
  });

  it.each(cases)(
    'of $input by $filter in $groups groups computes what one a group does, gradients included',
    async (shape) => {
      const convolution = grouped(shape.groups);
      const { numTensors } = tf.memory();
      const inRegisters = await convolveAndDifferentiate(convolution, shape);
      tuneDevice(gpuBackend().device, { software: false });
      const doubled: Convolution = (x, w, one) => convolution(tf.mul(x, 2), w, one);
      const shared = await convolveAndDifferentiate(doubled, shape);
      expect(tf.memory().numTensors).toBe(numTensors);
      await switchBackend('cpu');
      const expected = await convolveAndDifferentiate(convolution, shape);
      await switchBackend('webgpu');
      expected.forEach((values, index) => {
        expect(inRegisters[index] ?? []).toBeAllClose(values, { relative: 1e-5 });
        expect(shared[index]?.map((value) => value / 2) ?? []).toBeAllClose(values, { relative: 1e-5 });
      });
    },
  );

  it('is one operation', () => {
    const x = tf.ones<tf.Rank.R4>([1, 4, 4, 6]);
    const w = tf.ones<tf.Rank.R4>([1, 1, 2, 3]);
    const run = (): unknown => tf.keep(groupedConv2d(x, w, [1, 1], 'valid', 3));
    expect(run).toLeaveTensors(1);
  });
});
