import { describe, expect, it } from 'vitest';
import type { RawImage } from '../formats/images/format';
import { createDecodePool, poolSizeFor } from './decodePool';
import type { DecodeWorkerPort } from './decodePool';
import type { DecodeReply, DecodeRequest } from './decodeWorker';

const image = (width: number): RawImage => ({
  width,
  height: 1,
  channels: 1,
  bitDepth: 8,
  samples: new Uint8Array(width),
});
const here = (): Promise<RawImage> => Promise.resolve(image(1));

/** A worker that answers each request with what `reply` makes of it; null means it never answers. */
function worker(reply: (request: DecodeRequest) => DecodeReply | null): DecodeWorkerPort {
  const port: DecodeWorkerPort = {
    onmessage: null,
    onerror: null,
    terminate: () => undefined,
    postMessage(request) {
      const answer = reply(request);
      if (answer) queueMicrotask(() => port.onmessage?.({ data: answer } as MessageEvent<DecodeReply>));
    },
  };
  return port;
}

describe('the pool', () => {
  it('spreads images over its workers and matches the answers', async () => {
    const start = (index: number) => worker(({ id }) => ({ kind: 'image', id, image: image(10 + index) }));
    const decode = createDecodePool({ size: 2, start, decodeHere: here, onFallback: () => undefined });
    const widths = await Promise.all(['a', 'b', 'c'].map(async (path) => (await decode(new Blob(), path)).width));
    expect(widths).toEqual([10, 11, 10]);
  });

  it('passes on what a reader found, and what the browser threw with its name', async () => {
    const failure = { code: 'damaged-file', message: 'a.png ends early.', remedy: 'Copy it again.' } as const;
    const changed = new DOMException('changed', 'NotReadableError');
    const start = () =>
      worker(({ id, path }) =>
        path === 'a' ? { kind: 'failure', id, failure } : { kind: 'error', id, error: changed },
      );
    const decode = createDecodePool({ size: 1, start, decodeHere: here, onFallback: () => undefined });
    await expect(decode(new Blob(), 'a')).rejects.toMatchObject({ failure });
    await expect(decode(new Blob(), 'b')).rejects.toMatchObject({ name: 'NotReadableError' });
  });

  it('decodes in this thread, open images included, and says so once, when a worker dies', async () => {
    const said: string[] = [];
    const dead = worker(() => null);
    const decode = createDecodePool({
      size: 1,
      start: () => dead,
      decodeHere: here,
      onFallback: (reason) => said.push(reason),
    });
    const open = decode(new Blob(), 'a');
    dead.onerror?.({ message: 'no memory' } as ErrorEvent);
    expect((await open).width).toBe(1);
    expect((await decode(new Blob(), 'b')).width).toBe(1);
    expect(said).toEqual(['no memory']);
  });

  it('decodes in this thread when workers cannot be made', async () => {
    const said: string[] = [];
    const start = (): never => {
      throw new TypeError('blocked by policy');
    };
    const decode = createDecodePool({ size: 2, start, decodeHere: here, onFallback: (reason) => said.push(reason) });
    expect((await decode(new Blob(), 'a')).width).toBe(1);
    expect(said).toEqual(['blocked by policy']);
  });

  it.each([
    [1, 1],
    [2, 1],
    [4, 3],
    [64, 4],
  ])('has for %d cores %d workers', (cores, size) => {
    expect(poolSizeFor(cores)).toBe(size);
  });
});
