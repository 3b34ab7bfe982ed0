import type { ImageRole } from '../../shared/images';
import type { Preparing } from './run';
import type { StepLog } from './stepLog';
import { count, duration } from './units';

const imagesOf: Readonly<Record<ImageRole, string>> = {
  target: 'target images',
  test: 'test images',
  pairsRgb: 'RGB side of the pairs',
  pairsTarget: 'target side of the pairs',
};

/** How far the images of a run are prepared: how many, how fast, how long still, how many were in storage. */
export function preparingReadings({ role, done, total, cached, imagesPerSecond }: Preparing): readonly string[] {
  const readings = [`Preparing the ${imagesOf[role]}: ${count(done)} of ${count(total)}`];
  if (imagesPerSecond > 0) {
    readings.push(`${count(imagesPerSecond)} images/s`, `${duration((total - done) / imagesPerSecond)} left`);
  }
  if (cached > 0) readings.push(`${count(cached)} from storage`);
  return readings;
}

/** Steps that the wait is averaged over. */
const recentSteps = 50;

/**
 * Mean time in milliseconds that the newest 50 steps waited for their images; null before the first one.
 */
export function recentImageWait(log: StepLog): number | null {
  const waits = log.column('imageWait').slice(-recentSteps).filter(Number.isFinite);
  return waits.length === 0 ? null : waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
}

/** The wait as a reading: `waits 0.4 ms a step for images`. */
export function imageWaitReading(milliseconds: number): string {
  return `waits ${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)} ms a step for images`;
}
