import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { afterAll, describe, expect, it } from 'vitest';
import { forward } from '../../../networks/forward';
import { createNetwork, disposeNetwork } from '../../../networks/network';
import { useBackend } from '../../../tests/backend';
import type { ParameterSpec } from '../format';
import { toFile } from '../layout';
import { openModel, rewriteModel } from '../registry';

const PYTHON = '/usr/bin/python3';
const FIXTURES = 'src/formats/fixtures/torch';
const SCRIPT = `${FIXTURES}/check.py`;
const isThere = spawnSync(PYTHON, ['-c', 'import torch, torchvision']).status === 0;

const run = (...args: readonly string[]): unknown =>
  JSON.parse(execFileSync(PYTHON, ['-B', SCRIPT, ...args], { encoding: 'utf8', maxBuffer: 2 ** 28 }));

const bytesOf = (path: string): Uint8Array => new Uint8Array(readFileSync(path));

/** A file with twice its weights, which every floating-point type can hold. */
async function doubled(path: string, choice: string) {
  const files = [{ path, bytes: bytesOf(path) }];
  const { spec, weights } = await openModel(files, { choice });
  const twice = new Map([...weights].map(([key, values]) => [key, values.map((value) => 2 * value)]));
  const written = await rewriteModel(files, { spec, weights: twice });
  const parameters = spec.nodes.flatMap((node) => Object.values(node.parameters as Record<string, ParameterSpec>));
  return { file: written.files[0]!, weights: twice, parameters };
}

useBackend('cpu');

describe.skipIf(!isThere)('against PyTorch itself (needs python3 with torch and torchvision)', () => {
  const folder = isThere ? mkdtempSync(join(tmpdir(), 'torch-')) : '';
  afterAll(() => {
    if (folder) rmSync(folder, { recursive: true });
  });

  it("torchvision's networks compute the same here", async () => {
    const expected = run('networks', folder) as Record<string, { side: number; logits: number[] }>;
    expect(Object.keys(expected)).toEqual(['resnet', 'bottleneck', 'resnext', 'mobilenet', 'mobilenet:strides:1-2', 'mobilenet:strides:1-1', 'sequential head', 'vgg']); // prettier-ignore
    for (const [name, { side, logits }] of Object.entries(expected)) {
      const file = { path: `${name}.pt`, bytes: bytesOf(join(folder, `${name}.pt`)) };
      const choice = /strides.*/.exec(name)?.[0] ?? 'strides:2-2';
      const { spec, weights } = await openModel([file], { inputSize: [side, side], choice });
      const values = Float32Array.from({ length: side * side * 3 }, (_, at) => (Math.imul(at, 2654435761 | 0) >>> 0) / 2 ** 32); // prettier-ignore
      const network = createNetwork(spec, weights);
      const x = tf.tensor4d(values, [1, side, side, 3]);
      const output = await tf.tidy(() => forward(network, x, { batchNorm: 'running' }).logits).data();
      expect(output, name).toBeAllClose(logits, { relative: 1e-5 });
      disposeNetwork(network);
    }
  }, 60_000);

  it('torch.load reads the adapted weights from rewritten files', async () => {
    const choices = {
      'freeShortcuts.pt': 'stem:stride1,shortcut:strided-both',
      'legacyStrides.pth': 'stem:stride2',
      'numberTypes.pt': 'stem:stride1',
    };
    const cases = Object.entries(choices).map(([name, choice]) => ({ name, choice, path: join(FIXTURES, name) }));
    const adapted = await Promise.all(cases.map(({ path, choice }) => doubled(path, choice)));
    const paths = cases.map(({ name }) => join(folder, name));
    paths.forEach((path, at) => writeFileSync(path, adapted[at]!.file.bytes));

    const read = run('load', ...cases.map(({ path }) => path), ...paths) as readonly Record<string, number[]>[];
    for (const [at, { parameters, weights }] of adapted.entries()) {
      const [before, after] = [read[at]!, read[at + cases.length]!];
      expect(Object.keys(after)).toEqual(Object.keys(before));
      const byFileName = new Map(parameters.map((parameter) => [parameter.fileName, parameter]));
      const others = Object.keys(after).filter((key) => !byFileName.has(key));
      expect(others.every((key) => key.endsWith('num_batches_tracked'))).toBe(true);
      for (const [key, values] of Object.entries(after)) {
        const parameter = byFileName.get(key);
        const expected = parameter ? [...toFile(weights.get(parameter.name)!, parameter.layout)] : before[key];
        expect(values, key).toEqual(expected);
      }
    }
  }, 60_000);
});
