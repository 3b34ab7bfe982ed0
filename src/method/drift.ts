import type { LayerDrift } from '../shared/protocol';
import type { Rng } from '../shared/rng';
import type { LayerStatistics, StoredStatistics } from './statistics';

/** Mean and biased variance per channel over a number of values. */
export interface PooledStatistics {
  readonly count: number;
  readonly mean: Float64Array;
  readonly variance: Float64Array;
}

/** Halvings of the batches behind a noise floor. */
const halvings = 5;

/**
 * One mean and variance for several batches of a layer, as if measured in one go.
 *
 *     mean = sum_b n_b mean_b / n,   variance = sum_b n_b (variance_b + (mean_b - mean)^2) / n
 */
export function pool(batches: readonly Pick<LayerStatistics, 'count' | 'mean' | 'variance'>[]): PooledStatistics {
  const channels = batches[0]?.mean.length ?? 0;
  const count = batches.reduce((sum, batch) => sum + batch.count, 0);
  const mean = new Float64Array(channels);
  const variance = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    let total = 0;
    for (const batch of batches) total += batch.count * (batch.mean[c] ?? 0);
    const center = total / count;
    let squares = 0;
    for (const batch of batches) {
      squares += batch.count * ((batch.variance[c] ?? 0) + ((batch.mean[c] ?? 0) - center) ** 2);
    }
    mean[c] = center;
    variance[c] = squares / count;
  }
  return { count, mean, variance };
}

interface ChannelStatistics {
  readonly mean: ArrayLike<number>;
  readonly variance: ArrayLike<number>;
}

/**
 * Normalised 2-Wasserstein distance of each channel, in standard deviations of `reference`; 0 is identical.
 *
 *     sqrt(((mean_t - mean_s) / sd_s)^2 + (sd_t / sd_s - 1)^2),   sd = sqrt(variance + epsilon)
 */
export function channelDistances(target: ChannelStatistics, reference: ChannelStatistics, epsilon: number): number[] {
  return Array.from(reference.mean, (mean, c) => {
    const deviation = Math.sqrt((reference.variance[c] ?? 0) + epsilon);
    const shift = ((target.mean[c] ?? 0) - mean) / deviation;
    const spread = Math.sqrt((target.variance[c] ?? 0) + epsilon) / deviation;
    return Math.hypot(shift, spread - 1);
  });
}

const rootMeanSquare = (values: readonly number[]): number =>
  Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / Math.max(1, values.length));

/** Value below which a share of the values lies, linear between neighbours. NaN without values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const position = share * (sorted.length - 1);
  const low = sorted[Math.floor(position)] ?? NaN;
  const high = sorted[Math.ceil(position)] ?? NaN;
  return low + (high - low) * (position - Math.floor(position));
}

const normOfGap = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a, (value, c) => (value - (b[c] ?? 0)) ** 2).reduce((sum, square) => sum + square, 0));

/**
 * The distance that chance alone gives: between two random halves of the batches, the median of five halvings.
 * Null for fewer than two batches.
 */
function noiseFloor(
  batches: readonly LayerStatistics[],
  epsilon: number,
  splits: readonly (readonly number[])[],
): number | null {
  if (batches.length < 2) return null;
  const distances = splits.map((order) => {
    const halves = [order.slice(0, order.length >> 1), order.slice(order.length >> 1)].map((half) =>
      pool(half.flatMap((batch) => batches[batch] ?? [])),
    );
    const [first, second] = halves;
    return first && second ? rootMeanSquare(channelDistances(second, first, epsilon)) : NaN;
  });
  return quantile(distances, 0.5);
}

/**
 * How far the target images are from what a source model has stored, at each batch-norm layer in forward order.
 * `meanTerm` and `varianceTerm` are this layer's share of statistics matching: norms, the first spatial layer times
 * `firstFactor`, 0 at layers the matching leaves out.
 *
 * @param source index of the source model, for the report.
 * @param stored statistics of the untouched source model.
 * @param batches what its layers received from the target images: `[batch][layer]`.
 * @param rng draws the halves behind the noise floor.
 */
export function layerDrift(
  source: number,
  stored: readonly StoredStatistics[],
  batches: readonly (readonly LayerStatistics[])[],
  firstFactor: number,
  rng: Rng,
): LayerDrift[] {
  const splits = Array.from({ length: halvings }, () => rng.permutation(batches.length));
  const firstSpatial = stored.findIndex(({ spatial }) => spatial);
  return stored.map((own, at) => {
    const ofLayer = batches.flatMap((layers) => layers[at] ?? []);
    const target = pool(ofLayer);
    const distances = channelDistances(target, own, own.epsilon);
    const factor = !own.spatial ? 0 : at === firstSpatial ? firstFactor : 1;
    return {
      source,
      layer: own.layer,
      channels: own.mean.length,
      distance: rootMeanSquare(distances),
      distance95: quantile(distances, 0.95),
      noiseFloor: noiseFloor(ofLayer, own.epsilon, splits),
      meanTerm: factor * normOfGap(target.mean, own.mean),
      varianceTerm: factor * normOfGap(target.variance, own.variance),
    };
  });
}
