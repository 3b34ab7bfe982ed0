import type { StoreApi } from 'zustand/vanilla';
import { StudioError, type Failure } from '../../shared/failure';
import { attempt } from './attempt';
import { isActive } from './run';
import type { FailurePlace, StudioState } from './studioState';

/** A refusal that time alone undoes. `what` cannot be done now, `until` is what has to end first. */
export function busyFailure(what: string, until: 'run' | 'reading'): Failure {
  return until === 'run'
    ? { code: 'busy', message: `A run is in progress, so ${what} now.`, remedy: 'Stop the run first, or wait for it.' }
    : { code: 'busy', message: `Files are still being read, so ${what} now.`, remedy: 'Try again when that is done.' };
}

/**
 * Refuses `what` at a place of the page while a run or a reading is on.
 * @returns whether it was refused; at once where nothing is on, so that a click stays a click for the browser
 */
export function refuseWhileBusy(
  store: StoreApi<StudioState>,
  place: FailurePlace,
  what: string,
): Promise<boolean> | false {
  const { run, reading } = store.getState();
  if (!isActive(run) && Object.keys(reading).length === 0) return false;
  const failure = busyFailure(what, isActive(run) ? 'run' : 'reading');
  return attempt(store, place, () => Promise.reject(new StudioError(failure))).then(() => true);
}

/** Takes the refusals for being busy away as soon as the run or the reading that caused them has ended. */
export function forgetBusyRefusals(store: StoreApi<StudioState>): () => void {
  const isBusy = ({ run, reading }: StudioState): boolean => isActive(run) || Object.keys(reading).length > 0;
  return store.subscribe((state, previous) => {
    if (!isBusy(previous) || isBusy(state)) return;
    const kept = Object.entries(state.failures).filter(([, failure]) => failure.code !== 'busy');
    if (kept.length === Object.keys(state.failures).length) return;
    store.setState({ failures: Object.fromEntries(kept) });
  });
}
