import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../networks/forward';
import type { Network } from '../networks/network';
import { centerView } from '../shared/imageSet';
import type { ImageRequest, ImageSet } from '../shared/imageSet';
import { softmaxRows } from './pseudoLabels';
import type { Matrix, Predictions } from './pseudoLabels';
import { fixedBatches } from './statistics';
import { nextTick } from './tick';

/** What every network says about the requested images, with running statistics; nothing changes. */
export async function observeImages(
  networks: readonly Network[],
  images: ImageSet,
  requests: readonly ImageRequest[],
  batchSize: number,
): Promise<Predictions[]> {
  images.expect?.(requests.map(({ index }) => index));
  const parts = networks.map(() => ({ features: [] as Float32Array[], logits: [] as Float32Array[] }));
  for (const { indices, fresh } of fixedBatches(requests.length, batchSize)) {
    const pixels = await images.read(indices.flatMap((index) => requests[index] ?? []));
    const x = tf.tensor4d(pixels, [indices.length, ...images.shape]);
    for (const [k, network] of networks.entries()) {
      const { features, logits } = tf.tidy(() => {
        const seen = forward(network, x, { batchNorm: 'running' });
        return { features: seen.features, logits: seen.logits };
      });
      parts[k]?.features.push((await features.data<'float32'>()).slice(0, fresh * features.shape[1]));
      parts[k]?.logits.push((await logits.data<'float32'>()).slice(0, fresh * logits.shape[1]));
      tf.dispose([features, logits]);
    }
    x.dispose();
    await nextTick();
  }
  return parts.map(({ features, logits }) => ({
    features: stackRows(features, requests.length),
    logits: stackRows(logits, requests.length),
  }));
}

function stackRows(parts: readonly Float32Array[], rows: number): Matrix {
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    values.set(part, at);
    at += part.length;
  }
  return { rows, columns: values.length / rows, values };
}

/** Logits of several sources, weighted and summed: `[images, classes]`. */
export function mixLogits(predictions: readonly Predictions[], mixing: readonly number[]): Matrix {
  const [first] = predictions;
  if (first === undefined) throw new RangeError('There is no network to predict with.');
  const values = new Float32Array(first.logits.values.length);
  predictions.forEach(({ logits }, k) => {
    const weight = mixing[k] ?? 0;
    logits.values.forEach((logit, at) => (values[at] = (values[at] ?? 0) + weight * logit));
  });
  return { ...first.logits, values };
}

/**
 * Predictions for every image of a set, cut at the centre, with running statistics.
 *
 * @param mixing alpha, one a network.
 * @param batchSize images at a time; no influence on the result.
 * @returns `probabilities` and `logits` `[images, classes]`, row-major.
 */
export async function predict(
  networks: readonly Network[],
  mixing: readonly number[],
  images: ImageSet,
  batchSize: number,
): Promise<{ probabilities: Float32Array; logits: Float32Array; classCount: number }> {
  const requests = Array.from({ length: images.count }, (_, index) => ({ index, view: centerView }));
  const logits = mixLogits(await observeImages(networks, images, requests, batchSize), mixing);
  return {
    probabilities: Float32Array.from(softmaxRows(logits).values),
    logits: Float32Array.from(logits.values),
    classCount: logits.columns,
  };
}
