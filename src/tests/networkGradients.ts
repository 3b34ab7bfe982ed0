import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import { forward } from '../networks/forward';
import type { ForwardOptions } from '../networks/forward';
import { createNetwork, disposeNetwork } from '../networks/network';
import { createRng } from '../shared/rng';
import { switchBackend } from './backend';
import { normalTensor } from './random';
import { networks } from './randomNetworks';
import type { NetworkName } from './randomNetworks';

/** A whole network with a batch to differentiate it on. */
export interface GradientCase {
  readonly name: NetworkName;
  readonly edge: number;
  readonly images: number;
  readonly batchNorm: ForwardOptions['batchNorm'];
}

/** Batch statistics where every layer sees enough values for them; elsewhere their gradients are mostly rounding. */
export const gradientCases: readonly GradientCase[] = [
  { name: 'resnet8', edge: 24, images: 4, batchNorm: 'batch' },
  { name: 'resnet8', edge: 15, images: 3, batchNorm: 'running' },
  { name: 'resnet18', edge: 17, images: 1, batchNorm: 'running' },
  { name: 'mobilenet', edge: 32, images: 4, batchNorm: 'batch' },
  { name: 'mobilenet', edge: 21, images: 2, batchNorm: 'running' },
];

/** Logits, and the gradient of every parameter and of the images, of a loss that uses logits and statistics. */
async function differentiate({ name, edge, images, batchNorm }: GradientCase): Promise<Map<string, Float32Array>> {
  const { spec, weights } = networks[name](edge, createRng(5));
  const network = createNetwork(spec, weights);
  const results = tf.tidy(() => {
    const x = normalTensor([images, edge, edge, 3], 1) as tf.Tensor4D;
    const loss = (): tf.Scalar => {
      const { logits, statistics } = forward(network, x, { batchNorm, collect: true });
      const matching = statistics.map(({ mean, variance }) => tf.add(tf.sum(tf.square(mean)), tf.sum(variance)));
      const value = tf.sum(tf.mul(logits, normalTensor(logits.shape, 2)));
      return tf.add(value, tf.mul(tf.sum(tf.stack(matching)), 0.01));
    };
    const { value, grads } = tf.variableGrads(loss, [...network.parameters.values()]);
    const named = [...network.parameters].flatMap(([parameter, variable]) => {
      const gradient = grads[variable.name];
      return gradient ? [{ parameter, gradient }] : [];
    });
    return [{ parameter: 'loss', gradient: value }, ...named];
  });
  const entries = results.map(async ({ parameter, gradient }) => [parameter, await gradient.data()] as const);
  const values = new Map((await Promise.all(entries)) as [string, Float32Array][]);
  tf.dispose(results.map(({ gradient }) => gradient));
  disposeNetwork(network);
  return values;
}

/**
 * Checks that a backend differentiates a network as the cpu backend does, to 1e-4 of each gradient's largest value. (The
 * gradient of a bias before a batch norm is a sum of terms that cancel: it carries the rounding of these.)
 */
export async function checkNetworkGradients(shape: GradientCase, backend: 'wasm' | 'webgpu'): Promise<void> {
  const actual = await differentiate(shape);
  await switchBackend('cpu');
  const expected = await differentiate(shape);
  await switchBackend(backend);
  expect([...actual.keys()]).toEqual([...expected.keys()]);
  const largest = [...expected.values()].flatMap((values) => [...values]).reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  for (const [parameter, values] of expected) {
    expect(actual.get(parameter) ?? [], parameter).toBeAllClose(values, { relative: 1e-4, absolute: 1e-6 * largest });
  }
}
