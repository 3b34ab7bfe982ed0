import { describe, expect, it } from 'vitest';
import { judgeRunner, playwrightTotals, sumTotals, totalsLine, vitestTotals } from './testTotals';

describe('totals', () => {
  it('count what Vitest left for later as skipped', () => {
    const report = { numPassedTests: 7, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    expect(vitestTotals(report)).toEqual({ passed: 7, failed: 1, skipped: 3 });
  });

  it('count a flaky journey as failed', () => {
    const stats = { expected: 4, unexpected: 1, flaky: 2, skipped: 3 };
    expect(playwrightTotals({ stats })).toEqual({ passed: 4, failed: 3, skipped: 3 });
  });

  it('are summed over runners', () => {
    const sum = sumTotals([
      { passed: 1, failed: 2, skipped: 3 },
      { passed: 10, failed: 20, skipped: 30 },
    ]);
    expect(totalsLine(sum)).toBe('11 passed, 22 failed, 33 skipped');
  });
});

describe('judgeRunner', () => {
  const allPassed = { passed: 5, failed: 0, skipped: 0 };

  it.each([
    ['keeps a clean run', allPassed, 0, 0],
    ['counts a broken run without a failed test', allPassed, 1, 1],
    ['counts a killed run', allPassed, null, 1],
    ['keeps the failures that a run names', { passed: 5, failed: 2, skipped: 0 }, 1, 2],
    ['counts a run without a report', null, 1, 1],
    ['counts a run without tests, even if it says all is well', { passed: 0, failed: 0, skipped: 0 }, 0, 1],
  ])('%s', (_name, reported, exitCode, failed) => {
    expect(judgeRunner(reported, exitCode).failed).toBe(failed);
  });
});
