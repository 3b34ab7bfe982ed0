import type { EngineEvent, Evaluation } from '../shared/protocol';

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const momentNames: Readonly<Record<Evaluation['moment'], string>> = {
  sourceOnly: 'source only', bnRefresh: 'batch-norm refresh', now: 'now', adapted: 'adapted',
}; // prettier-ignore

function describe({ moment, accuracy, meanConfidence, predictedShare, imageCount, role }: Evaluation): string {
  const found =
    accuracy === null ? `no labels; mean confidence ${percent(meanConfidence)}` : `accuracy ${percent(accuracy)}`;
  return `${momentNames[moment]}: ${found}, most predicted class ${percent(Math.max(...predictedShare))} (${imageCount} ${role} images)`;
}

/** Milliseconds between two lines of progress. */
const quietMs = 2000;
/** Milliseconds between two lines of a stage that counts what it has done. */
const countQuietMs = 1000;

/** The end of a message that counts: `Compiling GPU programs: 12 of 77`. */
const counting = /: (\d+) of (\d+)$/;

/**
 * Turns the engine's events into lines for a terminal.
 * @param now milliseconds from any fixed moment
 * @returns the line of an event; null for one that has nothing new to say
 */
export function progressLines(now: () => number): (event: EngineEvent) => string | null {
  let saidAt = -Infinity;
  let countedAt = -Infinity;
  return (event) => {
    switch (event.type) {
      case 'run/stage': {
        const [, done, all] = counting.exec(event.message) ?? [];
        if (done !== undefined) {
          if (now() - countedAt < countQuietMs && done !== all) return null;
          countedAt = now();
        }
        return `${event.message} …`;
      }
      case 'run/evaluation':
        return `  ${describe(event.evaluation)}`;
      case 'run/pseudoLabels':
        return `  pseudo-labels refreshed at step ${event.step}, ${percent(event.changedShare)} changed`;
      case 'run/notice':
      case 'engine/notice':
        return `  ${event.level === 'warning' ? 'Warning: ' : ''}${event.message}`;
      case 'run/progress': {
        if (now() - saidAt < quietMs && event.step < event.steps) return null;
        saidAt = now();
        const pace = `${event.imagesPerSecond.toFixed(0)} images/s, ${Math.ceil(event.etaSeconds)} s left`;
        return `  step ${event.step}/${event.steps}, epoch ${event.epoch}/${event.epochs}, ${pace}`;
      }
      default:
        return null;
    }
  };
}
