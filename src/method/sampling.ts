import { centerView } from '../shared/imageSet';
import type { View } from '../shared/imageSet';
import { createRng } from '../shared/rng';
import type { Rng, RngState } from '../shared/rng';
import type { Settings } from '../shared/settings';

type Augmentation = Settings['augmentation'];

/** Everything that the draws of a run depend on. Plain data. */
export interface SamplerState {
  readonly rng: RngState;
  /** This epoch's order of the target images. */
  readonly targetOrder: readonly number[];
  /** Order of the pairs, and how many of them are used up. */
  readonly pairOrder: readonly number[];
  readonly pairCursor: number;
}

/** Draws batches. The same seed gives the same draws. */
export interface Sampler {
  readonly rng: Rng;
  targetOrder: readonly number[];
  pairOrder: readonly number[];
  pairCursor: number;
}

export function createSampler(from: number | SamplerState): Sampler {
  if (typeof from === 'number') return { rng: createRng(from), targetOrder: [], pairOrder: [], pairCursor: 0 };
  return { ...from, rng: createRng(from.rng) };
}

export function readSampler({ rng, targetOrder, pairOrder, pairCursor }: Sampler): SamplerState {
  return { rng: rng.state(), targetOrder: [...targetOrder], pairOrder: [...pairOrder], pairCursor };
}

/** A random cut and mirroring, or the centre cut. */
export function drawView(rng: Rng, augmentation: Augmentation): View {
  if (augmentation === 'none') return centerView;
  return { x: rng.next(), y: rng.next(), flip: rng.next() < 0.5 };
}

/**
 * Target images of one step. Each epoch has an order of its own; its last batch is filled up from its start.
 *
 * @param position batches of this epoch that came before.
 */
export function drawTargets(sampler: Sampler, count: number, size: number, position: number): number[] {
  if (position === 0) sampler.targetOrder = sampler.rng.permutation(count);
  return Array.from({ length: size }, (_, at) => sampler.targetOrder[(position * size + at) % count] ?? 0);
}

/** Target images of the next batches of this epoch, as far as they are drawn; draws nothing. @param position as above, of the last batch */
export function upcomingTargets(sampler: Sampler, size: number, position: number, batches: number): readonly number[] {
  return sampler.targetOrder.slice((position + 1) * size, (position + 1 + batches) * size);
}

/** Pairs of the next batches, as far as they are drawn; draws nothing. */
export function upcomingPairs(sampler: Sampler, size: number, batches: number): readonly number[] {
  return sampler.pairOrder.slice(sampler.pairCursor, sampler.pairCursor + batches * size);
}

/**
 * Pairs of one step. `epoch`: every pair once before any twice. `iid`: drawn anew, no pair twice in a batch
 * (unless there are fewer pairs than the batch takes).
 */
export function drawPairs(sampler: Sampler, count: number, size: number, sampling: Settings['pairSampling']): number[] {
  if (sampling === 'iid') {
    const order = sampler.rng.permutation(count);
    return Array.from({ length: size }, (_, at) => order[at % count] ?? 0);
  }
  return Array.from({ length: size }, () => {
    if (sampler.pairCursor >= sampler.pairOrder.length) {
      sampler.pairOrder = sampler.rng.permutation(count);
      sampler.pairCursor = 0;
    }
    return sampler.pairOrder[sampler.pairCursor++] ?? 0;
  });
}
