import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { openModel } from '../formats/models/registry';
import { useBackend } from '../tests/backend';
import { forward } from './forward';
import { createNetwork, disposeNetwork, type Network } from './network';

const models = join(process.env['SHARED_DIR'] ?? '../shared', 'models');
const folders = existsSync(models) ? readdirSync(models) : [];
const ownModels = folders.filter((name) => name.includes('-resnet8-s'));
const foreignModels = folders.filter((name) => ['teachable-machine-image', 'nsfwjs-mobilenetv2-uint8'].includes(name));

async function open(folder: string): Promise<Network> {
  const names = readdirSync(join(models, folder)).filter((name) => name !== 'expected.json');
  const files = names.map((path) => ({ path, bytes: new Uint8Array(readFileSync(join(models, folder, path))) }));
  const { spec, weights } = await openModel(files);
  return createNetwork(spec, weights);
}

function expectedOf(folder: string): unknown {
  return JSON.parse(readFileSync(join(models, folder, 'expected.json'), 'utf8'));
}

/** The input of every expected.json: value i is `(i * 2654435761 mod 2^32) / 2^32`. */
function deterministicImages(shape: [number, number, number, number]): tf.Tensor4D {
  const values = Float32Array.from(
    { length: tf.util.sizeFromShape(shape) },
    (_, i) => (Math.imul(i, 2654435761 | 0) >>> 0) / 4294967296,
  );
  return tf.tensor<tf.Rank.R4>(values, shape);
}

interface OwnExpectation {
  readonly inputShape: [number, number, number];
  readonly features: readonly number[][];
  readonly logits: readonly number[][];
}

interface ForeignExpectation {
  readonly bn: readonly {
    readonly epsilon: number;
    readonly test_input_batch_mean_first3: readonly number[];
    readonly test_input_batch_variance_first3: readonly number[];
  }[];
  readonly test: {
    readonly shape: [number, number, number, number];
    readonly outputs: { readonly first10: readonly number[] };
    readonly outputs_for_input_times_2_minus_1: { readonly first10: readonly number[] };
    readonly outputs_for_input_times_255: { readonly first10: readonly number[] };
  };
}

describe.skipIf(ownModels.length === 0).each(['cpu', 'wasm'] as const)('our own source models on %s', (backend) => {
  useBackend(backend);

  it.each(ownModels)('%s has the features and logits that PyTorch gives it', async (folder) => {
    const expected = expectedOf(folder) as OwnExpectation;
    const network = await open(folder);
    const x = deterministicImages([expected.features.length, ...expected.inputShape]);
    const { features, logits } = forward(network, x, { batchNorm: 'running' });
    expect(await features.data()).toBeAllClose(expected.features.flat(), { absolute: 1e-4 });
    expect(await logits.data()).toBeAllClose(expected.logits.flat(), { absolute: 1e-4 });
    tf.dispose([x, features, logits]);
    disposeNetwork(network);
  });
});

describe.skipIf(foreignModels.length === 0).each(foreignModels)('%s on wasm', (folder) => {
  useBackend('wasm');

  it('classifies as the reference interpreter does', async () => {
    const { test } = expectedOf(folder) as ForeignExpectation;
    const network = await open(folder);
    const x = deterministicImages(test.shape);
    const cases = [
      { images: x, outputs: test.outputs },
      { images: tf.sub<tf.Tensor4D>(tf.mul(x, 2), 1), outputs: test.outputs_for_input_times_2_minus_1 },
      { images: tf.mul<tf.Tensor4D>(x, 255), outputs: test.outputs_for_input_times_255 },
    ];
    for (const { images, outputs } of cases) {
      const { logits } = forward(network, images, { batchNorm: 'running' });
      expect(await tf.softmax(logits).data()).toBeAllClose(outputs.first10, { absolute: 1e-4 });
    }
    disposeNetwork(network);
  });

  it('measures the input statistics of its batch-norm layers as the reference interpreter does', async () => {
    const { bn, test } = expectedOf(folder) as ForeignExpectation;
    const network = await open(folder);
    const options = { batchNorm: 'running', collect: true } as const;
    const { statistics } = forward(network, deterministicImages(test.shape), options);
    expect(statistics).toHaveLength(bn.length);
    for (const [index, layer] of bn.entries()) {
      const mean = (await statistics[index]?.mean.data()) ?? [];
      const variance = (await statistics[index]?.variance.data()) ?? [];
      const tolerance = { relative: 1e-4, absolute: 1e-5 };
      expect(mean.slice(0, 3)).toBeAllClose(layer.test_input_batch_mean_first3, tolerance);
      expect(variance.slice(0, 3)).toBeAllClose(layer.test_input_batch_variance_first3, tolerance);
    }
    disposeNetwork(network);
  });
});
