import { describe, expect, it } from 'vitest';
import { createRng } from '../../../shared/rng';
import { networks } from '../../../tests/randomNetworks';
import type { NetworkSpec, NodeSpec, OpenedModel, ParameterSpec, Weights } from '../format';
import { convolutionLayout, linearLayout } from '../layout';
import { preprocessingPresets } from '../metadata';
import { storedTensors } from '../registry';
import { decodeTensor, type StoredTensor } from '../storedTensor';
import { readSafetensorsBack, writeSafetensors } from './write';

const preprocessing = preprocessingPresets.imagenet;
const about = { classes: ['ant', 'bee'], resize: 40 };
const written = (model: Pick<OpenedModel, 'spec' | 'weights'>, source: readonly StoredTensor[] = []) =>
  writeSafetensors({ ...model, preprocessing }, { ...about, source });

interface Header {
  readonly __metadata__: Readonly<Record<string, string>>;
  readonly [name: string]: unknown;
}

/** The header, read without any code of the writer's. */
function headerOf(bytes: Uint8Array): { header: Header; length: number } {
  const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
  return { header: JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length))) as Header, length };
}

const values = (count: number, from = 0): Float32Array => Float32Array.from({ length: count }, (_, at) => from + at);

/** Nodes one after the other, with their weights numbered through. */
function chain(
  nodes: readonly Pick<NodeSpec, 'name' | 'op' | 'outputShape'>[],
  shapes: Readonly<Record<string, Record<string, readonly number[]>>>,
) {
  const weights = new Map<string, Float32Array>();
  const all = nodes.map((node, at) => {
    const parameters = Object.entries(shapes[node.name] ?? {}).map(([role, shape]): [string, ParameterSpec] => {
      const name = `${node.name}/${role}`;
      weights.set(name, values(shape.reduce((a, b) => a * b, 1), 100 * weights.size)); // prettier-ignore
      return [role, { name, shape, fileName: name }];
    });
    const inputs = at === 0 ? [] : [nodes[at - 1]!.name];
    return { attributes: {}, inputs, ...node, parameters: Object.fromEntries(parameters) } as unknown as NodeSpec;
  });
  return { spec: { nodes: all } as unknown as NetworkSpec, weights: weights as Weights };
}

describe('a safetensors file', () => {
  const model = networks.mobilenet(16, createRng(1));
  const file = written(model);

  it('has an aligned header that tiles the data, and texts about the model', async () => {
    const { header, length } = headerOf(file.bytes);
    expect(length % 8).toBe(0);
    const tensors = await storedTensors([file]);
    expect(tensors.reduce((sum, { pieces }) => sum + pieces[0]!.length, 8 + length)).toBe(file.bytes.length);
    expect(header.__metadata__).toMatchObject({ format: 'pt', classes: '["ant","bee"]', resize: '40' });
    expect(JSON.parse(header.__metadata__['preprocessing'] ?? '')).toEqual({ scale: 1 / 255, mean: preprocessing.mean, std: preprocessing.std }); // prettier-ignore
    expect(Object.values(header.__metadata__).every((value) => typeof value === 'string')).toBe(true);
  });

  it('gives every weight back, also through the reader of such files', async () => {
    expect(readSafetensorsBack(file, model)).toEqual(model.weights);
    const names = (await storedTensors([file])).map(({ name }) => name);
    expect(names).toContain('classifier.weight_v');
    expect(names).toContain('bottleneck.bn.running_var');
    expect(names).toHaveLength(model.weights.size);
  });

  it('has PyTorch’s shapes and order, and flattens images channels first', async () => {
    const { spec, weights } = chain(
      [
        { name: 'x', op: 'input', outputShape: [2, 3, 2] },
        { name: 'conv', op: 'conv2d', outputShape: [2, 3, 2] },
        { name: 'deep', op: 'depthwiseConv2d', outputShape: [2, 3, 4] },
        { name: 'flat', op: 'flatten', outputShape: [24] },
        { name: 'bn', op: 'batchNorm', outputShape: [24] },
        { name: 'fc', op: 'dense', outputShape: [2] },
        { name: 'last', op: 'dense', outputShape: [3] },
      ],
      {
        conv: { kernel: [1, 2, 2, 2] }, deep: { kernel: [1, 1, 2, 2] }, bn: { runningMean: [24] },
        fc: { kernel: [24, 2], bias: [2] }, last: { kernel: [2, 3] },
      },
    ); // prettier-ignore
    const all = await storedTensors([written({ spec, weights })]);
    const read = (name: string) => {
      const tensor = all.find((candidate) => candidate.name === name)!;
      return { shape: tensor.shape, values: [...decodeTensor(tensor)] };
    };
    // Ours [0, w, i, o] is 4w + 2i + o; PyTorch's order is [o, i, 0, w].
    expect(read('conv.weight')).toEqual({ shape: [2, 2, 1, 2], values: [0, 4, 2, 6, 1, 5, 3, 7] });
    expect(read('deep.weight')).toEqual({ shape: [4, 1, 1, 1], values: [100, 101, 102, 103] });
    // Ours (h, w, c) is 12h + 4w + c; channels first c = 0 comes as 0, 4, 8, 12, 16, 20.
    expect(read('bn.running_mean').values.slice(0, 7)).toEqual([200, 204, 208, 212, 216, 220, 201]);
    // The unit is the last digit of ours: row of unit 0, then 2 * (12h + 4w + c).
    expect(read('fc.weight').shape).toEqual([2, 24]);
    expect(read('fc.weight').values.slice(0, 7)).toEqual([300, 308, 316, 324, 332, 340, 302]);
    expect(read('last.weight')).toEqual({ shape: [3, 2], values: [500, 503, 501, 504, 502, 505] });
    expect(readSafetensorsBack(written({ spec, weights }), { spec })).toEqual(weights);
  });
});

