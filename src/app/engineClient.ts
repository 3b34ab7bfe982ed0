import workerUrl from '../engine/worker?worker&url';
import { StudioError } from '../shared/failure';
import type { Failure } from '../shared/failure';
import type { FileChunk, Reply, Request } from '../shared/messages';
import type { EngineEvent } from '../shared/protocol';
import { createScriptPolicy } from '../shared/trustedScripts';
import type { Engine } from './state/engine';

/** The engine in its worker; `call` throws `stopped-engine` when that has died. */
export interface EngineClient extends Engine {
  /** Ends the engine; open calls fail with `stopped-engine`. */
  terminate(): void;
}

/** What is used of a Worker; a test gives a message port. */
export interface EngineWorker {
  postMessage(message: Request | FileChunk): void;
  terminate(): void;
  onmessage: ((event: MessageEvent) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
  onmessageerror: ((event: MessageEvent) => void) | null;
}

/** Files cloned in one message: some 100 ms of the page's time. */
const filesAMessage = 200;

const stopped = (detail: string): Failure => ({
  code: 'stopped-engine',
  message: 'The engine stopped and cannot answer any more.',
  remedy: 'Reload the page and open your files again; nothing on your disk was changed.',
  detail,
});

/** Starts the engine in its worker. */
export function createEngineClient(): EngineClient {
  return connect(new Worker(createScriptPolicy()(workerUrl), { type: 'module', name: 'engine' }));
}

/** A client of an engine that runs at the other end of `worker`. */
export function connect(worker: EngineWorker): EngineClient {
  const pending = new Map<number, { resolve: (result: never) => void; reject: (error: StudioError) => void }>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let nextId = 1;
  let death: Failure | null = null;

  const die = (detail: string): void => {
    death ??= stopped(detail);
    const failure = death;
    const unanswered = [...pending.values()];
    pending.clear();
    for (const { reject } of unanswered) reject(new StudioError(failure));
    worker.terminate();
    for (const listener of [...listeners]) listener({ type: 'engine/stopped', failure });
  };

  worker.onmessage = ({ data }: MessageEvent<Reply>) => {
    if (data.kind === 'event') {
      for (const listener of [...listeners]) listener(data.event);
      return;
    }
    const call = pending.get(data.id);
    pending.delete(data.id);
    if (data.kind === 'failure') call?.reject(new StudioError(data.failure));
    else call?.resolve(data.result as never);
  };
  worker.onerror = ({ message }) => {
    die(message === '' ? 'The worker script could not be started.' : message);
  };
  worker.onmessageerror = () => {
    die('A message of the engine could not be read.');
  };

  return {
    call(command, args) {
      return new Promise((resolve, reject) => {
        if (death !== null) {
          reject(new StudioError(death));
          return;
        }
        const id = nextId++;
        pending.set(id, { resolve, reject });
        send(worker, { kind: 'request', id, command, args }).catch((thrown: unknown) => {
          pending.delete(id);
          reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
        });
      });
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    terminate() {
      die('The engine was ended by the page.');
    },
  };
}

/** Sends a request; the files of a large folder go ahead of it in pieces, so that the page never waits long. */
async function send(worker: EngineWorker, request: Request): Promise<void> {
  const { id, args } = request;
  if (!('files' in args)) {
    worker.postMessage(request);
    return;
  }
  let sent = 0;
  for (; args.files.length - sent > filesAMessage; sent += filesAMessage) {
    worker.postMessage({ kind: 'files', id, files: args.files.slice(sent, sent + filesAMessage) });
    await new Promise((resolve) => setTimeout(resolve));
  }
  worker.postMessage({ ...request, args: { ...args, files: args.files.slice(sent) } });
}
