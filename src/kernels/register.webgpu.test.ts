import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { registerKernels } from './register';
import { ownKernels, usesOwnKernels } from './webgpu/kernels';
import { useBackend } from '../tests/backend';
import { convolveAndDifferentiate, type Convolution } from '../tests/convCases';

const convolution: Convolution = (x, w, { strides, pad }) => tf.conv2d(x, w, strides, pad);
const shape = { input: [2, 7, 6, 5], filter: [3, 3, 5, 4], strides: [2, 1], pad: 'same' } as const;

const kernelOf = (name: string): unknown =>
  tf.getKernelsForBackend('webgpu').find(({ kernelName }) => kernelName === name)?.kernelFunc;

describe('the kernels of webgpu', () => {
  useBackend('webgpu');
  const stock = new Map<string, unknown>();
  beforeAll(() => {
    registerKernels('webgpu', 'stock');
    for (const name of Object.keys(ownKernels)) stock.set(name, kernelOf(name));
    registerKernels('webgpu', 'own');
  });
  afterAll(() => {
    registerKernels('webgpu', 'own');
  });

  it('are our own', () => {
    expect(usesOwnKernels()).toBe(true);
    for (const [name, kernel] of Object.entries(ownKernels)) expect(kernelOf(name)).toBe(kernel);
  });

  it('can be those of tfjs for a while, with the same results', async () => {
    const ours = await convolveAndDifferentiate(convolution, { ...shape, strides: [2, 1] });
    registerKernels('webgpu', 'stock');
    expect(usesOwnKernels()).toBe(false);
    for (const name of Object.keys(ownKernels)) {
      expect(kernelOf(name)).toBe(stock.get(name));
      expect(kernelOf(name)).not.toBe(ownKernels[name]);
    }
    const theirs = await convolveAndDifferentiate(convolution, { ...shape, strides: [2, 1] });
    registerKernels('webgpu', 'own');
    expect(usesOwnKernels()).toBe(true);
    ours.forEach((values, index) => {
      expect(values).toBeAllClose(theirs[index] ?? [], { relative: 1e-5 });
    });
  });
});