describe('a source that is a state dict', () => {
  const kernel = { name: 'k', shape: [1, 1, 2, 3], fileName: 'module.features.0.weight', layout: convolutionLayout([3, 2, 1, 1]) }; // prettier-ignore
  const rows = { name: 'r', shape: [3, 2], fileName: 'module.fc.weight', layout: linearLayout([2, 3]) };
  const spec = {
    nodes: [
      { name: 'conv', op: 'conv2d', inputs: [], attributes: {}, outputShape: [4, 4, 3], parameters: { kernel } },
      { name: 'fc', op: 'dense', inputs: ['conv'], attributes: {}, outputShape: [2], parameters: { kernel: rows } },
    ],
  } as unknown as NetworkSpec;
  const weights: Weights = new Map([['k', values(6)], ['r', values(6, 10)]]); // prettier-ignore
  const stored = (name: string, shape: readonly number[], type: StoredTensor['stored'], array: { buffer: ArrayBufferLike }): StoredTensor => ({
    name, shape, stored: type,
    pieces: [{ file: { path: 'f', bytes: new Uint8Array(array.buffer) }, offset: 0, length: array.buffer.byteLength }],
  }); // prettier-ignore
  const source = [
    stored('module.fc.weight', [2, 3], 'float16', new Uint16Array(6)),
    stored('module.bn.num_batches_tracked', [], 'int64', BigInt64Array.of(77n)),
    stored('module.features.0.weight', [3, 2, 1, 1], 'float32', new Float32Array(6)),
    stored('module.other.weight', [2], 'float32', Float32Array.of(5, 6)),
  ];

  it('keeps its names and shapes and what is none of the network’s; halves become float32', async () => {
    const file = written({ spec, weights }, source);
    const { header } = headerOf(file.bytes);
    // In the network itself nothing has the name of the wrapper.
    const names = ['bn.num_batches_tracked', 'fc.weight', 'features.0.weight', 'other.weight'];
    expect(Object.keys(header).filter((name) => name !== '__metadata__').sort()).toEqual(names); // prettier-ignore
    expect(header['bn.num_batches_tracked']).toMatchObject({ dtype: 'I64', shape: [] });
    expect(header['fc.weight']).toMatchObject({ dtype: 'F32', shape: [2, 3] });
    const tensors = new Map((await storedTensors([file])).map((tensor) => [tensor.name, tensor]));
    expect([...decodeTensor(tensors.get('features.0.weight')!)]).toEqual([0, 3, 1, 4, 2, 5]);
    expect([...decodeTensor(tensors.get('fc.weight')!)]).toEqual([10, 12, 14, 11, 13, 15]);
    expect([...decodeTensor(tensors.get('other.weight')!)]).toEqual([5, 6]);
    const [piece] = tensors.get('bn.num_batches_tracked')!.pieces;
    expect(new DataView(file.bytes.buffer).getBigInt64(piece!.offset, true)).toBe(77n);
    expect(readSafetensorsBack(file, { spec }, source)).toEqual(weights);
  });

  it.each<[string, readonly StoredTensor[]]>([
    ['names of another framework', source.map((tensor) => ({ ...tensor, name: tensor.name.replace('fc.weight', 'fc/kernel') }))],
    ['a missing tensor', source.slice(1)],
  ])('is none with %s: then nodes give the names', (_, other) => {
    const { header } = headerOf(written({ spec, weights }, other).bytes);
    expect(Object.keys(header)).toEqual(['__metadata__', 'conv.weight', 'fc.weight']);
  }); // prettier-ignore
});
