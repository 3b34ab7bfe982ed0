import type { Settings } from '../shared/settings';

/**
 * Learning rate of one step.
 *
 *     inverse: rate * (1 + 10 step / steps)^-0.75
 *
 * @param step counts from 1, so that the first step is already below the initial rate.
 * @param steps of the whole run.
 */
export function learningRateAt(
  settings: Pick<Settings, 'learningRate' | 'schedule'>,
  step: number,
  steps: number,
): number {
  switch (settings.schedule) {
    case 'inverse':
      return settings.learningRate * (1 + (10 * step) / steps) ** -0.75;
    case 'constant':
      return settings.learningRate;
  }
}
