import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig } from '@tensorflow/tfjs-core';
import { batchNormRunningMeasured, batchNormTraining, channelMoments } from '../../../src/kernels/batchNorm';
import { matchPerLayer } from '../../../src/method/losses/statisticsMatching';
import type { Moments } from '../../../src/method/losses/statisticsMatching';
import type { BenchPlan } from '../protocol';
import { batchNormShapes } from '../shapes';
import { get, normal, runCase } from './kernelRow';
import type { KernelCase, SectionScope } from './kernelRow';

const epsilon = 1e-5;
type Tensors = Record<string, tf.Tensor>;
type Runs = KernelCase['run'];

function inputsOf(shape: readonly number[]): Tensors {
  const channels = [shape.at(-1) ?? 0];
  return {
    x: normal(shape, 1, { mean: 0.5 }),
    dy: normal(shape, 2, { deviation: 0.1 }),
    gamma: normal(channels, 3, { mean: 1, deviation: 0.2 }),
    beta: normal(channels, 4, { deviation: 0.2 }),
    mean: normal(channels, 5, { mean: 0.4, deviation: 0.1 }),
    variance: normal(channels, 6, { mean: 1.2, deviation: 0.1 }),
  };
}

/** Calls a registered gradient with the inputs it saves. */
function gradient(config: GradConfig, inputs: Tensors, attributes: object, wanted: readonly string[]): tf.Tensor[] {
  const saved = (config.inputsToSave ?? []).map((name) => get(inputs, name));
  const gradients = config.gradFunc(get(inputs, 'dy'), saved, attributes as Record<string, number>);
  return wanted.map((name) => {
    const compute = gradients[name];
    if (!compute) throw new Error(`The gradient of ${config.kernelName} knows no ${name}.`);
    return compute();
  });
}

const momentRuns: Runs = {
  own: (inputs) => {
    const x = get(inputs, 'x');
    const { mean, variance } = channelMoments(x, x.shape[0]);
    return [mean, variance];
  },
  stock: (inputs) => {
    const { mean, variance } = tf.moments(get(inputs, 'x'), [0, 1, 2]);
    return [mean, variance];
  },
};

/** dx, dgamma and dbeta of batch normalisation with running statistics. */
function backwardRuns(): Runs {
  const [own, stock] = [tf.getGradient('BatchNormRunning'), tf.getGradient('FusedBatchNorm')];
  return {
    own: (inputs) => gradient(own, inputs, { epsilon, activation: 'none' }, ['x', 'gamma', 'beta']),
    stock: (inputs) =>
      gradient(stock, { ...inputs, scale: get(inputs, 'gamma'), offset: get(inputs, 'beta') },
        { varianceEpsilon: epsilon }, ['x', 'scale', 'offset']), // prettier-ignore
  };
}

/** A loss of value 0 whose gradient is `dy`: what follows the layer, at no cost. */
const followedBy = (y: tf.Tensor, dy: tf.Tensor): tf.Scalar =>
  tf.customGrad(() => ({ value: tf.scalar(0), gradFunc: () => dy }))(y);

/** Batch norm with a ReLU, and the moments of what it gets. */
type Layer = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor, stored: Moments) => { y: tf.Tensor; measured: Moments };

const stockMoments = (x: tf.Tensor): Moments => {
  const { mean, variance } = tf.moments(x, [0, 1, 2]);
  return { mean: mean as tf.Tensor1D, variance: variance as tf.Tensor1D };
};

const stockBatchNorm = (x: tf.Tensor, { mean, variance }: Moments, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
  tf.batchNorm(x, mean, variance, beta, gamma, epsilon);

const storedOf = (inputs: Tensors): Moments => ({
  mean: get(inputs, 'mean') as tf.Tensor1D,
  variance: get(inputs, 'variance') as tf.Tensor1D,
});

/** A layer in both batch-norm modes; the moments of its input are matched. */
const layers: Readonly<Record<'running' | 'batch', Readonly<Record<'own' | 'stock', Layer>>>> = {
  running: {
    own: (x, gamma, beta, stored) => {
      const options = { matchRows: x.shape[0], activation: 'relu' } as const;
      const { y, moments } = batchNormRunningMeasured(x, { gamma, beta }, { ...stored, epsilon }, options);
      return { y, measured: moments };
    },
    stock: (x, gamma, beta, stored) => ({
      measured: stockMoments(x),
      y: tf.relu(stockBatchNorm(x, stored, gamma, beta)),
    }),
  },
  batch: {
    own: (x, gamma, beta) => {
      const { y, moments } = batchNormTraining(x, gamma, beta, {
        epsilon,
        matchRows: x.shape[0],
        activation: 'relu',
      });
      return { y, measured: moments };
    },
    stock: (x, gamma, beta) => {
      const measured = stockMoments(x);
      return { measured, y: tf.relu(stockBatchNorm(x, measured, gamma, beta)) };
    },
  },
};

/** Forward and backward of batch norm, ReLU and statistics matching. */
function layerRun(layer: Layer): Runs['own'] {
  return (inputs) => {
    const stored = storedOf(inputs);
    const loss = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Scalar => {
      const { y, measured } = layer(x, gamma, beta, stored);
      const matching = matchPerLayer([[measured]], [[stored]], tf.ones([1]), 1);
      return tf.add(followedBy(y, get(inputs, 'dy')), tf.mul(matching, 0.05));
    };
    const { value, grads } = tf.valueAndGrads(loss)(['x', 'gamma', 'beta'].map((name) => get(inputs, name)));
    return [value, ...grads];
  };
}

/** Batch statistics, batch norm and statistics matching by shape. */
export async function measureBatchNorms(scope: SectionScope, plan: BenchPlan): Promise<void> {
  const groups: readonly (readonly [string, Runs, number])[] = [
    ['moments', momentRuns, 1],
    ['BN backward', backwardRuns(), 3],
    ['BN + ReLU + matching, running', { own: layerRun(layers.running.own), stock: layerRun(layers.running.stock) }, 6],
    ['BN + ReLU + matching, batch', { own: layerRun(layers.batch.own), stock: layerRun(layers.batch.stock) }, 6],
  ];
  for (const [group, run, passes] of groups) {
    for (const shape of batchNormShapes(plan)) {
      const bytes = 4 * passes * shape.reduce((a, b) => a * b, 1);
      await runCase(scope, {
        ...{ section: 'bn', group, name: shape.join('x'), gated: true, flops: 0, bytes, run },
        inputs: () => inputsOf(shape),
      });
    }
  }
}
