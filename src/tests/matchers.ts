import * as tf from '@tensorflow/tfjs-core';
import { expect } from 'vitest';

interface Tolerance {
  /** Allowed difference in units of the largest expected magnitude. */
  readonly relative?: number;
  /** Allowed difference. */
  readonly absolute?: number;
}

interface StudioMatchers<Result> {
  /** Runs the function and compares how many more tensors there are after it. */
  toLeaveTensors(count: number): Result;
  /** Same length, and each element within `absolute + relative * (largest expected magnitude)`. */
  toBeAllClose(expected: ArrayLike<number>, tolerance: Tolerance): Result;
}

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-explicit-any, @typescript-eslint/no-empty-object-type -- merged with this signature
  interface Matchers<T = any> extends StudioMatchers<T> {}
}

/** The largest difference and where it is. NaN counts as infinitely far. */
function worst(actual: ArrayLike<number>, expected: ArrayLike<number>): { index: number; difference: number } {
  let found = { index: 0, difference: 0 };
  for (let index = 0; index < expected.length; index++) {
    const raw = Math.abs((actual[index] ?? Number.NaN) - (expected[index] ?? Number.NaN));
    const difference = Number.isNaN(raw) ? Number.POSITIVE_INFINITY : raw;
    if (difference > found.difference) found = { index, difference };
  }
  return found;
}

expect.extend({
  toLeaveTensors(run: () => unknown, count: number) {
    const before = tf.memory().numTensors;
    run();
    const left = tf.memory().numTensors - before;
    return { pass: left === count, message: () => `expected ${count} tensors to be left, ${left} are` };
  },
  toBeAllClose(actual: ArrayLike<number>, expected: ArrayLike<number>, { relative = 0, absolute = 0 }: Tolerance) {
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `expected ${expected.length} values, got ${actual.length}` };
    }
    let largest = 0;
    for (let index = 0; index < expected.length; index++) largest = Math.max(largest, Math.abs(expected[index] ?? 0));
    const allowed = absolute + relative * largest;
    const { index, difference } = worst(actual, expected);
    const message = (): string =>
      `value ${index} is ${actual[index]}, expected ${expected[index]}: off by ${difference}, allowed ${allowed}`;
    return { pass: difference <= allowed, message };
  },
});
