import * as tf from '@tensorflow/tfjs-core';

/** Memory that the GPU backend holds, in bytes, its pool of free buffers included; 0 on other backends. */
export function gpuBytes(): number {
  const memory = tf.memory() as tf.MemoryInfo & { numBytesAllocatedInGPU?: number };
  return memory.numBytesAllocatedInGPU ?? 0;
}
