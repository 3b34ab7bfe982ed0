import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { switchBackend, useBackend } from '../tests/backend';
import { cases, epsilon, gradientAtKinks, kinks, operands, title, type Case } from '../tests/batchNormCases';
import { normalTensor } from '../tests/random';
import {
  batchNormRunning,
  batchNormRunningMeasured,
  batchNormTraining,
  channelMoments,
  registerBatchNorm,
} from './batchNorm';
import { batchNormKernels } from './webgpu/batchNorm';

/** A kernel as the engine calls it; what it needs is made of random numbers. */
interface Call {
  readonly kernel: string;
  readonly run: (each: Case) => tf.Tensor[];
}

function kernel(name: string, inputs: tf.NamedTensorMap, attributes: tf.NamedAttrMap): tf.Tensor[] {
  const results = tf.engine().runKernel<tf.Tensor | tf.Tensor[]>(name, inputs, attributes);
  return Array.isArray(results) ? results : [results];
}

/** What arrives at the moments, and other moments of the matched rows. */
function momentGradients({ shape, matchRows, seed }: Case): tf.NamedTensorMap {
  const random = (offset: number): tf.Tensor => tf.mul(normalTensor([shape[3]], seed + offset), 30);
  const matched = { matchedMean: random(12), dMatchedMean: random(13), dMatchedVariance: random(14) };
  return { dMean: random(10), dVariance: random(11), ...(matchRows < shape[0] && matched) };
}

const attributesOf = ({ matchRows, activation }: Case) => ({ epsilon, matchRows, activation });

const calls: readonly Call[] = [
  {
    kernel: 'BatchNormTraining',
    run: (each) => {
      const { x, gamma, beta } = operands(each);
      return kernel('BatchNormTraining', { x, gamma, beta }, attributesOf(each));
    },
  },
  {
    kernel: 'BatchNormTrainingGrad',
    run: (each) => {
      const inputs = { ...operands(each), ...momentGradients(each) };
      return kernel('BatchNormTrainingGrad', inputs, attributesOf(each));
    },
  },
  {
    kernel: 'BatchNormRunning',
    run: (each) => {
      const { x, gamma, beta, mean, variance } = operands(each);
      const attributes = { epsilon, activation: each.activation };
      return kernel('BatchNormRunning', { x, gamma, beta, mean, variance }, attributes);
    },
  },
  {
    kernel: 'BatchNormRunningGrad',
    run: (each) => kernel('BatchNormRunningGrad', operands(each), { epsilon, activation: each.activation }),
  },
  {
    kernel: 'BatchNormRunningMeasured',
    run: (each) => {
      const { x, gamma, beta, mean, variance } = operands(each);
      return kernel('BatchNormRunningMeasured', { x, gamma, beta, mean, variance }, attributesOf(each));
    },
  },
  {
    kernel: 'BatchNormRunningMeasuredGrad',
    run: (each) => {
      const batchMean = normalTensor([each.shape[3]], each.seed + 15, { mean: 3 });
      const inputs = { ...operands(each), batchMean, ...momentGradients(each) };
      return kernel('BatchNormRunningMeasuredGrad', inputs, attributesOf(each));
    },
  },
  {
    kernel: 'ChannelMoments',
    run: (each) => kernel('ChannelMoments', { x: operands(each).x }, { matchRows: each.matchRows }),
  },
  {
    kernel: 'ChannelMomentsGrad',
    run: (each) => {
      const { x, mean } = operands(each);
      return kernel('ChannelMomentsGrad', { x, mean, ...momentGradients(each) }, { matchRows: each.matchRows });
    },
  },
];

