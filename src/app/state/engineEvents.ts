import type { StoreApi } from 'zustand/vanilla';
import type { EngineEvent } from '../../shared/protocol';
import type { Engine } from './engine';
import { abandon, advance } from './run';
import type { StepLog } from './stepLog';
import type { StudioState } from './studioState';

/** Steps and progress reach the page at most this often; everything else at once. */
const refreshMs = 400;
/** In a hidden tab, where nobody looks. */
const hiddenRefreshMs = 2000;

/**
 * Applies the engine's events to the state. Frequent ones are gathered: the newest progress and all step rows
 * of an interval become one change, so that a fast run cannot keep the page busy.
 */
export function listenToEngine(engine: Engine, store: StoreApi<StudioState>, steps: StepLog): () => void {
  let waiting: EngineEvent[] = [];
  let timer: ReturnType<typeof setTimeout> | null = null;

  const flush = (): void => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    const events = waiting;
    waiting = [];
    if (events.length > 0) store.setState((state) => applyEvents(state, events, steps));
  };

  return engine.subscribe((event) => {
    waiting.push(event);
    const frequent = event.type === 'run/steps' || event.type === 'run/progress' || event.type === 'project/reading';
    if (!frequent) flush();
    else timer ??= setTimeout(flush, document.hidden ? hiddenRefreshMs : refreshMs);
  });
}

function applyEvents(state: StudioState, events: readonly EngineEvent[], steps: StepLog): Partial<StudioState> {
  let { run, stepsVersion, reading, engine, engineNotices } = state;
  for (const event of events) {
    if (event.type === 'engine/ready') {
      engine = { kind: 'ready', summary: event.engine };
    } else if (event.type === 'engine/notice') {
      engineNotices = [...engineNotices, { level: event.level, message: event.message }];
    } else if (event.type === 'engine/stopped') {
      engine = { kind: 'failed', failure: event.failure };
      run = abandon(run, event.failure);
    } else if (event.type === 'project/reading') {
      // The answer of the command ends the reading; a late event must not reopen it.
      if (reading[event.role] !== undefined) {
        reading = { ...reading, [event.role]: { done: event.done, total: event.total } };
      }
    } else {
      run = advance(run, event);
      if (event.type === 'run/steps' && run.facts?.runId === event.runId) {
        steps.append(event.rows);
        stepsVersion += 1;
      }
    }
  }
  return { run, stepsVersion, reading, engine, engineNotices };
}
