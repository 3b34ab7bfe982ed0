import * as tf from '@tensorflow/tfjs-core';
import type { Rng } from '../shared/rng';
import { crossEntropy } from './losses/crossEntropy';
import { createOptimizer, disposeOptimizer, readOptimizer, stepInPlace, stepOptimizer } from './optimizer';
import type { Optimizer, OptimizerState } from './optimizer';

/** Width of the two hidden layers. */
const hidden = 500;
export const criticRate = 1e-4;
const adam = { optimizer: 'adam', momentum: 0.5, beta2: 0.9, weightDecay: 0 } as const;
/** What the critic should say of features of source and of target images. */
const classes = { target: 0, source: 1 } as const;

/**
 * The optional critic of pair features: a perceptron (features, 500, 500, 2) that tells source from target images.
 * It learns from its own loss by Adam (rate 1e-4, betas 0.5 and 0.9); the networks learn to fool it.
 */
export interface Discriminator {
  readonly layers: readonly { readonly kernel: tf.Variable; readonly bias: tf.Variable }[];
  readonly optimizer: Optimizer;
}

/** Plain data of a critic and its optimizer. */
export interface DiscriminatorState {
  readonly layers: readonly { readonly kernel: Float32Array; readonly bias: Float32Array }[];
  readonly optimizer: OptimizerState;
}

/** A fresh critic: every weight uniform in +-1/sqrt(inputs). */
export function initialDiscriminator(features: number, rng: Rng): DiscriminatorState {
  const layers = [
    [features, hidden],
    [hidden, hidden],
    [hidden, 2],
  ].map(([inputs = 0, outputs = 0]) => {
    const draw = (): number => (2 * rng.next() - 1) / Math.sqrt(inputs);
    return {
      kernel: Float32Array.from({ length: inputs * outputs }, draw),
      bias: Float32Array.from({ length: outputs }, draw),
    };
  });
  return { layers, optimizer: { slots: {}, betaPowers: [1, 1] } };
}

export function createDiscriminator(state: DiscriminatorState): Discriminator {
  const layers = state.layers.map(({ kernel, bias }) =>
    tf.tidy(() => ({
      kernel: tf.variable(tf.tensor(kernel.slice(), [kernel.length / bias.length, bias.length])),
      bias: tf.variable(tf.tensor(bias.slice())),
    })),
  );
  const variables = layers.flatMap(({ kernel, bias }, layer) => [
    { name: `${String(layer)}/kernel`, variable: kernel, rateFactor: 1 },
    { name: `${String(layer)}/bias`, variable: bias, rateFactor: 1 },
  ]);
  return { layers, optimizer: createOptimizer(adam, variables, state.optimizer) };
}

/** `[pairs, 2]` from `[pairs, features]`. */
function judge({ layers }: Discriminator, features: tf.Tensor2D): tf.Tensor2D {
  return layers.reduce((x, { kernel, bias }, layer) => {
    const sum = tf.add<tf.Tensor2D>(tf.matMul(x, kernel), bias);
    return layer + 1 < layers.length ? tf.relu(sum) : sum;
  }, features);
}

const constant = (rows: number, label: number): tf.Tensor1D => tf.fill([rows], label, 'int32');

/**
 * Loss of the networks: cross-entropy of calling their target features source features.
 *
 * @param target `[pairs, features]`, mixed over the sources.
 */
export function foolingLoss(discriminator: Discriminator, target: tf.Tensor2D): tf.Scalar {
  return tf.tidy(() => crossEntropy(judge(discriminator, target), constant(target.shape[0], classes.source)));
}

/**
 * One step of the critic on its own loss: source features are source, target features are target.
 *
 * @param source `[pairs, features]` and @param target the same, both constants here.
 * @param control on WebGPU with our own kernels: the numbers of the step, where they lie on the GPU (`stepControl.ts`).
 */
export function stepDiscriminator(
  discriminator: Discriminator,
  source: tf.Tensor2D,
  target: tf.Tensor2D,
  control: tf.Tensor1D | null = null,
): void {
  tf.tidy(() => {
    const { variables } = discriminator.optimizer;
    const loss = (): tf.Scalar => {
      const labels = tf.concat([constant(source.shape[0], classes.source), constant(target.shape[0], classes.target)]);
      return crossEntropy(judge(discriminator, tf.concat([source, target])), labels);
    };
    const { grads } = tf.variableGrads(
      loss,
      variables.map(({ variable }) => variable),
    );
    const byName = new Map(
      variables.flatMap(({ name, variable }) => {
        const gradient = grads[variable.name];
        return gradient === undefined ? [] : [[name, gradient] as const];
      }),
    );
    if (control) stepInPlace(discriminator.optimizer, byName, control);
    else stepOptimizer(discriminator.optimizer, byName, criticRate);
  });
}

export async function readDiscriminator(discriminator: Discriminator): Promise<DiscriminatorState> {
  const read = async (variable: tf.Variable): Promise<Float32Array> => (await variable.data<'float32'>()).slice();
  const layers = await Promise.all(
    discriminator.layers.map(async ({ kernel, bias }) => ({ kernel: await read(kernel), bias: await read(bias) })),
  );
  return { layers, optimizer: await readOptimizer(discriminator.optimizer) };
}

export function disposeDiscriminator({ layers, optimizer }: Discriminator): void {
  tf.dispose(layers.flatMap(({ kernel, bias }) => [kernel, bias]));
  disposeOptimizer(optimizer);
}
