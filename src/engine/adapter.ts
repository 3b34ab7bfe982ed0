import type { BackendChoice, BackendName } from '../shared/protocol';
import { StudioError } from '../shared/failure';

/** What the browser has to offer for WebGPU. */
export type Probe =
  | { readonly kind: 'noWebGpu' }
  | { readonly kind: 'noAdapter' }
  | { readonly kind: 'adapter'; readonly name: string; readonly software: boolean };

/** Processors posing as GPUs, by what their drivers call themselves. */
const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|basic render|warp|software/i;

export function describeAdapter(info: GPUAdapterInfo): { name: string; software: boolean } {
  const { vendor, architecture, device, description } = info;
  const name = description || [vendor, architecture, device].filter((part) => part !== '').join(' ') || 'unnamed GPU';
  return {
    name,
    software: info.isFallbackAdapter || softwareNames.test([vendor, architecture, device, description].join(' ')),
  };
}

/** Asks for an adapter before tfjs does: tfjs takes a missing one for a reason to use another backend silently. */
export async function probeWebGpu(): Promise<Probe> {
  const { gpu } = navigator as { readonly gpu?: GPU };
  if (!gpu) return { kind: 'noWebGpu' };
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  return adapter ? { kind: 'adapter', ...describeAdapter(adapter.info) } : { kind: 'noAdapter' };
}

const missing: Readonly<Record<'noWebGpu' | 'noAdapter', string>> = {
  noWebGpu: 'this browser has no WebGPU',
  noAdapter: 'the browser found no usable GPU',
};

/**
 * Which backend runs, and why: the end of a sentence that begins with what runs.
 * @throws StudioError `gpu-unavailable` when WebGPU was asked for and there is no adapter
 */
export function decideBackend(choice: BackendChoice, probe: Probe): { backend: BackendName; reason: string } {
  if (choice === 'wasm') return { backend: 'wasm', reason: 'as you chose' };
  if (probe.kind !== 'adapter') {
    if (choice === 'auto') {
      return { backend: 'wasm', reason: `because ${missing[probe.kind]}` };
    }
    throw new StudioError({
      code: 'gpu-unavailable',
      message: `WebGPU cannot be used: ${missing[probe.kind]}.`,
      remedy:
        probe.kind === 'noWebGpu'
          ? 'Choose WebAssembly or automatic, or use a browser with WebGPU (Chrome, Edge, or a current Firefox or Safari).'
          : 'Choose WebAssembly or automatic. If the GPU crashed a moment ago, reload the page and try again.',
    });
  }
  if (!probe.software) {
    return { backend: 'webgpu', reason: choice === 'auto' ? 'because a GPU is the fastest here' : 'as you chose' };
  }
  return choice === 'auto'
    ? {
        backend: 'wasm',
        reason: 'because the only GPU here is simulated in software',
      }
    : {
        backend: 'webgpu',
        reason: 'as you chose, although this GPU is simulated in software and many times slower than WebAssembly',
      };
}
