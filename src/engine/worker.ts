/** The engine's thread: answers the page's commands. Everything heavy of the studio happens here and below. */
import { createLocalDesk } from '../data/imageDesk';
import { StudioError, toFailure } from '../shared/failure';
import { createScriptPolicy } from '../shared/trustedScripts';
import { createQueue } from './context';
import type { Context } from './context';
import { createDecodePool, poolSizeFor } from './decodePool';
import decodeWorkerUrl from './decodeWorker?worker&url';
import { selectDevice } from './device';
import type { Device } from './device';
import { createHandlers } from './handlers/handlers';
import { serve } from './host';
import type { Emit } from './host';
import { createProject } from './project';
import { createRunBook } from './runBook';
import { openOpfsShelf } from './storage/opfsShelf';
import { createPreparedCache } from './storage/preparedCache';
import type { PreparedCache } from './storage/preparedCache';
import { createMemoryShelf } from './storage/shelf';
import type { Shelf } from './storage/shelf';
import wasmThreadUrl from './wasmThread?worker&url';

/** For prepared images of a tab without storage. */
const memoryShelfBytes = 256 * 2 ** 20;

const scriptUrl = createScriptPolicy();

const startThread = (): Worker => new Worker(scriptUrl(wasmThreadUrl), { type: 'module', name: 'wasm-thread' });

/** Prepared images, in the browser's storage where it is to be had, else in memory. */
function createCache(emit: Emit): PreparedCache {
  const tell = (message: string): void => emit({ type: 'engine/notice', level: 'info', message });
  const openShelf = async (): Promise<Shelf> => {
    const opened = await openOpfsShelf(navigator.storage);
    if ('shelf' in opened) return opened.shelf;
    tell(`Prepared images are kept in memory as long as this page is open, because ${opened.reason}.`);
    return createMemoryShelf(memoryShelfBytes);
  };
  return createPreparedCache(openShelf, ({ name }) => {
    tell(
      `The browser's storage takes no more prepared images, or does not give them back (${name}); what is missing is decoded again when needed.`,
    );
  });
}

function createContext(emit: Emit): Context {
  let device: Device | null = null;
  return {
    emit,
    cache: createCache(emit),
    project: createProject(),
    runs: createRunBook(),
    inTurn: createQueue(),
    desk: createDecodePool({
      size: poolSizeFor(navigator.hardwareConcurrency),
      start: (index) => new Worker(scriptUrl(decodeWorkerUrl), { type: 'module', name: `decode-${String(index)}` }),
      here: createLocalDesk(),
      onFallback: (reason) => {
        const message = `Images are decoded in the engine's own thread, which is slower, because decoding workers failed: ${reason}.`;
        emit({ type: 'engine/notice', level: 'warning', message });
      },
    }),
    device() {
      if (device) return device;
      throw new StudioError({
        code: 'gpu-unavailable',
        message: 'No engine is running.',
        remedy: 'Choose WebAssembly as the engine, or reload the page.',
      });
    },
    setDevice(next) {
      device = next;
    },
    selectDevice: (choice, kernels) => selectDevice(choice, { startThread, kernels }),
  };
}

/** Starts with the backend that suits the machine; the page may ask for another one later. */
async function start(context: Context): Promise<void> {
  try {
    const device = await context.selectDevice('auto');
    context.setDevice(device);
    context.emit({ type: 'engine/ready', engine: device.summary });
  } catch (thrown) {
    const { message, remedy } = toFailure(thrown);
    context.emit({ type: 'engine/notice', level: 'warning', message: `${message} ${remedy}` });
  }
}

serve(globalThis, (emit) => {
  const context = createContext(emit);
  void context.inTurn(() => start(context));
  return createHandlers(context);
});
