import type { EngineSummary } from '../../shared/protocol';

/** What computes and why, in one sentence: `WebAssembly (SIMD), because this browser has no WebGPU.` */
export function engineSentence({ backend, adapter, reason }: EngineSummary): string {
  return `${backend === 'webgpu' ? `WebGPU on ${adapter}` : adapter}, ${reason}.`;
}
