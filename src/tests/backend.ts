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

const loaded = new Set<BackendName>();
let current: BackendName | null = null;

/** Makes a backend with the studio's kernels the current one. */
export async function switchBackend(name: BackendName): Promise<void> {
  if (!loaded.has(name)) {
    await loaders[name]();
    registerKernels(name);
    loaded.add(name);
  }
  if (!(await tf.setBackend(name))) throw new Error(`The ${name} backend does not start here.`);
  current = name;
}

/** The tests of the enclosing `describe` (or file) run on this backend; the backend from before is put back after them. */
export function useBackend(name: BackendName): void {
  let before: BackendName | null = null;
  beforeAll(async () => {
    before = current;
    await switchBackend(name);
  });
  afterAll(async () => {
    if (before !== null) await switchBackend(before);
  });
}
