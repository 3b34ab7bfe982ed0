import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyedValue, moveEnd, placeOf, ticksOf, valueAt, type Axis } from './clipRange';

const millimetres: Axis = { from: 0, to: 4000, whole: true };
const metres: Axis = { from: 0.5, to: 4.5, whole: false };

describe('ends of a range', () => {
  it('stand where their value is, and at the edge where it is beyond', () => {
    expect(placeOf(millimetres, 1000)).toBe(0.25);
    expect(placeOf(millimetres, 65_535)).toBe(1);
    expect(placeOf(metres, 0)).toBe(0);
  });

  it('are whole where readings are, and have few digits where they are not', () => {
    expect(valueAt(millimetres, 0.123_456)).toBe(494);
    expect(valueAt(metres, 1 / 3)).toBeCloseTo(1.833, 10);
  });

  it('never pass each other, whichever way round they are', () => {
    expect(moveEnd(millimetres, [400, 2000], 0, 3000)).toEqual([1999, 2000]);
    expect(moveEnd(millimetres, [2000, 400], 0, 100)).toEqual([401, 400]);
    expect(moveEnd(millimetres, [400, 2000], 1, 100)).toEqual([400, 401]);
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3000 }), fc.integer({ min: 0, max: 4000 }), (low, value) => {
        const [a, b] = moveEnd(millimetres, [low, 3500], 0, value);
        expect(a).toBeLessThan(b);
      }),
    );
  });
});

describe('keys', () => {
  it.each([
    ['ArrowRight', false, 1040],
    ['ArrowLeft', false, 960],
    ['ArrowRight', true, 1004],
    ['PageUp', false, 1400],
    ['Home', false, 0],
    ['End', false, 4000],
    ['a', false, null],
  ])('%s (fine: %s) brings 1000 to %s', (key, fine, expected) => {
    expect(keyedValue(millimetres, 1000, key, fine)).toBe(expected);
  });

  it('move whole readings by at least one', () => {
    expect(keyedValue({ from: 0, to: 30, whole: true }, 7, 'ArrowRight', true)).toBe(8);
  });

  it('lead back to the edge from far outside', () => {
    expect(keyedValue(millimetres, 65_535, 'ArrowLeft', false)).toBe(4000);
    expect(keyedValue(millimetres, 65_535, 'ArrowRight', false)).toBe(65_535);
  });
});

describe('ticks', () => {
  it('are round numbers within the axis', () => {
    expect(ticksOf(0, 2140, 6)).toEqual([0, 500, 1000, 1500, 2000]);
    expect(ticksOf(0.5, 4.5, 6)).toEqual([1, 2, 3, 4]);
    expect(ticksOf(-0.3, 0.3, 6)).toEqual([-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3]);
    expect(ticksOf(7, 7, 6)).toEqual([7]);
  });

  it('are few, rising and inside, whatever the range', () => {
    const value = fc.double({ min: -1e9, max: 1e9, noNaN: true });
    fc.assert(
      fc.property(value, value, (a, b) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)];
        fc.pre(to - from > 1e-3);
        const ticks = ticksOf(from, to, 6);
        expect(ticks.length).toBeLessThanOrEqual(7);
        const slack = (to - from) * 1e-6;
        for (const tick of ticks) expect(tick >= from - slack && tick <= to + slack).toBe(true);
      }),
    );
  });
});
