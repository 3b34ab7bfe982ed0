import { adapt } from '../method/adapt';
import type { AdaptReport } from '../method/adapt';
import type { AdaptTask } from '../method/adaptation';
import { readWeights } from '../networks/network';
import type { Network } from '../networks/network';
import { createRng } from '../shared/rng';
import { settingsOf } from '../shared/settings';
import type { PresetName, Settings } from '../shared/settings';
import { tinyImages, tinyNetwork } from './tinyNetwork';

/** 12 target images in batches of 4: three steps an epoch. 6 pairs. */
export function taskOf(preset: PresetName, overrides: Partial<Settings> = {}, sources = 1): AdaptTask {
  const rng = createRng(99);
  return {
    networks: Array.from({ length: sources }, () => tinyNetwork(rng)),
    target: tinyImages(12, rng, 0.5),
    pairs: { source: tinyImages(6, rng), target: tinyImages(6, rng, 0.5) },
    settings: settingsOf(preset, { epochs: 2, batchSize: 4, pairBatchSize: 3, ...overrides }),
  };
}

/** All that a run reports. */
export async function reportsOf(task: AdaptTask): Promise<AdaptReport[]> {
  const reports: AdaptReport[] = [];
  for await (const report of adapt(task)) reports.push(report);
  return reports;
}

export const stepsOf = (reports: readonly AdaptReport[]) => reports.filter((report) => report.kind === 'step');

/** All weights, to compare bit for bit. */
export const bytesOf = async (networks: readonly Network[]): Promise<Map<string, Float32Array>[]> =>
  Promise.all(networks.map(readWeights));