/** A loss that every output of every batch-norm function is in, and its gradients. */
function lossAndGradients({ shape, matchRows, activation }: Case): Promise<Float32Array[]> {
  const loss = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Scalar => {
    const { y, moments } = batchNormTraining(x, gamma, beta, { epsilon, matchRows, activation });
    const statistics = { mean: tf.zeros([shape[3]]), variance: tf.ones([shape[3]]), epsilon };
    const again = batchNormRunningMeasured(y, { gamma, beta }, statistics, { matchRows });
    const last = batchNormRunning(again.y, { gamma, beta }, statistics);
    const measured = [moments, again.moments, channelMoments(last, matchRows)]
      .flatMap((each) => [each, each.matched])
      .flatMap(({ mean, variance }) => [mean, variance]);
    return measured.reduce<tf.Scalar>(
      (sum, values, index) => tf.add(sum, tf.sum(tf.mul(values, normalTensor(values.shape, 20 + index)))),
      tf.sum(tf.mul(last, normalTensor(shape, 4))),
    );
  };
  return valuesOf(() => {
    const inputs = [normalTensor(shape, 1, { mean: 3 }), normalTensor([shape[3]], 2), normalTensor([shape[3]], 3)];
    const { value, grads } = tf.valueAndGrads(loss)(inputs);
    return [value, ...grads];
  });
}

/** In float64. */
function exactMoments(values: Float32Array, channels: number): { center: number; spread: number }[] {
  return Array.from({ length: channels }, (_, channel) => {
    const own = Array.from(values).filter((__, index) => index % channels === channel);
    const center = own.reduce((sum, value) => sum + value, 0) / own.length;
    return { center, spread: own.reduce((sum, value) => sum + (value - center) ** 2, 0) / own.length };
  });
}

async function valuesOf(run: () => tf.Tensor[]): Promise<Float32Array[]> {
  const results = tf.tidy(run);
  const values = await Promise.all(results.map(async (result) => (await result.data()) as Float32Array));
  tf.dispose(results);
  return values;
}

