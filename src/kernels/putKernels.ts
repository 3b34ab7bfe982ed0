import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc } from '@tensorflow/tfjs-core';

/** Makes kernels those of a backend, in the place of any that it has under the same names. */
export function putKernels(backendName: string, kernels: Readonly<Record<string, KernelFunc>>): void {
  const known = new Set(tf.getKernelsForBackend(backendName).map(({ kernelName }) => kernelName));
  for (const [kernelName, kernelFunc] of Object.entries(kernels)) {
    if (known.has(kernelName)) tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({ kernelName, backendName, kernelFunc });
  }
}
