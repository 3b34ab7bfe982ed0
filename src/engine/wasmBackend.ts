import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import threaded from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url';
import { BackendWasm, getThreadsCount, setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import createThreadedModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';
import type { BackendWasmThreadedSimdModule } from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';
import * as tf from '@tensorflow/tfjs-core';
import { decideThreads, startThreads } from './threadPool';
import type { StartThread, Threads } from './threadPool';

/** How long threads may take to start; a loaded machine needs some tenths of a second. */
const patienceMs = 10_000;

/** tfjs' own way to start the backend, which knows no threads here. */
const startWithoutThreads = tf.findBackendFactory('wasm');

/**
 * Points the WASM backend at its binaries on this origin; its default would be a content delivery network.
 *
 * The backend's own way to threads stays off: it starts them from `blob:` scripts, which the studio's content security
 * policy forbids in every worker.
 */
export function useOwnWasmFiles(): void {
  tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    'tfjs-backend-wasm-threaded-simd.wasm': threaded,
  });
}

/**
 * Makes tfjs start its WASM backend with threads of our own, or without where there can be none. A backend that runs is
 * ended.
 *
 * @param startThread null for one thread.
 * @param onStart is told at each start how many threads compute.
 */
export function registerWasm(startThread: StartThread | null, onStart: (threads: Threads) => void): void {
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', async () => {
    const decided = decideThreads({
      cores: navigator.hardwareConcurrency,
      isolated: crossOriginIsolated,
      simd: (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true,
    });
    if (decided.oneBecause !== null) return startOnOne(decided, onStart);
    if (!startThread) return startOnOne({ count: 1, oneBecause: 'no threads were asked for' }, onStart);
    try {
      const backend = await startThreaded(startThread, decided.count);
      onStart(decided);
      return backend;
    } catch (thrown) {
      const problem = thrown instanceof Error ? thrown.message : String(thrown);
      return startOnOne({ count: 1, oneBecause: `its threads did not start: ${problem}` }, onStart);
    }
  });
}

async function startOnOne(threads: Threads, onStart: (threads: Threads) => void): Promise<tf.KernelBackend> {
  onStart(threads);
  return startWithoutThreads();
}

/** The backend on the threaded binary, made as tfjs makes it but for the workers. */
async function startThreaded(startThread: StartThread, count: number): Promise<BackendWasm> {
  const module = await startThreads({
    instantiate: () => loadThreadedModule(count),
    startThread,
    helpers: count - 1,
    patienceMs,
  });
  const { cwrap } = module;
  const bridge: BackendWasmThreadedSimdModule['tfjs'] = {
    init: cwrap('init', null, []),
    initWithThreadsCount: cwrap('init_with_threads_count', null, ['number']),
    getThreadsCount: cwrap('get_threads_count', 'number', []),
    registerTensor: cwrap('register_tensor', null, ['number', 'number', 'number']),
    disposeData: cwrap('dispose_data', null, ['number']),
    dispose: cwrap('dispose', null, []),
  };
  setThreadsCount(count);
  const backend = new BackendWasm(Object.assign(module, { tfjs: bridge }));
  if (getThreadsCount() === count) return backend;
  backend.dispose();
  throw new Error(`the binary computes on ${String(getThreadsCount())}`);
}

/** Compiles the threaded binary; rejects when that fails, where the loader would try again in other ways. */
async function loadThreadedModule(count: number): Promise<EmscriptenModule> {
  return new Promise((resolve, reject) => {
    const instantiateWasm = (imports: ThreadedImports, receive: ReceiveInstance): object => {
      // The binary uses no more threads than half the logical cores that it is told of. How many it gets was decided.
      imports.env['emscripten_num_logical_cores'] = () => 2 * count;
      WebAssembly.instantiateStreaming(fetch(threaded, { credentials: 'same-origin' }), imports).then(
        ({ instance, module }) => receive(instance, module),
        reject,
      );
      return {};
    };
    const loading: Promise<unknown> = createThreadedModule({ locateFile: () => threaded, instantiateWasm });
    (loading as Promise<EmscriptenModule>).then(resolve, reject);
  });
}

type ThreadedImports = WebAssembly.Imports & { readonly env: WebAssembly.ModuleImports };
type ReceiveInstance = (instance: WebAssembly.Instance, module: WebAssembly.Module) => void;

/** What is used of a module, untyped by tfjs, whose C functions `cwrap` makes callable. */
type EmscriptenModule = Omit<BackendWasmThreadedSimdModule, 'tfjs'> & {
  readonly cwrap: (
    name: string,
    returned: 'number' | null,
    taken: readonly 'number'[],
  ) => (...numbers: number[]) => number;
};