describe('batch normalisation on webgpu', () => {
  useBackend('webgpu');

  it('is computed by our own shaders', () => {
    for (const call of calls) {
      expect(batchNormKernels[call.kernel]).toBeDefined();
      expect(tf.getKernel(call.kernel, 'webgpu').kernelFunc).toBe(batchNormKernels[call.kernel]);
    }
  });

  describe.each(calls)('$kernel', ({ run }) => {
    it('agrees with the CPU in 48 random cases', async () => {
      const actual: Float32Array[][] = [];
      for (const each of cases) actual.push(await valuesOf(() => run(each)));
      await switchBackend('cpu');
      const expected: Float32Array[][] = [];
      for (const each of cases) expected.push(await valuesOf(() => run(each)));
      await switchBackend('webgpu');
      expected.forEach((outputs, at) => {
        expect(actual[at]).toHaveLength(outputs.length);
        outputs.forEach((wanted, output) => {
          const where = `output ${output} of ${cases.map(title)[at] ?? ''}`;
          expect(actual[at]?.[output] ?? [], where).toBeAllClose(wanted, { relative: 1e-5 });
        });
      });
    }, 180_000);
  });

  it.each(['none', 'relu', 'relu6'] as const)('agrees with the CPU through autodiff, with %s', async (activation) => {
    const shape = { shape: [6, 4, 4, 8], matchRows: 2, activation, seed: 5 } as const;
    const actual = await lossAndGradients(shape);
    await switchBackend('cpu');
    const expected = await lossAndGradients(shape);
    await switchBackend('webgpu');
    expected.forEach((values, index) => {
      expect(actual[index] ?? []).toBeAllClose(values, { relative: 1e-5 });
    });
  });

  it.each(kinks)('has the gradient of %s that tfjs has at 0 and at 6', async (activation, expected) => {
    expect(await gradientAtKinks(activation)).toEqual(expected);
  });

  it.each([
    ['a spread of 1 around a mean of 1000', { mean: 1000 }, null],
    ['a spread of 1e-3 around 30', { mean: 30, deviation: 1e-3 }, null],
    ['a first row far from all others', { mean: 5 }, 1e4],
    ['a first row somewhat off', { mean: 1000 }, 900],
  ] as const)('measures %s to 1e-6, also while normalising', async (_, numbers, firstRow) => {
    for (const channels of [3, 8]) {
      const values = (await normalTensor([64, 8, 8, channels], 7, numbers).data()) as Float32Array;
      if (firstRow !== null) values.fill(firstRow, 0, channels);
      const x = tf.tensor(values, [64, 8, 8, channels]);
      const affine = { gamma: tf.ones([channels]), beta: tf.zeros([channels]) };
      const farOff = { mean: tf.zeros([channels]), variance: tf.ones([channels]), epsilon };
      const { moments } = batchNormRunningMeasured(x, affine, farOff, { matchRows: 20 });
      for (const all of [channelMoments(x, 20), moments]) {
        for (const [measured, count] of [[all, 64] as const, [all.matched, 20] as const]) {
          const exact = exactMoments(values.subarray(0, count * 64 * channels), channels);
          const [centers, spreads] = [await measured.mean.data(), await measured.variance.data()];
          exact.forEach(({ center, spread }, channel) => {
            expect(Math.abs((centers[channel] ?? 0) / center - 1)).toBeLessThan(1e-6);
            expect(Math.abs((spreads[channel] ?? 0) / spread - 1)).toBeLessThan(1e-6);
          });
        }
      }
    }
  });

  it('normalises exactly as without measuring', async () => {
    for (const each of cases) {
      const { x, gamma, beta, mean, variance } = operands(each);
      const { matchRows, activation } = each;
      const statistics = { mean, variance, epsilon };
      const { y } = batchNormRunningMeasured(x, { gamma, beta }, statistics, { matchRows, activation });
      expect(await y.data()).toEqual(await batchNormRunning(x, { gamma, beta }, statistics, activation).data());
    }
  }, 180_000);

  it('can be switched to stock operations and back, and an error of a kernel would be noticed', async () => {
    const shape = { shape: [3, 2, 2, 4], matchRows: 2, activation: 'relu', seed: 3 } as const;
    const own = await lossAndGradients(shape);
    registerBatchNorm('webgpu', 'composed');
    const stock = await lossAndGradients(shape);
    const { kernelFunc } = tf.getKernel('BatchNormTrainingGrad', 'webgpu');
    tf.unregisterKernel('BatchNormTrainingGrad', 'webgpu');
    tf.registerKernel({
      kernelName: 'BatchNormTrainingGrad',
      backendName: 'webgpu',
      kernelFunc: ({ inputs, backend, attrs }) => kernelFunc({ inputs, backend, attrs: { ...attrs, epsilon: 1e-3 } }),
    });
    const wrong = await lossAndGradients(shape);
    registerBatchNorm('webgpu', 'shaders');
    const again = await lossAndGradients(shape);
    stock.forEach((values, index) => expect(own[index] ?? []).toBeAllClose(values, { relative: 1e-5 }));
    own.forEach((values, index) => expect(again[index]).toEqual(values));
    expect(wrong[1] ?? []).not.toBeAllClose(own[1] ?? [], { relative: 1e-5 });
  });

  it('leaves no tensor and no buffer behind but its results', async () => {
    const [x, gamma, beta] = [normalTensor([4, 3, 3, 5], 1), normalTensor([5], 2), normalTensor([5], 3)];
    expect(() => batchNormTraining(x, gamma, beta, { epsilon, matchRows: 2 })).toLeaveTensors(5);
    expect(() => channelMoments(x, 4)).toLeaveTensors(2);
    const statistics = { mean: beta, variance: tf.square(gamma), epsilon };
    expect(() => batchNormRunningMeasured(x, { gamma, beta }, statistics, { matchRows: 2 })).toLeaveTensors(5);
    const shape = { shape: [5, 20, 20, 3], matchRows: 2, activation: 'relu', seed: 1 } as const;
    await lossAndGradients(shape);
    const before = { ...tf.memory() };
    for (let step = 0; step < 5; step++) await lossAndGradients(shape);
    expect(tf.memory()).toMatchObject({ numTensors: before.numTensors, numDataBuffers: before.numDataBuffers });
    expect(tf.backend().numDataIds()).toBe(before.numDataBuffers);
  });
});
