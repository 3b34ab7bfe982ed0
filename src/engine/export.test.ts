import * as tf from '@tensorflow/tfjs-core';
import { beforeAll, expect, it } from 'vitest';
import { predictWithTfjs, usePlainTfjs } from '../tests/plainTfjs';
import { createStudioHarness, pairFiles, targetFiles, tinyClasses, tinyModelFiles } from '../tests/studioHarness';
import { openFolder } from '../data/folder';
import { createImageSet } from '../data/batches';
import { decodeImage } from '../formats/images/registry';
import type { FileBytes } from '../formats/models/format';
import { unzip } from '../formats/zip';
import { centerView } from '../shared/imageSet';
import type { Evaluation } from '../shared/protocol';
import { settingsOf } from '../shared/settings';

beforeAll(usePlainTfjs);

const images = 18;

async function adaptAndExport(sources: number): Promise<{ files: readonly FileBytes[]; adapted: Evaluation }> {
  const studio = createStudioHarness();
  for (let seed = 1; seed <= sources; seed++) {
    await studio.handlers['model/open']({ files: await tinyModelFiles(seed) });
  }
  await studio.handlers['images/open']({ role: 'pairsRgb', files: pairFiles(6, 'rgb', 3) });
  await studio.handlers['images/open']({ role: 'pairsTarget', files: pairFiles(6, 'depth', 1) });
  await studio.handlers['images/open']({ role: 'target', files: targetFiles(images, tinyClasses) });
  const settings = settingsOf('studio', { epochs: 3, batchSize: 6, pairBatchSize: 4, learningRate: 0.1 });
  const { runId } = await studio.handlers['run/start']({ preset: 'studio', settings });
  await Promise.race([studio.once('run/finished'), studio.once('run/failed')]);
  const { blob, maxLogitDifference, imagesCompared } = await studio.handlers['run/export']({ runId });
  expect(imagesCompared).toBe(images);
  expect(maxLogitDifference).toBeLessThanOrEqual(1e-4);
  const adapted = studio.events.flatMap((event) =>
    event.type === 'run/evaluation' && event.evaluation.moment === 'adapted' ? [event.evaluation] : [],
  )[0];
  if (!adapted) throw new Error('The run was not measured at its end.');
  return { files: await unzip(new Uint8Array(await blob.arrayBuffer()), 'export'), adapted };
}

/** The target images as any other program would prepare them after the export's README. */
async function pixels(): Promise<tf.Tensor4D> {
  const decode = async (blob: Blob, path: string) => decodeImage(new Uint8Array(await blob.arrayBuffer()), path);
  const folder = await openFolder({ role: 'target', files: targetFiles(images, tinyClasses), decode });
  const preprocessing = { preset: 'own' as const, mean: [0.4, 0.5, 0.6] as const, std: [0.2, 0.25, 0.3] as const };
  const set = await createImageSet({ folder, recipe: folder.recipe, shape: [6, 6, 3], resize: [7, 7], preprocessing });
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

it.each([
  ['one source', 1, ''],
  ['three sources, in their combined model', 3, 'combined/'],
])('gives plain tfjs the predictions of the studio, for %s', async (_, sources, folder) => {
  const { files, adapted } = await adaptAndExport(sources);
  const model = files.filter(({ path }) => path === `${folder}model.json` || path === `${folder}weights.bin`);
  const output = await predictWithTfjs(model, await pixels());
  const { predictions, confidences } = top(sources === 1 ? await softmax(output) : output);
  expect(predictions).toEqual([...adapted.predictions]);
  expect(confidences).toBeAllClose(adapted.confidences, { absolute: 1e-5 });
});

it('has a model per source, the mixing weights and the record beside the combined model', async () => {
  const { files } = await adaptAndExport(2);
  expect(files.map(({ path }) => path).sort()).toEqual([
    'README.txt', 'combined/model.json', 'combined/weights.bin', 'mixing.json', 'run-record.json',
    'source-1/model.json', 'source-1/weights.bin', 'source-2/model.json', 'source-2/weights.bin',
  ]); // prettier-ignore
  const mixing = JSON.parse(new TextDecoder().decode(files.find(({ path }) => path === 'mixing.json')?.bytes)) as {
    sources: { weight: number }[];
  };
  expect(mixing.sources.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1);
});
