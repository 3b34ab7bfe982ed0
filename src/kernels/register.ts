import '@tensorflow/tfjs-core/dist/register_all_gradients';
import { registerBatchNorm, registerBatchNormGradients } from './batchNorm';
import { replaceKernels } from './replacements';

const registered = new Set<string>();

/**
 * Registers the gradients of tfjs-core (which has none by itself) and the studio's own kernels. Call it once the
 * backend's own kernels are there, that is, after importing the backend; calling it again changes nothing.
 *
 * @param kernels `stock` leaves the kernels of tfjs-backend-webgpu where they are right, for comparisons.
 */
export function registerKernels(backend: 'wasm' | 'webgpu' | 'cpu', kernels: 'own' | 'stock' = 'own'): void {
  if (registered.has(backend)) return;
  if (registered.size === 0) registerBatchNormGradients();
  registered.add(backend);
  registerBatchNorm(backend, backend === 'webgpu' ? 'shaders' : 'direct');
  replaceKernels(backend, kernels);
}
