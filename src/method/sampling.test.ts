import { describe, expect, it } from 'vitest';
import { createRng } from '../shared/rng';
import { createSampler, drawPairs, drawTargets, drawView, readSampler } from './sampling';

const sorted = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

describe('target batches', () => {
  it('hold every image once an epoch and fill the last batch up from its start', () => {
    const sampler = createSampler(1);
    const batches = [0, 1, 2].map((position) => drawTargets(sampler, 7, 3, position));
    expect(sorted(batches.flat().slice(0, 7))).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(batches[2]?.slice(1)).toEqual(batches[0]?.slice(0, 2));
  });

  it('have a new order each epoch', () => {
    const sampler = createSampler(1);
    expect(drawTargets(sampler, 50, 50, 0)).not.toEqual(drawTargets(sampler, 50, 50, 0));
  });
});

describe('pairs', () => {
  it('come all before any comes twice, across batches', () => {
    const sampler = createSampler(2);
    const drawn = [1, 2, 3, 4].flatMap(() => drawPairs(sampler, 6, 3, 'epoch'));
    expect(sorted(drawn.slice(0, 6))).toEqual([0, 1, 2, 3, 4, 5]);
    expect(sorted(drawn.slice(6))).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('are independent draws without repetition in a batch when iid', () => {
    const sampler = createSampler(2);
    for (let i = 0; i < 20; i++) expect(new Set(drawPairs(sampler, 6, 4, 'iid')).size).toBe(4);
  });

  it('repeat when there are fewer than a batch takes', () => {
    expect(drawPairs(createSampler(2), 1, 2, 'iid')).toEqual([0, 0]);
    expect(drawPairs(createSampler(2), 1, 2, 'epoch')).toEqual([0, 0]);
  });
});

it('continues from its saved state', () => {
  const sampler = createSampler(5);
  drawTargets(sampler, 9, 4, 0);
  drawPairs(sampler, 9, 4, 'epoch');
  const copy = createSampler(readSampler(sampler));
  expect(drawTargets(copy, 9, 4, 1)).toEqual(drawTargets(sampler, 9, 4, 1));
  expect(drawPairs(copy, 9, 4, 'epoch')).toEqual(drawPairs(sampler, 9, 4, 'epoch'));
  expect(copy.rng.next()).toBe(sampler.rng.next());
});

it('cuts at the centre without augmentation, and draws nothing', () => {
  const rng = createRng(1);
  const before = rng.state();
  expect(drawView(rng, 'none')).toEqual({ x: 0.5, y: 0.5, flip: false });
  expect(rng.state()).toEqual(before);
});
