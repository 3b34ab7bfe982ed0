import plain from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import simd from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { env } from '@tensorflow/tfjs-core';

/**
 * Points the WASM backend at its binaries on this origin; its default would be a content delivery network.
 *
 * Threads stay off: the threaded build starts its workers from `blob:` scripts, which the studio's content security
 * policy forbids in every worker. The threaded binary is therefore not shipped, and the flag keeps it from being asked for.
 */
export function useOwnWasmFiles(): void {
  env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
  setWasmPaths({
    'tfjs-backend-wasm.wasm': plain,
    'tfjs-backend-wasm-simd.wasm': simd,
    // Never asked for, but the backend refuses a list without it.
    'tfjs-backend-wasm-threaded-simd.wasm': simd,
  });
}
