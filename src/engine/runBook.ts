import { StudioError } from '../shared/failure';
import type { Journal } from './journal';
import type { RunControl } from './runControl';

/** A run with its handle. */
export interface BookedRun {
  readonly journal: Journal;
  readonly control: RunControl;
}

/** The runs of this session: at most one is in progress, and the latest one can be exported. */
export interface RunBook {
  nextId(): number;
  add(run: BookedRun): void;
  /** The run in progress, or null. */
  active(): BookedRun | null;
  /** @throws StudioError `missing-file` for a run that is no longer there */
  find(runId: number): BookedRun;
}

export function createRunBook(): RunBook {
  let latest: BookedRun | null = null;
  let lastId = 0;
  return {
    nextId: () => ++lastId,
    add(run) {
      latest = run;
    },
    active: () => (latest?.journal.outcome === 'running' ? latest : null),
    find(runId) {
      if (latest?.journal.subject.runId === runId) return latest;
      throw new StudioError({
        code: 'missing-file',
        message: `Run ${runId} is no longer in memory.`,
        remedy:
          'Only the latest run can be downloaded. Start it again to have it back; the same seed gives the same run.',
      });
    },
  };
}
