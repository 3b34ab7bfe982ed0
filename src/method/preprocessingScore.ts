import type { Network } from '../networks/network';
import type { ImageSet } from '../shared/imageSet';
import { pool, quantile } from './drift';
import { collectStatistics, readStored } from './statistics';

/** Keeps the logarithm of a dead channel finite. */
const smallest = 1e-12;

/**
 * How badly a preprocessing fits a model: lower is better. Images of the source modality, prepared by the candidate,
 * go through the model as it is shipped; each batch-norm layer compares what it receives with what it has stored.
 *
 *     mean over layers of the median over channels of |ln(variance_seen / variance_stored)|
 *
 * @returns NaN for a model without batch-norm layers: it cannot tell.
 */
export async function preprocessingScore(network: Network, images: ImageSet, batchSize: number): Promise<number> {
  const stored = await readStored(network);
  const batches = await collectStatistics(network, images, batchSize, 'running');
  const medians = stored.map((own, at) => {
    const seen = pool(batches.flatMap((layers) => layers[at] ?? []));
    const gaps = Array.from(own.variance, (variance, c) =>
      Math.abs(Math.log(Math.max(smallest, seen.variance[c] ?? 0) / Math.max(smallest, variance))),
    );
    return quantile(gaps, 0.5);
  });
  return medians.length === 0 ? NaN : medians.reduce((sum, median) => sum + median, 0) / medians.length;
}
