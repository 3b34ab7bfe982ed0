import { describe, expect, it } from 'vitest';
import { createLocalDesk } from '../data/imageDesk';
import type { SourceFile } from '../data/sourceFile';
import type { RawImage } from '../formats/images/format';
import { createDecodePool, poolSizeFor } from './decodePool';
import type { DecodePoolArgs, DecodeWorkerPort } from './decodePool';
import type { DeskReply, DeskRequest } from './decodeWorker';

const image = (width: number): RawImage => ({
  width,
  height: 1,
  channels: 1,
  bitDepth: 8,
  samples: new Uint8Array(width),
});
const file = (path: string): SourceFile => ({ path, size: 0, lastModified: 0, source: new Blob() });
const here = createLocalDesk(() => Promise.resolve(image(1)));
const pool = (args: Partial<DecodePoolArgs> & Pick<DecodePoolArgs, 'start'>) =>
  createDecodePool({ size: 1, here, onFallback: () => undefined, ...args });

/** A worker that answers each request with what `reply` makes of it; null means it never answers by itself. */
function worker(reply: (request: DeskRequest) => DeskReply | null): DecodeWorkerPort {
  const port: DecodeWorkerPort = {
    onmessage: null,
    onerror: null,
    terminate: () => undefined,
    postMessage(request) {
      const answer = reply(request);
      if (answer) queueMicrotask(() => port.onmessage?.({ data: answer } as MessageEvent<DeskReply>));
    },
  };
  return port;
}

/** A worker that keeps its requests until the test has them answered, oldest first. */
function slowWorker(): { port: DecodeWorkerPort; asked: string[]; finish: () => void } {
  const asked: string[] = [];
  const open: DeskRequest[] = [];
  const port = worker((request) => {
    asked.push(request.job.file.path);
    open.push(request);
    return null;
  });
  const finish = (): void => {
    const request = open.shift();
    if (!request) return;
    const data = { kind: 'result', id: request.id, result: image(7) } as const;
    port.onmessage?.({ data } as MessageEvent<DeskReply>);
  };
  return { port, asked, finish };
}

describe('the pool', () => {
  it('spreads images over its workers and matches the answers', async () => {
    const start = (index: number) => worker(({ id }) => ({ kind: 'result', id, result: image(10 + index) }));
    const desk = pool({ size: 2, start });
    const widths = await Promise.all(['a', 'b', 'c'].map(async (path) => (await desk.raw(file(path))).width));
    expect(widths.toSorted()).toEqual([10, 10, 11]);
  });

  it('gives a worker two files at a time, and the next one to whoever is free', async () => {
    const [slow, quick] = [slowWorker(), slowWorker()];
    const desk = pool({ size: 2, start: (index) => (index === 0 ? slow : quick).port });
    const all = ['a', 'b', 'c', 'd', 'e', 'f'].map((path) => desk.raw(file(path)));
    expect([slow.asked, quick.asked]).toEqual([
      ['a', 'c'],
      ['b', 'd'],
    ]);
    quick.finish();
    quick.finish();
    expect(quick.asked).toHaveLength(4);
    expect(slow.asked).toHaveLength(2);
    for (let turn = 0; turn < 2; turn++) [slow, quick].forEach(({ finish }) => finish());
    expect((await Promise.all(all)).map(({ width }) => width)).toEqual([7, 7, 7, 7, 7, 7]);
  });

  it('shows pictures before it goes on preparing', () => {
    const { port, asked, finish } = slowWorker();
    const desk = pool({ start: () => port });
    for (const path of ['1', '2', '3', '4']) void desk.measure(file(path));
    void desk.raw(file('picture'));
    finish();
    expect(asked).toEqual(['1', '2', 'picture']);
  });

  it('passes on what a reader found, and what else was thrown with its name', async () => {
    const failure = { code: 'damaged-file', message: 'a.png ends early.', remedy: 'Copy it again.' } as const;
    const start = () =>
      worker(({ id, job }) =>
        job.file.path === 'a' ? { kind: 'failure', id, failure } : { kind: 'error', id, error: new TypeError('bug') },
      );
    const desk = pool({ start });
    await expect(desk.raw(file('a'))).rejects.toMatchObject({ failure });
    await expect(desk.measure(file('b'))).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('decodes in this thread, open and waiting files included, and says so once, when a worker dies', async () => {
    const said: string[] = [];
    const dead = worker(() => null);
    const desk = pool({ start: () => dead, onFallback: (reason) => said.push(reason) });
    const open = ['a', 'b', 'c'].map((path) => desk.raw(file(path)));
    dead.onerror?.({ message: 'no memory' } as ErrorEvent);
    expect((await Promise.all(open)).map(({ width }) => width)).toEqual([1, 1, 1]);
    expect((await desk.measure(file('d'))).width).toBe(1);
    expect(said).toEqual(['no memory']);
  });

  it('decodes in this thread when workers cannot be made', async () => {
    const said: string[] = [];
    const start = (): never => {
      throw new TypeError('blocked by policy');
    };
    const desk = pool({ size: 2, start, onFallback: (reason) => said.push(reason) });
    expect((await desk.raw(file('a'))).width).toBe(1);
    expect(said).toEqual(['blocked by policy']);
  });

  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
    [64, 8],
  ])('has for %d cores %d workers', (cores, size) => {
    expect(poolSizeFor(cores)).toBe(size);
  });
});
