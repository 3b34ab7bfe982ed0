import { expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import type { FileChunk, Reply, Request } from '../shared/messages';
import type { EngineEvent } from '../shared/protocol';
import { connect } from './engineClient';
import type { EngineWorker } from './engineClient';

/** The other end of the line: keeps what was sent, and answers when told to. */
function fakeWorker() {
  const sent: (Request | FileChunk)[] = [];
  const worker: EngineWorker & { ended: boolean } = {
    ended: false,
    onmessage: null,
    onerror: null,
    onmessageerror: null,
    postMessage: (message) => sent.push(message),
    terminate: () => (worker.ended = true),
  };
  const reply = (data: Reply): void => worker.onmessage?.({ data } as MessageEvent);
  return { worker, sent, reply };
}

it('matches answers to calls, in whatever order they come', async () => {
  const { worker, sent, reply } = fakeWorker();
  const engine = connect(worker);
  const [first, second] = [engine.call('run/record', { runId: 1 }), engine.call('run/record', { runId: 2 })];
  const [one, two] = sent.map(({ id }) => id);
  reply({ kind: 'result', id: two ?? 0, result: { fileName: 'b', json: '' } });
  reply({ kind: 'result', id: one ?? 0, result: { fileName: 'a', json: '' } });
  expect([(await first).fileName, (await second).fileName]).toEqual(['a', 'b']);
});

it('throws the failure that the engine answers', async () => {
  const { worker, sent, reply } = fakeWorker();
  const call = connect(worker).call('project/reset', {});
  const failure = { code: 'busy', message: 'A run is in progress.', remedy: 'Stop it.' } as const;
  reply({ kind: 'failure', id: sent[0]?.id ?? 0, failure });
  await expect(call).rejects.toEqual(new StudioError(failure));
});

it('settles every open call and refuses later ones when the worker dies', async () => {
  const { worker } = fakeWorker();
  const engine = connect(worker);
  const open = [engine.call('project/reset', {}), engine.call('run/stop', { runId: 1 })];
  worker.onerror?.({ message: 'out of memory' } as ErrorEvent);
  for (const call of [...open, engine.call('project/reset', {})]) {
    await expect(call).rejects.toMatchObject({ failure: { code: 'stopped-engine', detail: 'out of memory' } });
  }
  expect(worker.ended).toBe(true);
});

it('sends a large folder in pieces, and the request last', async () => {
  const { worker, sent, reply } = fakeWorker();
  const files = Array.from({ length: 450 }, (_, at) => ({ path: `${at}.png`, file: new File([], 'x') }));
  const call = connect(worker).call('images/open', { role: 'target', files });
  while (sent.at(-1)?.kind !== 'request') await new Promise((resolve) => setTimeout(resolve));
  expect(sent.map(({ kind }) => kind)).toEqual(['files', 'files', 'request']);
  const paths = sent.flatMap((message) => {
    const part = message.kind === 'files' ? message.files : 'files' in message.args ? message.args.files : [];
    return part.map(({ path }) => path);
  });
  expect(paths).toEqual(files.map(({ path }) => path));
  expect(new Set(sent.map(({ id }) => id)).size).toBe(1);
  reply({ kind: 'result', id: sent[0]?.id ?? 0, result: {} });
  await call;
});

it('tells events to those who listen, until they stop', () => {
  const { worker, reply } = fakeWorker();
  const heard: EngineEvent[] = [];
  const stop = connect(worker).subscribe((event) => heard.push(event));
  const event: EngineEvent = { type: 'run/resumed', runId: 1 };
  reply({ kind: 'event', event });
  stop();
  reply({ kind: 'event', event });
  expect(heard).toEqual([event]);
});
