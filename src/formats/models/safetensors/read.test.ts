import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { joinBytes, safetensorsOf, word } from '../../../tests/torchFiles';
import { preprocessingPresets } from '../metadata';
import { openModel, rewriteModel } from '../registry';
import { decodeTensor } from '../storedTensor';
import { readSafetensors } from './read';
import { writeSafetensors } from './write';

describe('readSafetensors', () => {
  it('reads every number type by its little-endian bytes, whatever the order of the header', () => {
    const entry = (dtype: string, begin: number, end: number): object => ({ dtype, shape: [2], data_offsets: [begin, end] }); // prettier-ignore
    const header = {
      double: entry('F64', 16, 32),
      __metadata__: { format: 'pt' },
      half: entry('F16', 0, 4),
      brain: entry('BF16', 4, 8),
      single: entry('F32', 8, 16),
      long: entry('I64', 32, 48),
    };
    const bytes = safetensorsOf(`${JSON.stringify(header)}   `, [
      new Uint8Array(Uint16Array.of(0x3c00, 0xc100).buffer), // 1, -2.5
      new Uint8Array(Uint16Array.of(0x3f80, 0xc020).buffer), // 1, -2.5
      new Uint8Array(Float32Array.of(1, -2.5).buffer),
      new Uint8Array(Float64Array.of(1, -2.5).buffer),
      joinBytes([word(7), word(0), word(-1), word(-1)]),
    ]);
    const tensors = new Map(readSafetensors({ path: 'a.safetensors', bytes }).map((tensor) => [tensor.name, tensor]));
    expect([...tensors.keys()]).toEqual(['double', 'half', 'brain', 'single', 'long']);
    for (const name of ['half', 'brain', 'single', 'double']) {
      expect([...decodeTensor(tensors.get(name)!)], name).toEqual([1, -2.5]);
    }
    expect(tensors.get('long')).toMatchObject({ stored: 'int64', shape: [2] });
  });
});

it('a longer list of tensors than is read here is too large, and no unknown file', async () => {
  const bytes = safetensorsOf(`{"a":${' '.repeat(2 ** 22)}{}}`, []);
  await expect(openModel([{ path: 'many.safetensors', bytes }])).rejects.toMatchObject({
    failure: { code: 'too-large', message: expect.stringContaining('many.safetensors') as string },
  });
});

describe('models', () => {
  const choice = 'stem:stride1,shortcut:strided-both';
  const path = 'src/formats/fixtures/torch/freeShortcuts.pt';

  it('what the writer writes is opened as the same network, and takes adapted weights', async () => {
    const torch = await openModel([{ path, bytes: new Uint8Array(readFileSync(path)) }], { choice });
    const part = { ...torch, preprocessing: preprocessingPresets.imagenet };
    const classes = ['ant', 'bee', 'cat', 'dog', 'eel'];
    const files = [writeSafetensors(part, { classes, resize: 40 })];
    await expect(openModel(files)).rejects.toThrow(/fits several networks/);
    const model = await openModel(files, { choice });
    const { preprocessing } = part;
    expect(model.metadata).toMatchObject({ format: 'safetensors', classes, preprocessing, resize: 40 });
    expect(model.weights).toEqual(torch.weights);
    expect(model.spec.nodes.map(({ name, outputShape }) => [name, outputShape])).toEqual(
      torch.spec.nodes.map(({ name, outputShape }) => [name, outputShape]),
    );
    const weights = new Map([...model.weights].map(([key, values]) => [key, values.map((value) => value / 4)]));
    const written = await rewriteModel(files, { spec: model.spec, weights });
    expect(written.losses).toEqual([]);
    expect((await openModel(written.files, { choice })).weights).toEqual(weights);
  });
});
