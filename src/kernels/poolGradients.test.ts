import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import '../tests/matchers';

describe.each(['cpu', 'wasm'] as const)('pooling gradients on %s', (backend) => {
  useBackend(backend);

  it('divides by the inputs under the window, not by the padding', async () => {
    const average = (x: tf.Tensor): tf.Tensor => tf.avgPool(x as tf.Tensor4D, 2, 2, 'same');
    const x = tf.tensor4d([1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 3, 3, 1]);
    const dy = tf.tensor4d([1, 2, 4, 8], [1, 2, 2, 1]);
    // Windows of 4, 2, 2 and 1 inputs.
    expect(await average(x).data()).toBeAllClose([3, 4.5, 7.5, 9], { absolute: 1e-6 });
    const expected = [0.25, 0.25, 1, 0.25, 0.25, 1, 2, 2, 8];
    expect(await tf.grad(average)(x, dy).data()).toBeAllClose(expected, { absolute: 1e-6 });
  });
});
