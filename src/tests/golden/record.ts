/** How far a float32 computation may be from the golden value `e`: `max(absolute, relative |e|)`, or the sum of both. */
export interface Tolerance {
  readonly relative: number;
  readonly absolute: number;
  readonly combine: 'max' | 'sum';
}

/** Tolerances of the golden files, by what is compared. */
export const tolerances = {
  value: { relative: 2e-5, absolute: 2e-6, combine: 'max' },
  gradient: { relative: 0, absolute: 2e-6, combine: 'max' },
  networkGradient: { relative: 1e-4, absolute: 1e-5, combine: 'sum' },
  parameter: { relative: 0, absolute: 3e-6, combine: 'max' },
  exact: { relative: 0, absolute: 0, combine: 'max' },
} as const satisfies Record<string, Tolerance>;

/** One comparison with golden numbers. */
export interface Comparison {
  readonly what: string;
  /** Largest error in units of what is allowed; at most 1 passes. */
  readonly ofAllowed: number;
  /** Largest error relative to the largest expected magnitude; null where all expected values are (nearly) 0. */
  readonly relative: number | null;
  readonly detail: string;
}

/** Magnitudes below this are zeros written as rounding noise. */
const nearlyZero = 1e-6;

export type Numbers = ArrayLike<number>;
export type Compare = (
  what: string,
  actual: Numbers | number,
  expected: Numbers | number,
  tolerance: Tolerance,
) => void;

const listOf = (values: Numbers | number): Numbers => (typeof values === 'number' ? [values] : values);

/** Collects comparisons. */
export function createRecord(): { readonly comparisons: Comparison[]; readonly compare: Compare } {
  const comparisons: Comparison[] = [];
  const compare: Compare = (what, actualValues, expectedValues, { relative, absolute, combine }) => {
    const actual = listOf(actualValues);
    const expected = listOf(expectedValues);
    let ofAllowed = actual.length === expected.length ? 0 : Infinity;
    let detail = `${String(actual.length)} of ${String(expected.length)} values`;
    let largestError = 0;
    let largest = 0;
    for (let i = 0; i < expected.length; i++) {
      const e = expected[i] ?? NaN;
      const error = actual[i] === e ? 0 : Math.abs((actual[i] ?? NaN) - e);
      const allowed =
        combine === 'sum' ? absolute + relative * Math.abs(e) : Math.max(absolute, relative * Math.abs(e));
      const share = error === 0 ? 0 : Number.isFinite(error) ? error / allowed : Infinity;
      largest = Math.max(largest, Math.abs(e));
      largestError = Math.max(largestError, Number.isNaN(error) ? Infinity : error);
      if (share > ofAllowed) {
        ofAllowed = share;
        detail = `value ${String(i)} is ${String(actual[i])}, expected ${String(e)}`;
      }
    }
    comparisons.push({ what, ofAllowed, relative: largest < nearlyZero ? null : largestError / largest, detail });
  };
  return { comparisons, compare };
}

/** One line: how many comparisons, the worst relative error, and the worst error as a share of what is allowed. */
export function summarise(backend: string, file: string, comparisons: readonly Comparison[]): string {
  const relative = Math.max(0, ...comparisons.map((comparison) => comparison.relative ?? 0)).toExponential(1);
  const share = Math.max(0, ...comparisons.map(({ ofAllowed }) => ofAllowed)).toFixed(3);
  const count = String(comparisons.length);
  return `golden ${backend} ${file}: ${count} comparisons, worst relative error ${relative}, ${share} of the tolerance`;
}
