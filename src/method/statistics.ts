import * as tf from '@tensorflow/tfjs-core';
import { forward } from '../networks/forward';
import type { BatchStatistics } from '../networks/forward';
import type { Network } from '../networks/network';
import { centerView } from '../shared/imageSet';
import type { ImageSet } from '../shared/imageSet';
import { nextTick } from './tick';

/** What one batch-norm layer received in one batch, as plain data. */
export interface LayerStatistics {
  readonly layer: string;
  /** Over a feature map (statistics matching runs over these layers only). */
  readonly spatial: boolean;
  /** Values behind each mean: images * height * width. */
  readonly count: number;
  readonly mean: Float32Array;
  /** Biased: divided by `count`. */
  readonly variance: Float32Array;
}

/** What a network has stored about its own training images at one batch-norm layer. */
export interface StoredStatistics {
  readonly layer: string;
  readonly spatial: boolean;
  readonly epsilon: number;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** A batch of fixed shape; the last one is filled up from the start of the set. */
export interface FixedBatch {
  readonly indices: readonly number[];
  /** Leading images that no earlier batch had. */
  readonly fresh: number;
}

/** Batches over all images in order. `batchSize` larger than the set means one batch of the whole set. */
export function fixedBatches(count: number, batchSize: number): FixedBatch[] {
  const size = Math.min(batchSize, count);
  return Array.from({ length: Math.ceil(count / size) }, (_, batch) => ({
    indices: Array.from({ length: size }, (_i, at) => (batch * size + at) % count),
    fresh: Math.min(size, count - batch * size),
  }));
}

/** Uploads images of a set, cut at the centre. The caller disposes. */
async function readCentered(images: ImageSet, indices: readonly number[]): Promise<tf.Tensor4D> {
  const pixels = await images.read(indices.map((index) => ({ index, view: centerView })));
  return tf.tensor4d(pixels, [indices.length, ...images.shape]);
}

/** Statistics over the matched rows as plain data, with one readback for all layers. */
export async function readStatistics(statistics: readonly BatchStatistics[]): Promise<LayerStatistics[]> {
  if (statistics.length === 0) return [];
  const all = tf.tidy(() => tf.concat(statistics.flatMap(({ matched }) => [matched.mean, matched.variance])));
  const values = await all.data<'float32'>();
  all.dispose();
  let at = 0;
  const take = (length: number): Float32Array => values.slice(at, (at += length));
  return statistics.map(({ layer, spatial, matched }) => {
    const channels = matched.mean.size;
    return { layer, spatial, count: matched.count, mean: take(channels), variance: take(channels) };
  });
}

export async function readStored(network: Network): Promise<StoredStatistics[]> {
  return Promise.all(
    network.runningStatistics.map(async ({ layer, spatial, epsilon, mean, variance }) => ({
      layer,
      spatial,
      epsilon,
      mean: (await mean.data<'float32'>()).slice(),
      variance: (await variance.data<'float32'>()).slice(),
    })),
  );
}

/**
 * What every batch-norm layer receives, batch by batch: each image is counted once.
 *
 * @param mode statistics that normalise on the way: the batch's own, or the running ones (as the shipped model).
 * @returns `[batch][layer]`.
 */
export async function collectStatistics(
  network: Network,
  images: ImageSet,
  batchSize: number,
  mode: 'batch' | 'running',
): Promise<LayerStatistics[][]> {
  images.expect?.(Array.from({ length: images.count }, (_, index) => index));
  const collected: LayerStatistics[][] = [];
  for (const { indices, fresh } of fixedBatches(images.count, batchSize)) {
    const x = await readCentered(images, indices);
    const kept = tf.tidy(() => {
      const { statistics } = forward(network, x, { batchNorm: mode, matchRows: fresh, collect: true });
      return statistics.map(keepStatistics);
    });
    collected.push(await readStatistics(kept));
    disposeStatistics(kept);
    x.dispose();
    await nextTick();
  }
  return collected;
}

/**
 * Re-estimates the running statistics: the average over the batches, in order and with equal weight, of batch mean and
 * unbiased batch variance (PyTorch's `momentum=None`). Centre view, each batch normalised by itself.
 */
export async function refreshStatistics(
  networks: readonly Network[],
  images: ImageSet,
  batchSize: number,
): Promise<void> {
  images.expect?.(Array.from({ length: images.count }, (_, index) => index));
  for (const [batch, { indices, fresh }] of fixedBatches(images.count, batchSize).entries()) {
    // The last batch keeps its own images only, unless one image would have to make a batch.
    const x = await readCentered(images, fresh < 2 ? indices : indices.slice(0, fresh));
    for (const network of networks) {
      tf.tidy(() => averageIn(network, forward(network, x, { batchNorm: 'batch' }).statistics, batch + 1));
    }
    x.dispose();
    await nextTick();
  }
}

/** Running average over `batches` batches, this one being the latest. */
function averageIn(network: Network, statistics: readonly BatchStatistics[], batches: number): void {
  statistics.forEach(({ mean, variance, count }, at) => {
    const running = network.runningStatistics[at];
    if (running === undefined) throw new RangeError('A forward pass reported a layer the network does not have.');
    const unbiased = tf.mul(variance, count / Math.max(1, count - 1));
    running.mean.assign(tf.add(tf.mul(running.mean, 1 - 1 / batches), tf.div(mean, batches)));
    running.variance.assign(tf.add(tf.mul(running.variance, 1 - 1 / batches), tf.div(unbiased, batches)));
  });
}

/** Keeps the tensors of a layer's statistics beyond the surrounding tidy; {@link disposeStatistics} frees them. */
export function keepStatistics(statistics: BatchStatistics): BatchStatistics {
  for (const tensor of statisticsTensors(statistics)) tf.keep(tensor);
  return statistics;
}

/** Every tensor of a layer's statistics, once. */
export const statisticsTensors = ({ mean, variance, matched }: BatchStatistics): tf.Tensor[] => [
  ...new Set([mean, variance, matched.mean, matched.variance]),
];

export function disposeStatistics(statistics: readonly BatchStatistics[]): void {
  tf.dispose(statistics.flatMap(statisticsTensors));
}
