import * as tf from '@tensorflow/tfjs-core';
import { afterAll, beforeAll } from 'vitest';
import { registerKernels } from '../kernels/register';

type BackendName = 'cpu' | 'wasm' | 'webgpu';

/** Each backend is loaded only where it is used: the webgpu one needs a browser. */
const loaders: Readonly<Record<BackendName, () => Promise<unknown>>> = {
  cpu: () => import('@tensorflow/tfjs-backend-cpu'),
  wasm: async () => {
    const { setWasmPaths } = await import('@tensorflow/tfjs-backend-wasm');
    setWasmPaths('node_modules/@tensorflow/tfjs-backend-wasm/dist/');
  },
  webgpu: () => import('@tensorflow/tfjs-backend-webgpu'),
};

/** Makes a backend with the studio's kernels the current one. */
export async function switchBackend(name: BackendName): Promise<void> {
  if (tf.findBackend(name) === null) {
    await loaders[name]();
    registerKernels(name);
  }
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend does not start here.`);
}

/** The tests of the enclosing `describe` (or file) run on this backend; the backend from before is put back after them. */
export function useBackend(name: BackendName): void {
  let before = '';
  beforeAll(async () => {
    before = tf.findBackend('cpu') === null && tf.findBackend('wasm') === null ? '' : tf.getBackend();
    await switchBackend(name);
  });
  afterAll(async () => {
    if (before !== '') await tf.setBackend(before);
  });
}
