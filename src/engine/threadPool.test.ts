import { describe, expect, it } from 'vitest';
import { decideThreads, startThreads } from './threadPool';

const machine = { cores: 8, isolated: true, simd: true };

describe('threads', () => {
  it.each([
    [2, 2],
    [3, 2],
    [4, 3],
    [5, 4],
    [64, 4],
  ])('of a machine with %i cores are %i', (cores, count) => {
    expect(decideThreads({ ...machine, cores })).toEqual({ count, oneBecause: null });
  });

  it.each([
    [{ cores: 1 }, 'there is one processor core'],
    [{ isolated: false }, 'the page is not cross-origin isolated'],
    [{ simd: false }, 'this browser has no SIMD in WebAssembly'],
  ])('with %o are one, and it is said why', (lack, oneBecause) => {
    expect(decideThreads({ ...machine, ...lack })).toEqual({ count: 1, oneBecause });
  });
});

interface Message {
  readonly cmd: string;
  readonly answers?: Int32Array;
}

/** A worker that loads and answers at once, unless it is told otherwise. */
class ScriptedWorker extends EventTarget {
  onmessage: ((event: { data: Message }) => void) | null = null;
  ended = false;

  constructor(private readonly deaf: readonly string[] = []) {
    super();
  }

  postMessage({ cmd, answers }: Message): void {
    if (this.deaf.includes(cmd)) return;
    if (answers) Atomics.add(answers, 0, 1);
    else this.onmessage?.({ data: { cmd: 'loaded' } });
  }

  terminate(): void {
    this.ended = true;
  }
}

/** Makes eight workers before it returns and is there when all have loaded, as emscripten's loader. */
function loader(): Promise<ScriptedWorker[]> {
  const pool = Array.from({ length: 8 }, () => new Worker('a blob:') as unknown as ScriptedWorker);
  const loaded = pool.map(
    (worker) =>
      new Promise((resolve) => {
        worker.onmessage = resolve;
        worker.postMessage({ cmd: 'load' });
      }),
  );
  return Promise.all(loaded).then(() => pool);
}

const start = (workers: readonly ScriptedWorker[], instantiate = loader) => {
  const left = [...workers];
  return startThreads({
    instantiate,
    startThread: () => left.shift() as unknown as Worker,
    helpers: workers.length,
    patienceMs: 20,
  });
};

describe('the start of threads', () => {
  it('gives the loader no more workers than are needed, where it looks for them first', async () => {
    const workers = [new ScriptedWorker(), new ScriptedWorker(), new ScriptedWorker()];
    const pool = await start(workers);
    expect(pool.slice(-3)).toEqual(workers);
    expect(pool.slice(0, 5).some((standIn) => standIn instanceof ScriptedWorker)).toBe(false);
    expect(workers.map(({ ended }) => ended)).toEqual([false, false, false]);
  });

  it.each([
    ['does not load', ['load'], 'they did not load within 0.02 seconds'],
    ['does not answer', ['answer'], 'they do not answer'],
  ])('ends, with all threads, when one %s', async (_, deaf, message) => {
    const workers = [new ScriptedWorker(), new ScriptedWorker(deaf)];
    await expect(start(workers)).rejects.toThrow(message);
    expect(workers.map(({ ended }) => ended)).toEqual([true, true]);
  });

  it('says what went wrong in a thread, and keeps it from the engine', async () => {
    const broken = new ScriptedWorker(['load']);
    const starting = start([broken]);
    let heard = false;
    broken.addEventListener('error', () => {
      heard = true;
    });
    const event = Object.assign(new Event('error', { cancelable: true }), { message: 'out of memory' });
    broken.dispatchEvent(event);
    await expect(starting).rejects.toThrow('out of memory');
    expect([heard, event.defaultPrevented]).toEqual([false, true]);
  });

  it.each([
    ['returns', () => Promise.resolve([])],
    ['throws', () => Promise.reject(new Error('no memory'))],
  ])('puts the real Worker back when the loader %s', async (_, instantiate) => {
    const before = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
    const starting = start([new ScriptedWorker()], instantiate);
    expect(Object.getOwnPropertyDescriptor(globalThis, 'Worker')).toEqual(before);
    await starting.catch(() => undefined);
  });
});
