/** What decides about threads. */
export interface ThreadSituation {
  /** Logical cores, as the browser tells. */
  readonly cores: number;
  /** Whether memory may be shared between threads. */
  readonly isolated: boolean;
  /** The threaded binary needs it. */
  readonly simd: boolean;
}

/** How many threads compute, the engine's own included, and why it is one where it is one. */
export type Threads =
  { readonly count: number; readonly oneBecause: null } | { readonly count: 1; readonly oneBecause: string };

/**
 * Steps gain little from more. Measured on two free cores, a second thread makes a convolution 2.0 times as fast and a
 * step on networks of plain convolutions 1.1 times (32x32 pixels) to 1.5 times (64x64); on depthwise ones 1.05 times. The
 * rest of a step is not divided, so four threads reach most of what any number could.
 */
const mostThreads = 4;

/**
 * Threads for a machine: all cores of one with two, else one core is left to the page and to others. A layer waits for its
 * slowest thread, so that one without a core of its own holds up all: with five programs to a core, two threads took up
 * to twice the time of one. The numbers that come out are the same for any count, to the last bit.
 */
export function decideThreads({ cores, isolated, simd }: ThreadSituation): Threads {
  if (!simd) return { count: 1, oneBecause: 'this browser has no SIMD in WebAssembly' };
  if (!isolated) return { count: 1, oneBecause: 'the page is not cross-origin isolated' };
  if (cores < 2) return { count: 1, oneBecause: 'there is one processor core' };
  return { count: cores === 2 ? 2 : Math.min(mostThreads, cores - 1), oneBecause: null };
}

/** Starts the script of a thread (`wasmThread.ts`) in a worker of its own. */
export type StartThread = () => Worker;

export interface ThreadStart<M> {
  /** Calls the factory of the emscripten module; it makes `poolSize` workers before it returns. */
  readonly instantiate: () => Promise<M>;
  readonly startThread: StartThread;
  /** Threads beside the caller's own. */
  readonly helpers: number;
  /** How long they may take to load, and then to answer. */
  readonly patienceMs: number;
}

/** Workers that emscripten makes at once and waits for: a constant of the binary's loader. */
const poolSize = 8;

/**
 * Makes an emscripten module whose threads are workers of our own. Its loader would start classic workers, as many as its
 * pool holds, and end the engine when one of them fails; while it is called, `new Worker` therefore gives it ours: module
 * workers, no more than are needed, watched.
 *
 * @returns the module; all its threads have loaded and answer even while this thread is blocked
 * @throws Error saying what the threads did; none is left running then
 */
export async function startThreads<M>({ instantiate, startThread, helpers, patienceMs }: ThreadStart<M>): Promise<M> {
  const workers: Worker[] = [];
  const watch = watchErrors();
  try {
    while (workers.length < helpers) workers.push(watch.over(startThread()));
    // The loader takes threads from the end of its pool, so the ones that are not needed come first.
    const pool = [...Array.from({ length: poolSize - helpers }, createStandIn), ...workers];
    const loading = withWorkersFrom(pool, instantiate);
    const module = await withinTime(Promise.race([loading, watch.failed]), patienceMs);
    if (!answerWhileBlocked(workers, patienceMs)) throw new Error('they do not answer');
    return module;
  } catch (error) {
    for (const worker of workers) worker.terminate();
    throw error;
  } finally {
    watch.end();
  }
}

/** Takes the place of a thread that is not needed: says that it has loaded, and nothing else. */
interface StandIn {
  onmessage: ((event: { readonly data: { readonly cmd: 'loaded' } }) => void) | null;
  postMessage(): void;
  terminate(): void;
}

function createStandIn(): StandIn {
  return {
    onmessage: null,
    postMessage() {
      queueMicrotask(() => this.onmessage?.({ data: { cmd: 'loaded' } }));
    },
    terminate: () => undefined,
  };
}

/** Until `work` returns, `new Worker` gives what is in the pool, one after the other, whatever its arguments. */
function withWorkersFrom<R>(pool: readonly object[], work: () => R): R {
  const own = Object.getOwnPropertyDescriptor(globalThis, 'Worker');
  const left = pool.values();
  // A constructor that returns an object gives that object; an arrow function would be no constructor.
  const Substitute = function (): object {
    const { value, done } = left.next();
    if (done === true) throw new Error('more of them were asked for than there are');
    return value;
  };
  Object.defineProperty(globalThis, 'Worker', { configurable: true, writable: true, value: Substitute });
  try {
    return work();
  } finally {
    if (own) Object.defineProperty(globalThis, 'Worker', own);
    else Reflect.deleteProperty(globalThis, 'Worker');
  }
}

/** A promise that rejects when a worker reports an error, which nobody else gets to see until `end`. */
function watchErrors(): { over: (worker: Worker) => Worker; failed: Promise<never>; end: () => void } {
  const watching = new AbortController();
  let fail: (error: Error) => void;
  const failed = new Promise<never>((_, reject) => {
    fail = reject;
  });
  failed.catch(() => undefined);
  const onError = (event: ErrorEvent): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    // A script that cannot be loaded reports no message.
    fail(new Error(event.message || 'their script did not load'));
  };
  return {
    over: (worker) => {
      worker.addEventListener('error', onError, { signal: watching.signal });
      return worker;
    },
    failed,
    end: () => {
      watching.abort();
    },
  };
}

/** @throws Error when it takes longer */
async function withinTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`they did not load within ${String(limitMs / 1000)} seconds`));
    }, limitMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Whether all workers get messages while this thread waits without returning to its event loop, as XNNPACK does for its
 * threads, without a limit. Found out here, where there is one.
 */
function answerWhileBlocked(workers: readonly Worker[], limitMs: number): boolean {
  const answers = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (const worker of workers) worker.postMessage({ cmd: 'answer', answers });
  const end = performance.now() + limitMs;
  let seen = 0;
  while (seen < workers.length) {
    if (Atomics.wait(answers, 0, seen, Math.max(0, end - performance.now())) === 'timed-out') return false;
    seen = Atomics.load(answers, 0);
  }
  return true;
}
