import type { EngineSummary } from '../../shared/protocol';

/** What computes and why, in one sentence: `WebAssembly (SIMD), because this browser has no WebGPU.` */
export function engineSentence({ backend, adapter, kernels, reason }: EngineSummary): string {
  const stock = kernels?.origin === 'stock' ? ' with the kernels of TensorFlow.js' : '';
  return `${backend === 'webgpu' ? `WebGPU on ${adapter}${stock}` : adapter}, ${reason}.`;
}
