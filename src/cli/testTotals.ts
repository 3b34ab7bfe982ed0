/** How many tests of a runner, or of all runners, ended how. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** The parts that are read of Vitest's JSON report. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
}

/** The parts that are read of Playwright's JSON report. */
export interface PlaywrightReport {
  readonly stats: {
    readonly expected: number;
    readonly unexpected: number;
    readonly flaky: number;
    readonly skipped: number;
  };
}

/** Totals of a Vitest run; what is still to be written counts as skipped. */
export function vitestTotals(report: VitestReport): Totals {
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

/** Totals of a Playwright run; a test that passes only when repeated has failed. */
export function playwrightTotals({ stats }: PlaywrightReport): Totals {
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * Totals of a runner in the light of how it ended. A runner that broke without naming a failed test, left no report, or
 * ran nothing at all is itself one failure: green is only what ran and passed.
 *
 * @param reported null when the runner left no report.
 * @param exitCode null when the runner was killed.
 */
export function judgeRunner(reported: Totals | null, exitCode: number | null): Totals {
  const totals = reported ?? { passed: 0, failed: 0, skipped: 0 };
  const ranNothing = totals.passed + totals.failed + totals.skipped === 0;
  const brokeSilently = exitCode !== 0 && totals.failed === 0;
  return ranNothing || brokeSilently ? { ...totals, failed: totals.failed + 1 } : totals;
}

/** Sum over runners. */
export function sumTotals(all: readonly Totals[]): Totals {
  const sum = (key: keyof Totals): number => all.reduce((total, one) => total + one[key], 0);
  return { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
}

/** The line that `npm test` ends with. */
export function totalsLine({ passed, failed, skipped }: Totals): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
