import * as tf from '@tensorflow/tfjs';
import { registerKernels } from '../kernels/register';
import type { FileBytes } from '../formats/models/format';

/**
 * Makes tfjs' CPU backend the current one, with the studio's kernels, so that plain tfjs and the studio's own networks
 * can be compared. (The bundle of tfjs registers the backend itself.)
 */
export async function usePlainTfjs(): Promise<void> {
  registerKernels('cpu');
  await tf.setBackend('cpu');
}

/**
 * What plain tfjs computes with a LayersModel.
 *
 * @param files `model.json` and its one weight file
 * @param x `[batch, height, width, channels]`, stays the caller's
 * @returns the model's output, flat
 */
export async function predictWithTfjs(files: readonly FileBytes[], x: tf.Tensor4D): Promise<readonly number[]> {
  const [json, weights] = files.toSorted((a, b) => Number(b.path.endsWith('.json')) - Number(a.path.endsWith('.json')));
  const model = JSON.parse(new TextDecoder().decode(json?.bytes)) as {
    modelTopology: object;
    weightsManifest: { weights: tf.io.WeightsManifestEntry[] }[];
  };
  const loaded = await tf.loadLayersModel({
    load: () =>
      Promise.resolve({
        modelTopology: model.modelTopology,
        weightSpecs: model.weightsManifest.flatMap((group) => group.weights),
        weightData: (weights?.bytes ?? new Uint8Array()).slice().buffer,
      }),
  });
  const result = loaded.predict(x) as tf.Tensor;
  const values = [...(await result.data())];
  loaded.dispose();
  result.dispose();
  return values;
}
