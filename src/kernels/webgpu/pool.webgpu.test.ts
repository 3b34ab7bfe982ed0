import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../../tests/backend';
import { gpuBackend } from './backend';
import { emptyPool } from './pool';

const allocated = (): number =>
  (tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU: number }).numBytesAllocatedInGPU;

describe('the pool of free buffers', () => {
  useBackend('webgpu');

  it('is emptied, and what tensors use stays', async () => {
    emptyPool(gpuBackend());
    const before = allocated();
    const kept = tf.tidy(() => tf.add(tf.relu(tf.fill([1000], -2)), tf.relu(tf.fill([1000], 3))));
    await kept.data();
    expect(allocated() - before).toBeGreaterThan(4000);
    emptyPool(gpuBackend());
    expect(allocated() - before).toBe(4000);
    const sum = tf.sum(kept);
    expect((await sum.data())[0]).toBe(3000);
    tf.dispose([kept, sum]);
    emptyPool(gpuBackend());
    expect(allocated()).toBe(before);
  });
});
