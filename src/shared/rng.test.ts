import { describe, expect, it } from 'vitest';
import { createRng } from './rng';

describe('the generator', () => {
  it('is xoshiro128**: its first words from the state 1, 2, 3, 4', () => {
    const rng = createRng([1, 2, 3, 4]);
    // By hand: rotl(2 * 5, 7) * 9 = 1280 * 9; then the second word of the state is 1 ^ 3 ^ 2 = 0.
    expect([rng.next() * 2 ** 32, rng.next() * 2 ** 32]).toEqual([11520, 0]);
    expect([rng.next() * 2 ** 32, rng.next() * 2 ** 32]).toEqual([5927040, 70819200]);
  });

  it('continues from a saved state', () => {
    const rng = createRng(7);
    rng.next();
    const copy = createRng(rng.state());
    expect([copy.next(), copy.normal(), copy.integer(10)]).toEqual([rng.next(), rng.normal(), rng.integer(10)]);
  });

  it('gives different sequences for neighbouring seeds', () => {
    expect(createRng(1).next()).not.toBe(createRng(2).next());
  });

  it('permutes without loss', () => {
    const order = createRng(3).permutation(100);
    expect(order.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(order).not.toEqual(order.toSorted((a, b) => a - b));
  });

  it('draws a standard normal: mean 0 and variance 1 over 20,000 draws', () => {
    const rng = createRng(11);
    const draws = Array.from({ length: 20_000 }, () => rng.normal());
    const mean = draws.reduce((sum, x) => sum + x, 0) / draws.length;
    const variance = draws.reduce((sum, x) => sum + (x - mean) ** 2, 0) / draws.length;
    expect(Math.abs(mean)).toBeLessThan(0.03); // 4 standard errors: 4 / sqrt(20,000)
    expect(Math.abs(variance - 1)).toBeLessThan(0.04); // 4 sqrt(2 / 20,000)
  });
});
