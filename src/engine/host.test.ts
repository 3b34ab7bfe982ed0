import { expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import type { Reply, Request } from '../shared/messages';
import type { EngineEvent, Handlers } from '../shared/protocol';
import { serve } from './host';
import type { Emit, HostPort } from './host';

/** A port whose replies are cloned as between threads, and a way to send to it. */
function connect(handlers: Partial<Handlers>): {
  ask: (message: unknown) => Promise<Reply>;
  replies: Reply[];
  emit: Emit;
} {
  const replies: Reply[] = [];
  let told: ((reply: Reply) => void) | null = null;
  const port: HostPort = {
    onmessage: null,
    postMessage(reply) {
      const clone = structuredClone(reply);
      replies.push(clone);
      if (clone.kind !== 'event') told?.(clone);
    },
  };
  let emit: Emit = () => undefined;
  serve(port, (send) => {
    emit = send;
    return handlers as Handlers;
  });
  return {
    replies,
    emit: (event) => emit(event),
    ask: (message) =>
      new Promise((resolve) => {
        told = resolve;
        port.onmessage?.({ data: message } as MessageEvent);
      }),
  };
}

const request = (id: number, command: string, args: object = {}) => ({ kind: 'request', id, command, args }) as Request;

it('answers a command with its result, once', async () => {
  const { ask, replies } = connect({ 'run/pause': () => undefined });
  expect(await ask(request(4, 'run/pause', { runId: 1 }))).toEqual({ kind: 'result', id: 4, result: undefined });
  expect(replies).toHaveLength(1);
});

it('answers what a handler throws as plain data', async () => {
  const failure = { code: 'busy', message: 'A run is in progress.', remedy: 'Stop it.' } as const;
  const { ask } = connect({ 'project/reset': () => Promise.reject(new StudioError(failure)) });
  expect(await ask(request(1, 'project/reset'))).toEqual({ kind: 'failure', id: 1, failure });
});

it('answers a result that cannot be posted with a failure, once', async () => {
  const { ask, replies } = connect({ 'project/reset': () => ({ models: () => 1 }) as never });
  expect(await ask(request(1, 'project/reset'))).toMatchObject({ kind: 'failure', failure: { code: 'bug' } });
  expect(replies).toHaveLength(1);
});

it('answers a command that it does not know, and names of the prototype are none', async () => {
  const { ask } = connect({});
  for (const command of ['model/bake', 'constructor', '__proto__']) {
    expect(await ask(request(2, command))).toMatchObject({ kind: 'failure', failure: { code: 'bug' } });
  }
});

it('puts files that came ahead before those of the request', async () => {
  const file = new File([], 'x');
  const seen: string[] = [];
  const { ask } = connect({
    'model/open': ({ files }) => {
      seen.push(...files.map(({ path }) => path));
      return {} as never;
    },
  });
  void ask({
    kind: 'files',
    id: 9,
    files: [
      { path: 'a', file },
      { path: 'b', file },
    ],
  });
  void ask({ kind: 'files', id: 9, files: [{ path: 'c', file }] });
  await ask(request(9, 'model/open', { files: [{ path: 'd', file }] }));
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});

it('sends events as they come', () => {
  const { emit, replies } = connect({});
  const event: EngineEvent = { type: 'run/paused', runId: 3 };
  emit(event);
  expect(replies).toEqual([{ kind: 'event', event }]);
});
