/** How fast a training goes. Waiting, measuring and labelling between steps are kept apart from the steps. */
export interface Pace {
  /** Steps are over, of so many images each; they began when the last step or other work ended. */
  stepsEnd(images: number, steps: number): void;
  /** Something other than a step is over: labelling or measuring. */
  workEnds(): void;
  /** So many milliseconds were spent waiting for the person; they count for nothing. */
  skip(milliseconds: number): void;
  imagesPerSecond(): number;
  secondsPerStep(): number;
  /** What the remaining steps, and the work at the end of each remaining epoch, will take. */
  etaSeconds(steps: number, epochs: number): number;
}

/** Weight of the newest step in the running mean. */
const newest = 0.1;

/** @param now milliseconds from any fixed moment. */
export function createPace(now: () => number): Pace {
  let mark = now();
  let stepSeconds: number | null = null;
  let images = 0;
  let workSeconds = 0;
  let works = 0;
  const lap = (): number => {
    const seconds = (now() - mark) / 1000;
    mark = now();
    return seconds;
  };
  return {
    stepsEnd(count, steps) {
      const seconds = lap() / steps;
      const share = 1 - (1 - newest) ** steps;
      stepSeconds = stepSeconds === null ? seconds : stepSeconds + share * (seconds - stepSeconds);
      images = count;
    },
    workEnds() {
      workSeconds += lap();
      works += 1;
    },
    skip(milliseconds) {
      mark += milliseconds;
    },
    imagesPerSecond: () => (stepSeconds === null || stepSeconds === 0 ? 0 : images / stepSeconds),
    secondsPerStep: () => stepSeconds ?? 0,
    etaSeconds: (steps, epochs) => steps * (stepSeconds ?? 0) + epochs * 2 * (workSeconds / Math.max(1, works)),
  };
}
