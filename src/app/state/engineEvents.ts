import type { StoreApi } from 'zustand/vanilla';
import type { EngineEvent } from '../../shared/protocol';
import type { Engine } from './engine';
import { abandon, advance, isActive } from './run';
import { projectPrint } from './setup';
import type { StepLog } from './stepLog';
import type { StudioState } from './studioState';

/** Events that come many times a second. They reach the page at most every `refreshMs`; everything else at once. */
const frequent: readonly EngineEvent['type'][] = ['run/steps', 'run/progress', 'run/preparing', 'project/reading'];

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
    if (!frequent.includes(event.type)) flush();
    else timer ??= setTimeout(flush, document.hidden ? hiddenRefreshMs : refreshMs);
  });
}

function applyEvents(state: StudioState, events: readonly EngineEvent[], steps: StepLog): Partial<StudioState> {
  let { run, runProject, stepsVersion, reading, engine, engineNotices, project } = state;
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
    } else if (event.type === 'project/changed') {
      project = event.project;
      // The run itself found it out: it goes on with the project as it is now.
      if (isActive(run)) runProject = projectPrint(project);
    } else {
      run = advance(run, event);
      if (event.type === 'run/steps' && run.facts?.runId === event.runId) {
        steps.append(event.rows);
        stepsVersion += 1;
      }
    }
  }
  return { run, runProject, stepsVersion, reading, engine, engineNotices, project };
}
