import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { OpenedModel } from '../formats/models/format';
import { writeLayersModel } from '../formats/models/layersModel/writer';
import { preprocessingPresets } from '../formats/models/metadata';
import { writeOnnx } from '../formats/models/onnx/write';
import { openModel, rewriteModel } from '../formats/models/registry';
import { forward } from '../networks/forward';
import { createNetwork, disposeNetwork } from '../networks/network';
import { outputOf } from '../networks/output';
import { createRng } from '../shared/rng';
import { useBackend } from '../tests/backend';
import { realModels } from '../tests/models/expected';
import { modelFilesOf } from '../tests/models/files';
import { readRealModel, realModelsAreHere } from '../tests/models/folder';
import { runOnnx } from '../tests/onnxRuntime';
import { predictWithTfjs } from '../tests/plainTfjs';

const quantised = 'nsfwjs-mobilenetv2-uint8';

/** The model with all weights but variances a little changed, as an adaptation leaves them. */
function adapted(model: OpenedModel): OpenedModel {
  const rng = createRng(5);
  const weights = new Map(
    [...model.weights].map(([name, values]) => [name, values.map((value) => value * (1 + 0.05 * (rng.next() - 0.5)))]),
  );
  return { ...model, weights };
}

function testImage({ spec }: OpenedModel): { readonly shape: readonly number[]; readonly values: Float32Array } {
  const rng = createRng(9);
  const shape = [1, ...(spec.nodes[0]?.outputShape ?? [])];
  return { shape, values: Float32Array.from({ length: tf.util.sizeFromShape(shape) }, () => rng.next()) };
}

async function outputsOf(model: OpenedModel): Promise<Float32Array> {
  const { shape, values } = testImage(model);
  const network = createNetwork(model.spec, model.weights);
  const output = tf.tidy(() => {
    const x = tf.tensor4d(values, shape as [number, number, number, number]);
    return outputOf(model.spec, forward(network, x, { batchNorm: 'running' }).logits);
  });
  disposeNetwork(network);
  const result = (await output.data()) as Float32Array;
  output.dispose();
  return result;
}

describe.skipIf(!realModelsAreHere)('adapted real models (SHARED_DIR)', () => {
  useBackend('wasm');

  it.each(realModels)('$name: the source’s own files, opened again, give the same outputs', async (real) => {
    const files = modelFilesOf(readRealModel(real.name) ?? []);
    const model = adapted(await openModel(files, real.options));
    const { files: written, losses } = await rewriteModel(files, model);
    const reopened = await openModel(written, real.options);
    expect(reopened.spec).toEqual(model.spec);
    if (real.name === quantised) {
      expect(losses.join()).toContain('uint8');
      return;
    }
    expect(losses).toEqual([]);
    expect(await outputsOf(reopened)).toEqual(await outputsOf(model));
    for (const [name, values] of reopened.weights) expect(values, name).toEqual(model.weights.get(name));
  });

  it.each(realModels)('$name: unchanged weights leave every byte of the source’s own files', async (real) => {
    const files = modelFilesOf(readRealModel(real.name) ?? []);
    const { files: written } = await rewriteModel(files, await openModel(files, real.options));
    const packed = real.name === 'teachable-machine-image'; // its zip is compressed: its contents are kept
    if (packed) expect((await openModel(written)).weights).toEqual((await openModel(files)).weights);
    else written.forEach(({ bytes }, at) => expect(Buffer.compare(bytes, files[at]?.bytes ?? bytes.slice(1))).toBe(0));
  });

  it.each(realModels)(
    '$name: as ONNX it gives the same outputs here and in onnxruntime, as layers in plain tfjs',
    async (real) => {
      const model = adapted(await openModel(modelFilesOf(readRealModel(real.name) ?? []), real.options));
      const part = { ...model, preprocessing: preprocessingPresets['0to1'] };
      const classes = Array.from({ length: model.spec.classCount }, (_, at) => `class ${String(at)}`);
      const file = writeOnnx(part, { classes });
      const expected = await outputsOf(model);
      const reopened = await openModel([file]);
      expect(reopened.metadata.classes).toEqual(classes);
      expect(await outputsOf(reopened)).toBeAllClose(expected, { relative: 1e-5 });
      const image = testImage(model);
      expect((await runOnnx(file, image)).values).toBeAllClose(expected, { relative: 2e-5 });
      const x = tf.tensor4d(image.values, image.shape as [number, number, number, number]);
      const layers = writeLayersModel([part], { mixing: [1], classes });
      expect(await predictWithTfjs(layers, x)).toBeAllClose(expected, { relative: 2e-5 });
      x.dispose();
    },
    120_000,
  );
});
