/**
 * A thread of the WebAssembly backend, in a worker of its own. It speaks the protocol of emscripten's threads, like the
 * script that the backend would start; but that one is a text which would have to be run from a `blob:`, which the
 * studio's content security policy forbids. This one is a script of our own origin and has the loader's code in it.
 */
import createModule from '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd';

/** What the thread that computes asks for; emscripten's names. */
type ThreadMessage =
  | { readonly cmd: 'load'; readonly wasmModule: WebAssembly.Module; readonly wasmMemory: WebAssembly.Memory }
  | { readonly cmd: 'run'; readonly pthread_ptr: number; readonly start_routine: number; readonly arg: number }
  | { readonly cmd: 'cancel' }
  | { readonly cmd: 'processProxyingQueue'; readonly queue: number }
  /** Not emscripten's: see `threadPool.ts`. */
  | { readonly cmd: 'answer'; readonly answers: Int32Array };

/** What is used of the module in a thread. */
interface ThreadModule {
  __emscripten_thread_init(pthread: number, isMainBrowser: 0, isMainRuntime: 0, canBlock: 1): void;
  __emscripten_thread_exit(status: number): void;
  __emscripten_thread_crashed?(): void;
  _pthread_self(): number;
  establishStackSpace(): void;
  invokeEntryPoint(routine: number, arg: number): void;
  executeNotifiedProxyingQueue(queue: number): void;
  keepRuntimeAlive(): boolean;
  readonly ExitStatus: new () => { readonly status: number };
  readonly PThread: { receiveObjectTransfer(message: unknown): void; threadInitTLS(): void };
}

interface ThreadScope extends DedicatedWorkerGlobalScope {
  /** The loader calls it once the module of this thread is there. */
  startWorker?: (module: ThreadModule) => void;
}

const scope = globalThis as unknown as ThreadScope;
let loaded: ThreadModule | null = null;
/** Work that arrived before the thread ran; null since it runs. */
let waiting: number[] | null = [];

/** Makes this thread's instance of the module, on the memory that all threads share. */
function load({ wasmModule, wasmMemory }: ThreadMessage & { cmd: 'load' }): void {
  scope.startWorker = (module) => {
    loaded = module;
    scope.postMessage({ cmd: 'loaded' });
  };
  const settings = {
    ENVIRONMENT_IS_PTHREAD: true,
    wasmMemory,
    buffer: wasmMemory.buffer,
    instantiateWasm(imports: WebAssembly.Imports, receive: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(wasmModule, imports);
      receive(instance);
      return instance.exports;
    },
  };
  void createModule(settings);
}

/** Becomes a thread of the program; the routine of XNNPACK's threads returns when its pool is closed. */
function run(module: ThreadModule, message: ThreadMessage & { cmd: 'run' }): void {
  module.__emscripten_thread_init(message.pthread_ptr, 0, 0, 1);
  module.establishStackSpace();
  module.PThread.receiveObjectTransfer(message);
  module.PThread.threadInitTLS();
  for (const queue of waiting ?? []) module.executeNotifiedProxyingQueue(queue);
  waiting = null;
  try {
    module.invokeEntryPoint(message.start_routine, message.arg);
  } catch (thrown) {
    // How emscripten leaves a routine that goes on, and one that has ended.
    if (thrown === 'unwind') return;
    if (!(thrown instanceof module.ExitStatus)) throw thrown;
    if (!module.keepRuntimeAlive()) module.__emscripten_thread_exit(thrown.status);
  }
}

function obey(message: ThreadMessage): void {
  if (message.cmd === 'load') {
    load(message);
  } else if (message.cmd === 'answer') {
    Atomics.add(message.answers, 0, 1);
    Atomics.notify(message.answers, 0);
  } else if (loaded && message.cmd === 'run') {
    run(loaded, message);
  } else if (loaded && message.cmd === 'cancel') {
    if (loaded._pthread_self() !== 0) loaded.__emscripten_thread_exit(-1);
  } else if (loaded && message.cmd === 'processProxyingQueue') {
    if (waiting) waiting.push(message.queue);
    else loaded.executeNotifiedProxyingQueue(message.queue);
  }
}

scope.onmessage = ({ data }: MessageEvent<ThreadMessage>) => {
  try {
    obey(data);
  } catch (thrown) {
    loaded?.__emscripten_thread_crashed?.();
    throw thrown;
  }
};
