import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { runOnnx } from '../tests/onnxRuntime';
import { preparedHere } from '../tests/preparedHere';
import { predictWithTfjs, usePlainTfjs } from '../tests/plainTfjs';
import { createStudioHarness, pairFiles, targetFiles, tinyClasses, tinyModelFiles } from '../tests/studioHarness';
import { openFolder } from '../data/folder';
import { createImageSet } from '../data/batches';
import { createLocalDesk } from '../data/imageDesk';
import { fromDropped } from '../data/sourceFile';
import type { FileBytes } from '../formats/models/format';
import { unzip } from '../formats/zip';
import { centerView } from '../shared/imageSet';
import type { ExportForm } from '../shared/exportForm';
import type { Evaluation, Result } from '../shared/protocol';
import type { RunRecord } from '../shared/runRecord';
import { settingsOf } from '../shared/settings';

beforeAll(usePlainTfjs);

const images = 18;
const byPattern = { kind: 'pattern', rgb: '(\\d+)', target: '(\\d+)\\.png' } as const;

/** An adapted model in a form. */
interface Exported {
  readonly files: readonly FileBytes[];
  readonly result: Result<'run/export'>;
}

async function adapt(sources: number): Promise<{
  readonly adapted: Evaluation;
  readonly download: (form: ExportForm) => Promise<Exported>;
}> {
  const studio = createStudioHarness();
  for (let seed = 1; seed <= sources; seed++) {
    await studio.handlers['model/open']({ files: await tinyModelFiles(seed) });
  }
  await studio.handlers['images/open']({ role: 'pairsRgb', files: pairFiles(6, 'rgb', 3) });
  await studio.handlers['images/open']({ role: 'pairsTarget', files: pairFiles(6, 'depth', 1) });
  await studio.handlers['pairs/rule']({ rule: byPattern });
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(images, tinyClasses) });
  const settings = settingsOf('studio', { epochs: 3, batchSize: 6, pairBatchSize: 4, learningRate: 0.1 });
  const { runId } = await studio.handlers['run/start']({ preset: 'studio', settings });
  await Promise.race([studio.once('run/finished'), studio.once('run/failed')]);
  const adapted = studio.events.flatMap((event) =>
    event.type === 'run/evaluation' && event.evaluation.moment === 'adapted' ? [event.evaluation] : [],
  )[0];
  if (!adapted) throw new Error('The run was not measured at its end.');
  const download = async (form: ExportForm): Promise<Exported> => {
    const result = await studio.handlers['run/export']({ runId, form });
    return { result, files: await unzip(new Uint8Array(await result.blob.arrayBuffer()), 'export') };
  };
  return { adapted, download };
}

/** The target images as any other program would prepare them after the export's README. */
async function pixels(): Promise<tf.Tensor4D> {
  const folder = await openFolder({
    role: 'target',
    files: targetFiles(images, tinyClasses).map(fromDropped),
    desk: createLocalDesk(),
  });
  const preprocessing = { preset: 'own' as const, mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.25, 0.3] as const };
  const source = preparedHere(images, folder.raw, folder.recipe, [7, 7], 3);
  const set = createImageSet({ source, shape: [6, 6, 3], resize: [7, 7], preprocessing });
  const requests = Array.from({ length: images }, (_, index) => ({ index, view: centerView }));
  return tf.tensor4d(await set.read(requests), [images, 6, 6, 3]);
}

/** The tiny model ends in logits, and so does its export; the combined model always ends in probabilities. */
async function softmax(logits: readonly number[]): Promise<number[]> {
  return [...(await tf.softmax(tf.tensor2d([...logits], [images, 3])).data())];
}

/** Highest probability of each image and its class. */
function top(probabilities: readonly number[]): { predictions: number[]; confidences: number[] } {
  const rows = Array.from({ length: images }, (_, at) => probabilities.slice(at * 3, at * 3 + 3));
  const confidences = rows.map((row) => Math.max(...row));
  return { predictions: rows.map((row, at) => row.indexOf(confidences[at] ?? 0)), confidences };
}

const pathsOf = (files: readonly FileBytes[]): string[] => files.map(({ path }) => path).sort();
const textOf = (files: readonly FileBytes[], name: string): string =>
  new TextDecoder().decode(files.find(({ path }) => path === name)?.bytes);

