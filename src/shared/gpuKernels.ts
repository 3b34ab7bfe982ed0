/** Whose kernels compute on WebGPU: the studio's, or those of the tfjs library, to compare with. */
export type KernelChoice = 'own' | 'stock';

/** The kernels that compute on WebGPU; ours with how they are cut for the adapter. */
export type GpuKernels =
  { readonly origin: 'own'; readonly tiles: 'registers' | 'shared' } | { readonly origin: 'stock' };
