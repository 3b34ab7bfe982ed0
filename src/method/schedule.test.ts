import { expect, it } from 'vitest';
import { learningRateAt } from './schedule';

it.each([
  [1, 1000, 0.992565029], // 1.01^-0.75
  [100, 1000, 0.5946035575], // 2^-0.75
  [500, 1000, 0.26084743], // 6^-0.75
  [1000, 1000, 0.1655600261], // 11^-0.75
])('falls as (1 + 10 t)^-0.75: step %i of %i is %f of the initial rate', (step, steps, factor) => {
  expect(learningRateAt({ learningRate: 2, schedule: 'inverse' }, step, steps)).toBeCloseTo(2 * factor, 9);
});

it('stays where it is when constant', () => {
  expect(learningRateAt({ learningRate: 0.01, schedule: 'constant' }, 7, 10)).toBe(0.01);
});
