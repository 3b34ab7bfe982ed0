import { modelFilesOf } from '../../tests/models/files';
import { readRealModel, realModelsAreHere } from '../../tests/models/folder';
import { describe, expect, it } from 'vitest';
import { createRng } from '../../shared/rng';
import { toFailure } from '../../shared/failure';
import { image, jsonFile, layer, modelFiles, sequential, type Shapes } from '../fixtures/kerasModel';
import { unzip, zip } from '../zip';
import type { FileBytes, OpenedModel, Weights } from './format';
import { openModel, rewriteModel, storedTensors } from './registry';
import { roundingOf } from './rounding';
import { rewriteFiles } from './rewrite';
import type { StoredTensor } from './storedTensor';

const shapes: Shapes = {
  'conv/kernel': [3, 3, 3, 4], 'conv/bias': [4], 'bn/gamma': [4], 'bn/beta': [4], 'bn/moving_mean': [4],
  'bn/moving_variance': [4], 'classes/kernel': [4, 3], 'classes/bias': [3],
}; // prettier-ignore
const topology = sequential([
  image(8, 8),
  layer('Conv2D', 'conv', { filters: 4, kernel_size: 3 }),
  layer('BatchNormalization', 'bn', { axis: [3] }),
  layer('GlobalAveragePooling2D', 'pool'),
  layer('Dense', 'classes', { units: 3, activation: 'softmax' }),
]);
const tiny = modelFiles(topology, shapes);
const bytesOf = (files: readonly FileBytes[], path: string) => files.find((file) => file.path === path)?.bytes;

/** Every weight moved by up to a tenth of it, which no variance survives as a negative number. */
function moved(weights: Weights, by = 0.1): Weights {
  const rng = createRng(4);
  return new Map(
    [...weights].map(([name, values]) => [name, values.map((value) => value * (1 + by * (rng.next() - 0.5)))]),
  );
}

/** Rewrites a model with moved weights and opens it again. */
async function roundTrip(files: readonly FileBytes[], by = 0.1) {
  const before = await openModel(files);
  const weights = moved(before.weights, by);
  const { files: after, losses } = await rewriteModel(files, { spec: before.spec, weights });
  expect(after.map(({ path }) => path)).toEqual(files.map(({ path }) => path));
  const reopened = await openModel(after);
  expect(reopened.spec).toEqual(before.spec);
  expect(reopened.metadata).toEqual(before.metadata);
  return { before, weights, after, losses, reopened };
}

/** The tiny model with its weights in files cut at these places. */
function sharded(cuts: readonly number[]): readonly FileBytes[] {
  const [json, all] = tiny;
  const model = JSON.parse(new TextDecoder().decode(json?.bytes)) as { weightsManifest: { weights: unknown }[] };
  const ends = [...cuts, all?.bytes.length ?? 0];
  const paths = ends.map((_, at) => `group1-shard${at + 1}of${ends.length}`);
  const manifest = [{ paths, weights: model.weightsManifest[0]?.weights }];
  const files = paths.map((path, at) => ({ path: `m/${path}`, bytes: all?.bytes.slice([0, ...cuts][at], ends[at]) ?? new Uint8Array() })); // prettier-ignore
  return [jsonFile('m/model.json', { ...model, weightsManifest: manifest }), ...files];
}

const extra = { path: 'm/notes.txt', bytes: new TextEncoder().encode('mine') };

describe('a LayersModel with other weights', () => {
  it.each<[string, readonly FileBytes[]]>([
    ['in a folder', tiny],
    ['in shards that cut values apart', sharded([101, 102, 350])],
    ['in a zip', [{ path: 'model.zip', bytes: zip([...sharded([101]), extra]) }]],
  ])('%s opens with them', async (_, files) => {
    const { weights, losses, reopened } = await roundTrip(files);
    expect(reopened.weights).toEqual(weights);
    expect(losses).toEqual([]);
  });

  it('keeps the model.json and other files as they are', async () => {
    const files = [...sharded([101]), extra];
    const { after } = await roundTrip(files);
    expect(after[0]).toEqual(files[0]);
    expect(after.at(-1)).toEqual(extra);
    expect(after[1]?.bytes).not.toEqual(files[1]?.bytes);
  });

  it('keeps all files of a zip but the one with the weights', async () => {
    const files = [{ path: 'model.zip', bytes: zip([...tiny, extra]) }];
    const { after } = await roundTrip(files);
    const inside = await unzip(after[0]?.bytes ?? new Uint8Array(), 'model.zip');
    expect(bytesOf(inside, 'model.json')).toEqual(tiny[0]?.bytes);
    expect(bytesOf(inside, extra.path)).toEqual(extra.bytes);
    expect(after[0]?.bytes).toHaveLength(files[0]?.bytes.length ?? 0);
  });

  it('gives the same bytes for the same weights', async () => {
    const { files } = await rewriteModel(tiny, await openModel(tiny));
    expect(files).toEqual(tiny);
  });

  it('keeps float16 and says what that costs', async () => {
    const [json] = tiny;
    const model = JSON.parse(new TextDecoder().decode(json?.bytes)) as object;
    const rows = Object.entries(shapes).map(([name, shape]) => ({ name, shape, dtype: 'float32', quantization: { dtype: 'float16', original_dtype: 'float32' } })); // prettier-ignore
    const count = Object.values(shapes).reduce((sum, shape) => sum + shape.reduce((a, b) => a * b, 1), 0);
    const ones = new Uint8Array(Uint16Array.from({ length: count }, () => 0x3c00).buffer);
    const files = [jsonFile('model.json', { ...model, weightsManifest: [{ paths: ['w.bin'], weights: rows }] }), { path: 'w.bin', bytes: ones }]; // prettier-ignore
    const { weights, losses, reopened } = await roundTrip(files);
    expect(losses).toEqual([expect.stringMatching(/^Weights are kept as float16, as in the source: .* at most 0\.0004\d\.$/)]); // prettier-ignore
    for (const [name, values] of weights)
      expect(reopened.weights.get(name)).toBeAllClose(values, { absolute: 2 ** -11 });
    const same = await rewriteModel(files, await openModel(files));
    expect(same).toEqual({ files, losses: [] });
  });
});

