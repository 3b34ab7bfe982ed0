import type { GpuBackend } from './backend';
import { submit } from './recording';

/** What is used of the pool of tfjs-backend-webgpu. */
interface Pool {
  readonly freeBuffers: ReadonlyMap<string, GPUBuffer[]>;
  numFreeBuffers: number;
  numBytesAllocated: number;
}

/** Destroys every buffer that no tensor uses. tfjs keeps them all, by their exact size, for as long as it runs. */
export function emptyPool(backend: GpuBackend): void {
  submit(backend);
  const pool = backend.bufferManager as unknown as Pool;
  for (const buffers of pool.freeBuffers.values()) {
    for (const buffer of buffers.splice(0)) {
      pool.numFreeBuffers -= 1;
      pool.numBytesAllocated -= buffer.size;
      buffer.destroy();
    }
  }
}
