import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutBuckets, extremes, smooth } from './decimate';

describe('cutBuckets', () => {
  it('covers every sample once, in order, with no more buckets than asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 5000 }), fc.integer({ min: 1, max: 300 }), (length, count) => {
        const buckets = cutBuckets(length, count);
        expect(buckets.length).toBe(Math.min(length, count));
        const edges = [0, ...buckets.map((bucket) => bucket.to)];
        expect(buckets.map((bucket) => bucket.from)).toEqual(edges.slice(0, -1));
        expect(edges.at(-1)).toBe(length);
      }),
    );
  });
});

describe('extremes', () => {
  it('keeps a spike and the side on which it stands', () => {
    const values = Float32Array.of(1, 1, 9, 1, -2, 1);
    expect(extremes(values, { from: 0, to: 6 })).toEqual([9, -2]);
    expect(extremes(values, { from: 3, to: 6 })).toEqual([1, -2]);
  });

  it('passes over what is not finite, and is null where nothing is', () => {
    const values = Float32Array.of(Number.NaN, 3, Number.POSITIVE_INFINITY, Number.NaN);
    expect(extremes(values, { from: 0, to: 4 })).toEqual([3, 3]);
    expect(extremes(values, { from: 2, to: 4 })).toBeNull();
  });
});

describe('smooth', () => {
  it('is the values themselves at weight 0', () => {
    expect([...smooth(Float32Array.of(3, -1, 4), 0)]).toEqual([3, -1, 4]);
  });

  it('starts at the first value instead of at 0', () => {
    // s_1 = 0.5 * 4 = 2, shown 2 / (1 - 0.5) = 4; s_2 = 1 + 0.5 * 8 = 5, shown 5 / 0.75
    const shown = smooth(Float32Array.of(4, 8), 0.5);
    expect(shown[0]).toBeCloseTo(4, 6);
    expect(shown[1]).toBeCloseTo(5 / 0.75, 5);
  });

  it('goes on after a value that is not finite as if it had not been there', () => {
    const shown = smooth(Float32Array.of(4, Number.NaN, 8), 0.5);
    expect(shown[1]).toBeNaN();
    expect(shown[2]).toBeCloseTo(5 / 0.75, 5);
  });
});
