import type { StoreApi } from 'zustand/vanilla';
import { toFailure } from '../../shared/failure';
import type { FailurePlace, StudioState } from './studioState';

/**
 * Runs a piece of work for one place of the page; its failure is shown there, an older one goes away.
 * What was cancelled because the person wanted something else is no failure.
 * @returns whether it went well
 */
export async function attempt(
  store: StoreApi<StudioState>,
  place: FailurePlace,
  work: () => Promise<void>,
): Promise<boolean> {
  store.setState((state) => ({ failures: without(state.failures, place) }));
  try {
    await work();
    return true;
  } catch (thrown) {
    const failure = toFailure(thrown);
    if (failure.code !== 'cancelled')
      store.setState((state) => ({ failures: { ...state.failures, [place]: failure } }));
    return false;
  }
}

/** A copy of a record without one of its keys. */
export function without<K extends string, V>(record: Readonly<Partial<Record<K, V>>>, key: K): Partial<Record<K, V>> {
  const rest: Partial<Record<K, V>> = { ...record };
  // eslint-disable-next-line @typescript-eslint/no-dynamic-delete -- a copy, and the key is one of a closed set
  delete rest[key];
  return rest;
}
