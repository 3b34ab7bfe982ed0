import * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from '../kernels/webgpu/backend';
import { emptyPool } from '../kernels/webgpu/pool';

/** Memory that the GPU backend holds, in bytes, its pool of free buffers included; 0 on other backends. */
export function gpuBytes(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? 0;
}

/**
 * Gives the GPU backend's free buffers back to the system; nothing on other backends. A run of another batch size could
 * not use them, and one that could not be allocated would be handed out again.
 */
export function freeGpuPool(): void {
  if (tf.getBackend() === 'webgpu') emptyPool(gpuBackend());
}
