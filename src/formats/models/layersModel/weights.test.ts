import { describe, expect, it } from 'vitest';
import { toFailure } from '../../../shared/failure';
import { image, jsonFile, layer, modelFiles, randomWeights, sequential, type Shapes } from '../../fixtures/kerasModel';
import type { FileBytes } from '../format';
import { openModel } from '../registry';

const tinyShapes: Shapes = {
  'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'classes/kernel': [4, 3], 'classes/bias': [3],
}; // prettier-ignore
const topology = sequential([
  image(8, 8),
  layer('Conv2D', 'conv', { filters: 4, kernel_size: 3 }),
  layer('GlobalAveragePooling2D', 'pool'),
  layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
]);
const tiny = modelFiles(topology, tinyShapes);

function modelJson(files: readonly FileBytes[]): Record<string, unknown> {
  return JSON.parse(new TextDecoder().decode(files[0]?.bytes)) as Record<string, unknown>;
}

async function failureOf(files: readonly FileBytes[]) {
  return toFailure(await openModel(files).catch((error: unknown) => error));
}

describe('weights', () => {
  const json = modelJson(tiny);
  const rows = Object.entries(tinyShapes).map(([name, shape]) => ({ name, shape, dtype: 'float32' }));

  /** The tiny model with its weights stored in another way. */
  function stored(weightsManifest: unknown, ...files: FileBytes[]): readonly FileBytes[] {
    return [jsonFile('any-name.json', { ...json, weightsManifest }), ...files];
  }
  const all = tiny[1]?.bytes ?? new Uint8Array();

  it('joins the files of a group, which may have any name, wherever they are cut', async () => {
    const files = stored(
      [{ paths: ['./group1-shard1of2', 'group1-shard2of2.bin'], weights: rows }],
      { path: 'group1-shard1of2', bytes: all.slice(0, 101) },
      { path: 'group1-shard2of2.bin', bytes: all.slice(101) },
      { path: 'readme.txt', bytes: new Uint8Array(3) },
    );
    expect((await openModel(files)).weights).toEqual((await openModel(tiny)).weights);
  });

  it('reads several groups', async () => {
    const split = rows[0]?.shape.reduce((product, side) => product * side, 4) ?? 0;
    const files = stored(
      [
        { paths: ['a.bin'], weights: rows.slice(0, 1) },
        { paths: ['b.bin'], weights: rows.slice(1) },
      ],
      { path: 'a.bin', bytes: all.slice(0, split) },
      { path: 'b.bin', bytes: all.slice(split) },
    );
    expect((await openModel(files)).weights).toEqual((await openModel(tiny)).weights);
  });

  it.each<['uint8' | 'uint16', typeof Uint8Array | typeof Uint16Array]>([['uint8', Uint8Array], ['uint16', Uint16Array]])(
    'widens %s by value * scale + min', async (dtype, ArrayType) => {
      const quantized = rows.map((row) => ({ ...row, quantization: { dtype, scale: 0.5, min: -2, original_dtype: 'float32' } }));
      const values = new ArrayType(all.length / 4).map((_, index) => index % 9);
      const files = stored([{ paths: ['w'], weights: quantized }], { path: 'w', bytes: new Uint8Array(values.buffer) });
      const { weights, metadata } = await openModel(files);
      expect([...(weights.get('conv/kernel') ?? [])].slice(0, 10)).toEqual([-2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, -2]);
      expect(metadata.notes.join()).toContain(`stored as ${dtype}`);
    },
  ); // prettier-ignore

  it('widens float16', async () => {
    // 0x3c00 = 1, 0xc000 = -2, 0x3555 = 0.333251953125, 0x0001 = 2^-24 (the smallest), 0x0000 = 0
    const halves = [0x3c00, 0xc000, 0x3555, 0x0001, 0x0000];
    const values = Uint16Array.from({ length: all.length / 4 }, (_, index) => halves[index % 5] ?? 0);
    const half = rows.map((row) => ({ ...row, quantization: { dtype: 'float16', original_dtype: 'float32' } }));
    const { weights } = await openModel(
      stored([{ paths: ['w'], weights: half }], { path: 'w', bytes: new Uint8Array(values.buffer) }),
    );
    expect([...(weights.get('conv/kernel') ?? [])].slice(0, 5)).toEqual([1, -2, 0.333251953125, 2 ** -24, 0]);
  });

  it.each<[string, unknown, string, string]>([
    ['missing files, all of them', [{ paths: ['a.bin', 'weights.bin', 'b.bin'], weights: rows }], 'missing-file', 'a.bin, b.bin of the model are missing'],
    ['an address', [{ paths: ['https://evil.example/w.bin'], weights: rows }], 'unsafe-path', 'not a plain file name'],
    ['a parent folder', [{ paths: ['../weights.bin'], weights: rows }], 'unsafe-path', '../weights.bin'],
    ['an absolute path', [{ paths: ['/weights.bin'], weights: rows }], 'unsafe-path', 'not a plain file name'],
    ['a query', [{ paths: ['weights.bin?x=1'], weights: rows }], 'unsafe-path', 'not a plain file name'],
    ['too few bytes', [{ paths: ['weights.bin'], weights: [...rows, rows[0]] }], 'damaged-file', 'weights.bin should hold 940 bytes of weights but holds 508'],
    ['words', [{ paths: ['weights.bin'], weights: [{ name: 'x', shape: [1], dtype: 'string' }] }], 'unsupported-format', 'stored as string'],
    ['whole numbers to train', [{ paths: ['weights.bin'], weights: rows.map((row) => ({ ...row, dtype: 'int32' })) }], 'unsupported-format', 'int32'],
    ['an absurd shape', [{ paths: ['weights.bin'], weights: [{ name: 'x', shape: [1e12, 1e12], dtype: 'float32' }] }], 'too-large', 'claims more values'],
    ['no manifest', undefined, 'damaged-file', 'lists no weights'],
  ])('refuses %s', async (_, manifest, code, message) => {
    const failure = await failureOf(stored(manifest, { path: 'weights.bin', bytes: all }));
    expect(failure.code).toBe(code);
    expect(failure.message).toContain(message);
    expect(failure.remedy.length).toBeGreaterThan(10);
  }); // prettier-ignore

  it.each([NaN, Infinity])('refuses %f in a weight', async (value) => {
    const weights = new Map(randomWeights(tinyShapes));
    weights.set('conv/bias', Float32Array.of(0, value, 0, 0));
    const failure = await failureOf(modelFiles(topology, tinyShapes, { weights }));
    expect(failure).toMatchObject({ code: 'bad-model', message: `The weight conv/bias contains ${value}: the model was damaged or its training diverged.` });
  }); // prettier-ignore
});
