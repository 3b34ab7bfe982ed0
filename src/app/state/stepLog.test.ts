import { expect, it } from 'vitest';
import { stepColumns } from '../../shared/protocol';
import { settingsOf } from '../../shared/settings';
import { activeTerms, lossRows, termFactors } from './lossSeries';
import { createStepLog } from './stepLog';

const width = stepColumns.length;
const look = { smoothing: 0, scale: 'linear', factors: termFactors('plain', settingsOf('studio')) } as const;

function rowsOf(steps: readonly number[], total: (step: number) => number): Float32Array {
  const rows = new Float32Array(steps.length * width).fill(Number.NaN);
  steps.forEach((step, at) => {
    rows[at * width] = step;
    rows[at * width + 1] = total(step);
  });
  return rows;
}

const upTo = (last: number): readonly number[] => Array.from({ length: last }, (_, at) => at + 1);

it('keeps every step through its growth', () => {
  const log = createStepLog();
  for (const step of upTo(3000)) log.append(rowsOf([step], (value) => value / 2));
  expect(log.length()).toBe(3000);
  expect(log.column('step').at(2999)).toBe(3000);
  expect(log.column('total').at(1700)).toBe(1701 / 2);
  log.clear();
  expect(log.column('total').length).toBe(0);
});

it('offers only terms that the objective has', () => {
  const log = createStepLog();
  log.append(rowsOf([1, 2], () => 1));
  expect(activeTerms(log)).toEqual(['total']);
});

it('shows a long run in a few rows, smoothed over all of its steps, with its spike', () => {
  const log = createStepLog();
  log.append(rowsOf(upTo(10_000), (step) => (step === 5003 ? 50 : 1)));
  const rows = lossRows(log, ['total'], 150, { ...look, smoothing: 0.9 });
  expect(rows.length).toBe(300);
  expect(rows[0]?.step).toBe(1);
  expect(rows.at(-1)?.step).toBe(10_000);
  expect(Math.max(...rows.map((row) => row.raw.total ?? 0))).toBe(50);
  expect(rows.at(-1)?.smooth.total).toBeCloseTo(1, 5);
});

it('leaves gaps on a logarithmic axis where the loss is 0 or below', () => {
  const log = createStepLog();
  log.append(rowsOf([1, 2, 3], (step) => step - 2));
  const rows = lossRows(log, ['total'], 10, { ...look, scale: 'log' });
  expect(rows.map((row) => row.smooth.total)).toEqual([null, null, 1]);
});

it('shows of each term what it adds to the total, or the term by itself', () => {
  const log = createStepLog();
  const row = new Float32Array(width).fill(Number.NaN);
  row[0] = 1;
  row[stepColumns.indexOf('diversity')] = 1.5;
  row[stepColumns.indexOf('statistics')] = 40;
  log.append(row);
  const settings = settingsOf('socket', { statisticsWeight: 0.05, diversityWeight: 1 });
  const read = (view: 'weighted' | 'plain') =>
    lossRows(log, ['diversity', 'statistics'], 10, { ...look, factors: termFactors(view, settings) })[0]?.smooth;
  expect(read('weighted')).toEqual({ diversity: -1.5, statistics: 2 });
  expect(read('plain')).toEqual({ diversity: 1.5, statistics: 40 });
});
