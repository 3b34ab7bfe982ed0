import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectedOf } from '../../tests/models/expected';
import { modelFilesOf } from '../../tests/models/files';
import { readRealModel, realModelsAreHere } from '../../tests/models/folder';
import { predictWithTfjs, usePlainTfjs } from '../../tests/plainTfjs';
import { writeLayersModel } from './layersModel/writer';
import { preprocessingPresets } from './metadata';
import { openModel } from './registry';

const folderOf = (model: string) => readRealModel(model) ?? [];
const filesOf = (model: string) => modelFilesOf(folderOf(model));

/** The input that the expected outputs belong to: `((i * 2654435761) mod 2^32) / 2^32`. */
function testInput(shape: readonly [number, number, number, number]): tf.Tensor4D {
  const length = shape.reduce((product, side) => product * side, 1);
  const values = Float32Array.from({ length }, (_, index) => (Math.imul(index, 2654435761 | 0) >>> 0) / 2 ** 32);
  return tf.tensor4d(values, [...shape]);
}

describe.skipIf(!realModelsAreHere)('real models (SHARED_DIR)', () => {
  it('Teachable Machine: names and preprocessing come with the zip', async () => {
    const { metadata, spec } = await openModel(filesOf('teachable-machine-image'));
    expect(metadata).toMatchObject({ classes: ['Class 1', 'Class 2'], preprocessing: { preset: 'minus1to1' } });
    expect(spec).toMatchObject({ classifier: 'dense_Dense2', bottleneck: ['dense_Dense1'] });
  });

  it('our own models: classes, preprocessing and resizing are in the file', async () => {
    const { metadata, spec } = await openModel(filesOf('epfl-scenes-resnet8-s0'));
    expect(metadata).toMatchObject({
      classes: expectedOf(folderOf('epfl-scenes-resnet8-s0')).classes,
      resize: 72,
      notes: [],
    });
    expect(metadata.preprocessing).toEqual({ preset: 'own', mean: [0.45, 0.45, 0.45], std: [0.25, 0.25, 0.25] });
    expect(spec).toMatchObject({ classifier: 'classifier', bottleneck: ['bottleneck', 'bottleneck_bn'] });
  });

  it('a written copy gives what the original gives in plain tfjs, alone and mixed with itself', async () => {
    await usePlainTfjs();
    const files = filesOf('epfl-scenes-resnet8-s0');
    const { spec, weights } = await openModel(files);
    const part = { spec, weights, preprocessing: preprocessingPresets['0to1'] };
    const options = { mixing: [0.25, 0.75], classes: ['any'] };
    const x = testInput([2, 63, 63, 3]);
    const original = await predictWithTfjs(files, x);
    expect(original).toBeAllClose(expectedOf(folderOf('epfl-scenes-resnet8-s0')).softmax?.flat() ?? [], {
      absolute: 1e-5,
    });
    expect(await predictWithTfjs(writeLayersModel([part], options), x)).toBeAllClose(original, { absolute: 1e-6 });
    expect(await predictWithTfjs(writeLayersModel([part, part], options), x)).toBeAllClose(original, {
      absolute: 1e-5,
    });
  });
});
