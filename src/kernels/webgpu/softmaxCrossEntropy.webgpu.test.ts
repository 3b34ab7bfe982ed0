import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { switchBackend, useBackend } from '../../tests/backend';
import '../../tests/matchers';
import { normalTensor } from '../../tests/random';
import { crossEntropyComposed, crossEntropyGradComposed, softmaxCrossEntropy } from '../softmaxCrossEntropy';

interface Case {
  readonly rows: number;
  readonly classes: number;
  readonly deviation: number;
  readonly smoothing: number;
}

/** Loss and gradient in the logits. */
async function compute({ rows, classes, deviation, smoothing }: Case): Promise<Float32Array[]> {
  const rng = createRng(classes);
  const results = tf.tidy(() => {
    const labels = tf.tensor1d(
      Array.from({ length: rows }, () => rng.integer(classes)),
      'int32',
    );
    const logits = normalTensor([rows, classes], rows, { mean: 5, deviation });
    const loss = (x: tf.Tensor): tf.Tensor => tf.mul(softmaxCrossEntropy(x as tf.Tensor2D, labels, smoothing), 3);
    const { value, grad } = tf.valueAndGrad(loss)(logits);
    return [value, grad];
  });
  const values = await Promise.all(results.map((result) => result.data<'float32'>()));
  tf.dispose(results);
  return values;
}

const cases: readonly Case[] = [
  { rows: 1, classes: 2, deviation: 1, smoothing: 0 },
  { rows: 4, classes: 3, deviation: 400, smoothing: 0 },
  { rows: 16, classes: 10, deviation: 1, smoothing: 0.1 },
  { rows: 65, classes: 31, deviation: 3, smoothing: 0 },
  { rows: 130, classes: 7, deviation: 1, smoothing: 0.3 },
  { rows: 8, classes: 1000, deviation: 2, smoothing: 0.1 },
];

describe('cross-entropy', () => {
  useBackend('webgpu');

  it.each(cases)('of $rows x $classes is that of cpu, gradient included', async (given) => {
    const before = tf.memory().numTensors;
    const actual = await compute(given);
    expect(tf.memory().numTensors).toBe(before);
    await switchBackend('cpu');
    const expected = await compute(given);
    await switchBackend('webgpu');
    actual.forEach((values, at) => expect(values).toBeAllClose(expected[at]!, { relative: 1e-5 }));
  });

  it.each(cases)('of $rows x $classes is the same of stock operations', async (given) => {
    const actual = await compute(given);
    const stock = { SoftmaxCrossEntropy: crossEntropyComposed, SoftmaxCrossEntropyGrad: crossEntropyGradComposed };
    const own = Object.keys(stock).map((kernelName) => tf.getKernel(kernelName, 'webgpu'));
    const use = (kernels: readonly tf.KernelConfig[]): void => {
      for (const { kernelName, backendName } of kernels) tf.unregisterKernel(kernelName, backendName);
      kernels.forEach(tf.registerKernel);
    };
    use(Object.entries(stock).map(([kernelName, kernelFunc]) => ({ kernelName, backendName: 'webgpu', kernelFunc })));
    const expected = await compute(given);
    use(own);
    actual.forEach((values, at) => expect(values).toBeAllClose(expected[at]!, { relative: 1e-5 }));
  });
});
