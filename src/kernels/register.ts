import '@tensorflow/tfjs-core/dist/register_all_gradients';
import * as tf from '@tensorflow/tfjs-core';
import { registerBatchNorm, registerBatchNormGradients } from './batchNorm';
import { globalAvgPoolGradient } from './globalAvgPool';
import { groupedConvGradient } from './groupedConv';
import { replaceKernels } from './replacements';
import { registerSegmentNorms, registerSegmentNormsGradients } from './segmentNorms';
import { crossEntropyGradient } from './softmaxCrossEntropy';

const gradients = [crossEntropyGradient, globalAvgPoolGradient, groupedConvGradient];

/** Which kernels a backend has. */
const registered = new Map<string, 'own' | 'stock'>();

/**
 * Registers the gradients of tfjs-core (which has none by itself) and the studio's own kernels. Call it once the
 * backend's own kernels are there, that is, after importing the backend; calling it again with the same kernels
 * changes nothing.
 *
 * @param kernels `stock` leaves the kernels of tfjs-backend-webgpu where they are right, for comparisons, or puts them
 * back.
 */
export function registerKernels(backend: 'wasm' | 'webgpu' | 'cpu', kernels: 'own' | 'stock' = 'own'): void {
  if (registered.get(backend) === kernels) return;
  if (registered.size === 0) {
    registerBatchNormGradients();
    registerSegmentNormsGradients();
    for (const gradient of gradients) tf.registerGradient(gradient);
  }
  registered.set(backend, kernels);
  const writing = backend !== 'webgpu' ? 'direct' : kernels === 'own' ? 'shaders' : 'composed';
  registerBatchNorm(backend, writing);
  registerSegmentNorms(backend, writing);
  replaceKernels(backend, kernels);
}
