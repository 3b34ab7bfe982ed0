import '@tensorflow/tfjs-backend-webgpu';
import { version_wasm } from '@tensorflow/tfjs-backend-wasm';
import * as tf from '@tensorflow/tfjs-core';
import { registerKernels } from '../kernels/register';
import { tuningOf } from '../kernels/webgpu/tuning';
import { StudioError } from '../shared/failure';
import type { GpuKernels, KernelChoice } from '../shared/gpuKernels';
import type { BackendChoice, BackendName, EngineSummary } from '../shared/protocol';
import { decideBackend, probeWebGpu } from './adapter';
import { registerWebGpu } from './gpuDevice';
import { guardSteps, unguarded } from './gpuGuard';
import type { Guard } from './gpuGuard';
import type { StartThread, Threads } from './threadPool';
import { registerWasm, useOwnWasmFiles } from './wasmBackend';

/** The arithmetic that runs, and how a piece of work on it is watched. */
export interface Device {
  readonly summary: EngineSummary;
  readonly guard: Guard;
}

/** What makes a backend, or null; tfjs' own types leave the null out. */
const factoryOf = (name: string): ReturnType<typeof tf.findBackendFactory> | null => tf.findBackendFactory(name);

/** Asked of the registry itself: `tf.findBackend` would make the backend to answer. */
const isMade = (name: string): boolean => name in tf.engine().registry;

/** Frees a backend with all that it holds. tfjs then forgets how to make it, so that is put back. */
function stopBackend(name: string): void {
  const factory = factoryOf(name);
  if (!isMade(name) || !factory) return;
  tf.removeBackend(name);
  tf.registerBackend(name, factory);
}

/** Starts a backend anew. */
async function startBackend(name: BackendName): Promise<void> {
  if (!factoryOf(name)) throw notStarted(name, 'no such backend is registered');
  stopBackend(name);
  const started = await tf.setBackend(name);
  // A backend that fails to start makes tfjs fall back to another one without a word.
  if (!started || tf.getBackend() !== name) throw notStarted(name, `the library fell back to "${tf.getBackend()}"`);
}

const notStarted = (name: BackendName, detail: string): StudioError =>
  new StudioError({
    code: name === 'webgpu' ? 'gpu-unavailable' : 'bug',
    message: `The ${name === 'webgpu' ? 'WebGPU' : 'WebAssembly'} engine did not start.`,
    remedy:
      name === 'webgpu'
        ? 'Choose WebAssembly, or reload the page and try again.'
        : 'Reload the page, or use a current browser.',
    detail,
  });

/**
 * Starts what was decided. Where WebGPU does not start although there is an adapter, WebAssembly takes its place if the
 * choice was left to the studio, and the backend from before stays if it was not.
 */
async function orElse<D extends { readonly backend: BackendName; readonly reason: string }>(
  start: (decided: D | { backend: 'wasm'; reason: string }) => Promise<D>,
  decided: D,
  choice: BackendChoice,
): Promise<D> {
  const before = tf.getBackend();
  try {
    return await start(decided);
  } catch (error) {
    if (decided.backend === 'wasm') throw error;
    if (choice === 'auto') return start({ backend: 'wasm', reason: 'because the GPU did not start' });
    if (isMade(before)) await tf.setBackend(before);
    throw error;
  }
}

/** The processor's arithmetic in words, and what there is to say about it beyond why it was chosen. */
async function describeWasm({ count, oneBecause }: Threads): Promise<{ adapter: string; remark: string }> {
  const simd = (await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT')) === true;
  const threads = `${String(count)} thread${count === 1 ? '' : 's'}`;
  return {
    adapter: `WebAssembly (${simd ? 'SIMD, ' : ''}${threads})`,
    remark: oneBecause === null ? '' : `; on one thread, because ${oneBecause}`,
  };
}

interface Options {
  readonly startThread?: StartThread | null;
  readonly kernels?: KernelChoice | undefined;
}

const kernelsOf = (origin: KernelChoice): GpuKernels =>
  origin === 'own' ? { origin, tiles: tuningOf(gpuDevice()).tiles } : { origin };

/**
 * Starts the backend of a choice and ends the one before. No tensor survives this.
 *
 * @param options `startThread` starts a thread of the WebAssembly backend; without it, that has one. `kernels`: those
 * that compute on WebGPU.
 * @throws StudioError `gpu-unavailable` when WebGPU was chosen and cannot be used
 */
export async function selectDevice(
  choice: BackendChoice,
  { startThread = null, kernels = 'own' }: Options = {},
): Promise<Device> {
  const probe = await probeWebGpu();
  useOwnWasmFiles();
  let threads: Threads = { count: 1, oneBecause: null };
  const start = async (decided: ReturnType<typeof decideBackend>): Promise<typeof decided> => {
    if (decided.backend === 'webgpu') {
      registerWebGpu();
    } else {
      registerWasm(startThread, (started) => {
        threads = started;
      });
    }
    await startBackend(decided.backend);
    return decided;
  };
  const { backend, reason } = await orElse(start, decideBackend(choice, probe), choice);
  stopBackend(backend === 'wasm' ? 'webgpu' : 'wasm');
  registerKernels(backend, backend === 'webgpu' ? kernels : 'own');
  const wasm = await describeWasm(threads);
  return {
    guard: backend === 'webgpu' ? guardSteps(gpuDevice()) : unguarded,
    summary: {
      backend,
      choice,
      adapter: backend === 'webgpu' && probe.kind === 'adapter' ? probe.name : wasm.adapter,
      softwareAdapter: probe.kind === 'adapter' && probe.software,
      webgpuAvailable: probe.kind === 'adapter',
      kernels: backend === 'webgpu' ? kernelsOf(kernels) : null,
      reason: backend === 'wasm' ? `${reason}${wasm.remark}` : reason,
      versions: { 'tfjs-core': tf.version_core, ...(backend === 'wasm' && { 'tfjs-backend-wasm': version_wasm }) },
    },
  };
}

/** The device of the backend that runs. */
const gpuDevice = (): GPUDevice => (tf.backend() as unknown as { device: GPUDevice }).device;
