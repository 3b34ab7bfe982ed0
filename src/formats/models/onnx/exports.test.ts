import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { dropped } from '../../fixtures/onnxModel';
import { forward } from '../../../networks/forward';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { runOnnx } from '../../../tests/onnxRuntime';
import { usePlainTfjs } from '../../../tests/plainTfjs';
import { openModel, rewriteModel } from '../registry';
import type { OpenedModel } from '../format';
import { onnx } from './reader';

beforeAll(usePlainTfjs);

/** What PyTorch 1.13 says of its own exports (`fixtures/onnx/make.py`). */
interface Export {
  readonly size: readonly [number, number];
  /** In float64; the log-softmax of them where the network ends in that. */
  readonly logits: readonly (readonly number[])[];
  readonly norms: number;
  readonly kept: number;
  /** Weight of the old value. */
  readonly momentum: number;
}

const folder = new URL('../../fixtures/onnx/', import.meta.url);
const exports = Object.entries(JSON.parse(readFileSync(new URL('expected.json', folder), 'utf8')) as Record<string, Export>); // prettier-ignore
const fileOf = (name: string) => dropped(`${name}.onnx`, new Uint8Array(readFileSync(new URL(`${name}.onnx`, folder))));

/** `((i * 2654435761) mod 2^32) / 2^32`, channels last. */
function images([height, width]: readonly [number, number]): tf.Tensor4D {
  const values = Float32Array.from({ length: 2 * height * width * 3 }, (_, index) => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32); // prettier-ignore
  return tf.tensor4d(values, [2, height, width, 3]);
}

function outputOf({ spec, weights }: OpenedModel, size: readonly [number, number]): Float32Array {
  const network = createNetwork(spec, weights);
  const isLog = spec.nodes.at(-1)?.op === 'logSoftmax';
  const output = tf.tidy(() => {
    const { logits } = forward(network, images(size), { batchNorm: 'running' });
    return (isLog ? tf.logSoftmax(logits) : logits).dataSync() as Float32Array;
  });
  disposeNetwork(network);
  return output;
}

describe.each(exports)('%s', (name, { size, logits, norms, kept, momentum }) => {
  it('gives what PyTorch gives, with each batch norm that the exporter kept', async () => {
    const file = fileOf(name);
    const opened = await onnx.open(file, [file], { inputSize: size });
    expect(outputOf(opened, size)).toBeAllClose(logits.flat(), { relative: 2e-5 });
    const layers = opened.spec.nodes.filter(({ op }) => op === 'batchNorm');
    expect(layers).toHaveLength(kept);
    expect(
      layers.every((node) => node.op === 'batchNorm' && Math.abs(node.attributes.momentum - momentum) < 1e-6),
    ).toBe(true);
    expect(opened.metadata.openSides).toBe(name.endsWith('-open') && !name.startsWith('vgg'));
    const note = opened.metadata.notes.find((text) => text.includes('merged batch norm'));
    expect(note === undefined).toBe(kept === norms);
    if (note !== undefined) expect(note).toContain('training=torch.onnx.TrainingMode.PRESERVE');
  });
});

describe('weights written back', () => {
  it.each(['resnet-preserve-11-open', 'vgg-preserve-16-open', 'mobile2-eval-12'])(
    'of %s lie where they lay, and onnxruntime computes with them what the studio does',
    async (name) => {
      const file = fileOf(name);
      const [, { size }] = exports.find(([other]) => other === name) as [string, Export];
      const opened = await openModel([file], { inputSize: size });
      const changed = new Map([...opened.weights].map(([key, values]) => [key, values.map((value) => value * 1.1 + 0.01)])); // prettier-ignore
      const { files, losses } = await rewriteModel([file], { spec: opened.spec, weights: changed });
      expect(losses).toEqual([]);
      const [written = file] = files;
      const again = await openModel([written], { inputSize: size });
      expect(again.weights).toEqual(changed);
      const tensors = await onnx.tensors(file, [file]);
      const isWeight = new Uint8Array(file.bytes.length);
      for (const { pieces } of tensors)
        for (const { offset, length } of pieces) isWeight.fill(1, offset, offset + length);
      expect(written.bytes.filter((_, at) => isWeight[at] === 0)).toEqual(file.bytes.filter((_, at) => isWeight[at] === 0)); // prettier-ignore
      const x = images(size);
      const one = tf.slice(x, [0, 0, 0, 0], [1, -1, -1, -1]);
      const reference = await runOnnx(written, { shape: one.shape, values: await one.data() });
      expect(outputOf(again, size).slice(0, 5)).toBeAllClose(reference.values, { relative: 2e-5 });
    },
  );
});
