import type { StoreApi } from 'zustand/vanilla';
import type { Failure } from '../../shared/failure';
import { isActive } from './run';
import type { StudioState } from './studioState';

/** A refusal that time alone undoes. `what` cannot be done now, `until` is what has to end first. */
export function busyFailure(what: string, until: 'run' | 'reading'): Failure {
  return until === 'run'
    ? { code: 'busy', message: `A run is in progress, so ${what} now.`, remedy: 'Stop the run first, or wait for it.' }
    : { code: 'busy', message: `Files are still being read, so ${what} now.`, remedy: 'Try again when that is done.' };
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
