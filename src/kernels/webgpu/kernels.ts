import * as tf from '@tensorflow/tfjs-core';
import type { KernelFunc } from '@tensorflow/tfjs-core';
import { convKernels, groupedConvKernels } from './conv';
import { depthwiseKernels } from './depthwise';
import { globalAvgPoolKernels } from './globalAvgPool';
import { poolingKernels } from './pooling';
import { crossEntropyKernels } from './softmaxCrossEntropy';

/** Our kernels in the place of those of tfjs-backend-webgpu, by kernel name. */
export const ownKernels: Readonly<Record<string, KernelFunc>> = {
  ...convKernels,
  ...crossEntropyKernels,
  ...depthwiseKernels,
  ...globalAvgPoolKernels,
  ...groupedConvKernels,
  ...poolingKernels,
};

/** Whether the current backend is WebGPU with the kernels of this folder, not with tfjs's. */
export function usesOwnKernels(): boolean {
  const name = 'Conv2D';
  return tf.getBackend() === 'webgpu' && tf.getKernel(name, 'webgpu').kernelFunc === ownKernels[name];
}
