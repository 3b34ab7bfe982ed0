import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';

describe('webgpu', () => {
  useBackend('webgpu');

  it('adds up more tensors than a shader can bind', async () => {
    const summands = Array.from({ length: 12 }, (_, index) => tf.tensor1d([index, 1]));
    expect(Array.from(await tf.addN(summands).data())).toEqual([66, 12]);
  });
});