describe('one source', () => {
  let run: Awaited<ReturnType<typeof adapt>>;
  beforeAll(async () => {
    run = await adapt(1);
  });

  const expectPredictions = async (output: ArrayLike<number>): Promise<void> => {
    const { predictions, confidences } = top(await softmax([...Array.from(output)]));
    expect(predictions).toEqual([...run.adapted.predictions]);
    expect(confidences).toBeAllClose(run.adapted.confidences, { absolute: 1e-5 });
  };

  it.each(['source', 'layersModel'] as const)('gives plain tfjs the predictions of the studio, as %s', async (form) => {
    const { files, result } = await run.download(form);
    expect(pathsOf(files)).toEqual(['README.txt', 'model.json', 'run-record.json', 'weights.bin']);
    expect(result).toMatchObject({ imagesCompared: images, losses: [] });
    expect(result.maxLogitDifference).toBeLessThanOrEqual(1e-4);
    const model = files.filter(({ path }) => path === 'model.json' || path === 'weights.bin');
    await expectPredictions(await predictWithTfjs(model, await pixels()));
    expect(textOf(files, 'README.txt')).toContain("tf.loadLayersModel('model.json')");
    expect(textOf(files, 'README.txt')).toContain(
      'Pairs: 6, matched by the groups of (\\d+) in RGB paths and of (\\d+)\\.png in target paths.',
    );
    const { pairs } = JSON.parse(textOf(files, 'run-record.json')) as RunRecord;
    expect(pairs).toEqual({ rule: byPattern, matched: 6 });
  });

  it('keeps all of the source but its weights', async () => {
    const [json, weights] = await tinyModelFiles(1);
    const { files } = await run.download('source');
    expect(textOf(files, 'model.json')).toBe(await json?.file.text());
    expect(files.find(({ path }) => path === 'weights.bin')?.bytes).toHaveLength(weights?.file.size ?? 0);
  });

  it('as ONNX it gives onnxruntime the predictions of the studio', async () => {
    const { files, result } = await run.download('onnx');
    expect(pathsOf(files)).toEqual(['README.txt', 'model.onnx', 'run-record.json']);
    expect(result.maxLogitDifference).toBeLessThanOrEqual(1e-4);
    const x = await pixels();
    const [model] = files.filter(({ path }) => path === 'model.onnx');
    if (!model) throw new Error('There is no model.');
    await expectPredictions((await runOnnx(model, { shape: x.shape, values: await x.data() })).values);
    expect(textOf(files, 'README.txt')).toContain('float32 [batch, 3, 6, 6], which is batch, channels, height, width');
  });

  it('as safetensors it holds the weights in PyTorch’s layout', async () => {
    const { files, result } = await run.download('safetensors');
    expect(pathsOf(files)).toEqual(['README.txt', 'model.safetensors', 'run-record.json']);
    expect(result.maxLogitDifference).toBe(0);
    expect(textOf(files, 'README.txt')).toContain('safetensors.torch.load_file("model.safetensors")');
  });

  it.each([
    ['source', 'source-format'],
    ['layersModel', 'tfjs'],
    ['safetensors', 'safetensors'],
  ] as const)('says in the name of the download that it is %s', async (form, ending) => {
    expect((await run.download(form)).result.fileName).toBe(`tiny-studio-${ending}.zip`);
  });
});

describe('several sources', () => {
  let run: Awaited<ReturnType<typeof adapt>>;
  beforeAll(async () => {
    run = await adapt(2);
  });

  it('gives plain tfjs the predictions of the studio, in their combined model', async () => {
    const { files } = await run.download('layersModel');
    expect(pathsOf(files)).toEqual([
      'README.txt', 'combined/model.json', 'combined/weights.bin', 'mixing.json', 'run-record.json',
      'source-1/model.json', 'source-1/weights.bin', 'source-2/model.json', 'source-2/weights.bin',
    ]); // prettier-ignore
    const model = files.filter(({ path }) => path.startsWith('combined/'));
    const { predictions, confidences } = top(await predictWithTfjs(model, await pixels()));
    expect(predictions).toEqual([...run.adapted.predictions]);
    expect(confidences).toBeAllClose(run.adapted.confidences, { absolute: 1e-5 });
  });

  it.each([
    ['source', ['model.json', 'weights.bin']],
    ['onnx', ['model.onnx']],
    ['safetensors', ['model.safetensors']],
  ] as const)('has each in its folder as %s, with their mixing weights', async (form, names) => {
    const { files } = await run.download(form);
    const models = [1, 2].flatMap((source) => names.map((name) => `source-${source}/${name}`));
    expect(pathsOf(files)).toEqual(['README.txt', 'mixing.json', 'run-record.json', ...models].sort());
    const mixing = JSON.parse(textOf(files, 'mixing.json')) as { sources: { weight: number }[] };
    expect(mixing.sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
    expect(textOf(files, 'README.txt')).toContain('mixing.json');
  });
});