/** A model whose format keeps its tensors where the test says. */
function placed(tensors: readonly StoredTensor[], file: FileBytes) {
  const parameters = Object.fromEntries(tensors.map(({ name, shape }) => [name, { name, shape, fileName: name }]));
  const node = { name: 'n', op: 'dense', inputs: [], attributes: {}, outputShape: [1], parameters };
  const spec = { nodes: [node] } as unknown as OpenedModel['spec'];
  const main = { ...file, origin: file };
  const inMain = tensors.map((tensor) => ({
    ...tensor,
    pieces: tensor.pieces.map((piece) => ({ ...piece, file: main })),
  }));
  const format = { label: 'test', find: () => main, open: () => Promise.reject(new Error('unused')), tensors: () => inMain }; // prettier-ignore
  return (weights: Weights) => rewriteFiles([file], [main], { format, main }, { spec, weights });
}

describe('tensors that lie in each other’s way', () => {
  const file = { path: 'w', bytes: new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer) };
  const piece = (from: number, length: number) => [{ file, offset: 4 * from, length: 4 * length }];
  const even: StoredTensor = { name: 'even', shape: [2], stored: 'float32', strides: [2], pieces: piece(0, 3) };
  const odd: StoredTensor = { name: 'odd', shape: [2], stored: 'float32', strides: [2], pieces: piece(1, 3) };

  it('are written between each other’s values', async () => {
    const write = placed([even, odd], file);
    const { files } = await write(new Map([['even', Float32Array.of(10, 30)], ['odd', Float32Array.of(20, 40)]])); // prettier-ignore
    expect([...new Float32Array(files[0]?.bytes.slice().buffer ?? new ArrayBuffer(0))]).toEqual([10, 20, 30, 40]);
  });

  it('are refused when both want the same place', async () => {
    const other: StoredTensor = { ...even, name: 'other' };
    const write = placed([even, other], file);
    const weights = new Map([['even', Float32Array.of(10, 30)], ['other', Float32Array.of(11, 30)]]); // prettier-ignore
    const failure = toFailure(await write(weights).catch((error: unknown) => error));
    expect(failure).toMatchObject({ code: 'unsupported-format', message: expect.stringContaining('other lies where another weight lies') as string }); // prettier-ignore
    expect(failure.remedy).toContain('ONNX');
  });
});

describe('refusals', () => {
  it('names the weight that the file has no place for, and other forms', async () => {
    const model = await openModel(tiny);
    const nodes = model.spec.nodes.map((node) =>
      node.op === 'dense' ? { ...node, parameters: { kernel: { ...node.parameters.kernel, fileName: 'gone' } } } : node,
    );
    const failure = toFailure(await rewriteModel(tiny, { ...model, spec: { ...model.spec, nodes } }).catch((error: unknown) => error)); // prettier-ignore
    expect(failure).toMatchObject({ code: 'unsupported-format', message: expect.stringContaining('no place for gone') as string }); // prettier-ignore
    expect(failure.remedy).toContain('safetensors');
  });

  it('names a tensor that served two parameters and would have to differ now', async () => {
    const model = await openModel(tiny);
    const nodes = model.spec.nodes.map((node) =>
      node.op === 'batchNorm' && node.parameters.gamma && node.parameters.beta
        ? { ...node, parameters: { ...node.parameters, beta: { ...node.parameters.beta, fileName: node.parameters.gamma.fileName } } }
        : node,
    ); // prettier-ignore
    const failure = toFailure(await rewriteModel(tiny, { ...model, spec: { ...model.spec, nodes } }).catch((error: unknown) => error)); // prettier-ignore
    expect(failure.message).toContain('bn/gamma serves several layers there, which differ now');
  });
});

const filesOf = (model: string): readonly FileBytes[] => modelFilesOf(readRealModel(model) ?? []);

describe.skipIf(!realModelsAreHere)('real models (SHARED_DIR)', () => {
  it.each(['teachable-machine-image', 'epfl-scenes-resnet8-s0'])('%s opens with other weights', async (model) => {
    const { weights, losses, reopened, before, after } = await roundTrip(filesOf(model));
    expect(reopened.weights).toEqual(weights);
    expect(reopened.weights).not.toEqual(before.weights);
    expect(losses).toEqual([]);
    expect(after.map(({ bytes }) => bytes.length)).toEqual(filesOf(model).map(({ bytes }) => bytes.length));
  });

  it('nsfwjs stays uint8: each weight within half a step, and that is said', async () => {
    const { weights, losses, reopened, after } = await roundTrip(filesOf('nsfwjs-mobilenetv2-uint8'), 0.5);
    expect(losses).toEqual([expect.stringContaining('Weights are kept as uint8, as in the source')]);
    const tensors = new Map((await storedTensors(after)).map((tensor) => [tensor.name, tensor]));
    const parameters = reopened.spec.nodes.flatMap(({ parameters }) => Object.values(parameters as Record<string, { name: string; fileName: string }>)); // prettier-ignore
    for (const { name, fileName } of parameters) {
      const tensor = tensors.get(fileName)!;
      const wanted = weights.get(name)!;
      const found = reopened.weights.get(name)!;
      expect(wanted.findIndex((value, at) => Math.abs(value - found[at]!) > roundingOf(tensor, value))).toBe(-1);
    }
  }, 30_000);
});
