import { disposeNetwork, createNetwork } from '../../../src/networks/network';
import { adapt } from '../../../src/method/adapt';
import type { ImageSet } from '../../../src/shared/imageSet';
import { createRng } from '../../../src/shared/rng';
import { settingsOf } from '../../../src/shared/settings';
import { networks } from '../../../src/tests/randomNetworks';
import type { Workload } from '../workloads';

/** Steps of one run of the method, taken on the backend that is current meanwhile. */
export interface SocketSteps {
  /** Takes as many steps as the workload has under way at a time. @returns the loss before each. */
  take(): Promise<number[]>;
  end(): Promise<void>;
}

const longest = 1000;

/** A random network has large gradients: with the rate of the method it would soon have no finite loss. */
const learningRate = 0.001;

/** Random images that cost nothing to read: the same pixels whatever is asked for. */
function randomImages(count: number, edge: number, seed: number, offset: number): ImageSet {
  const rng = createRng(seed);
  const pixels = Float32Array.from({ length: count * edge * edge * 3 }, () => offset + 3.4 * (rng.next() - 0.5));
  return {
    count,
    shape: [edge, edge, 3],
    read: (requests) => Promise.resolve(pixels.subarray(0, requests.length * edge * edge * 3)),
  };
}

/**
 * Starts SOCKET with its own settings on a network with random weights: target batch and pairs in one pass, statistics
 * matching, pair matching, entropy, diversity, pseudo-labels that are made before the first step, SGD.
 */
export function startSteps({ network: name, edge, images, ahead }: Workload): SocketSteps {
  const { spec, weights } = networks[name](edge, createRng(7));
  const network = createNetwork(spec, weights);
  const half = images / 2;
  const reports = adapt({
    networks: [network],
    target: randomImages(half * ahead, edge, 11, 0.3),
    pairs: { source: randomImages(half, edge, 12, 0), target: randomImages(half, edge, 13, 0.3) },
    settings: settingsOf('socket', {
      epochs: longest,
      batchSize: half,
      pairBatchSize: half,
      refreshesPerRun: 1,
      learningRate,
    }),
    stepsAhead: ahead,
  });
  return {
    async take() {
      const losses: number[] = [];
      while (losses.length < ahead) {
        const { value, done } = await reports.next();
        if (done) throw new Error('The run of the benchmark ended.');
        if (value.kind === 'step') losses.push(value.terms.total);
      }
      return losses;
    },
    async end() {
      await reports.return();
      disposeNetwork(network);
    },
  };
}
