import { useSyncExternalStore } from 'react';

export type ChartScale = 'linear' | 'log';

const key = 'studio-loss-axis';
const listeners = new Set<() => void>();

const read = (): ChartScale => (localStorage.getItem(key) === 'log' ? 'log' : 'linear');

/** The axis of the loss chart, remembered across visits. */
function setChartScale(scale: ChartScale): void {
  localStorage.setItem(key, scale);
  listeners.forEach((listener) => {
    listener();
  });
}

export function toggleChartScale(): void {
  setChartScale(read() === 'log' ? 'linear' : 'log');
}

export function useChartScale(): readonly [ChartScale, (scale: ChartScale) => void] {
  const scale = useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, read);
  return [scale, setChartScale];
}
