import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { developmentHeaders, strictHeaders } from './src/cli/headers.ts';
import { thirdPartyNotices } from './src/cli/notices.ts';

const pages = ['index.html', 'headless.html'].map((page) => fileURLToPath(new URL(page, import.meta.url)));
const notices = thirdPartyNotices();

/** Both entry points of tfjs-core in one bundle: found one by one they become two copies, and kernels register twice. */
export const tfjsEntryPoints = [
  '@tensorflow/tfjs-core',
  '@tensorflow/tfjs-core/dist/register_all_gradients',
  '@tensorflow/tfjs-backend-wasm',
  '@tensorflow/tfjs-backend-webgpu',
];

export default defineConfig({
  plugins: [react(), tailwindcss(), notices.collect(), notices.write()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1500,
    rolldownOptions: {
      input: pages.filter((page) => existsSync(page)),
      checks: { bundlerTimings: false },
    },
  },
  worker: {
    format: 'es',
    plugins: () => [notices.collect()],
    // The loader of LERC asks for Node's `module`, in Node alone.
    rolldownOptions: { output: { comments: false }, external: ['module'] },
  },
  // The loader of the WASM backend's threads is also asked for by itself, from their script.
  optimizeDeps: {
    include: [...tfjsEntryPoints, '@tensorflow/tfjs-backend-wasm/wasm-out/tfjs-backend-wasm-threaded-simd'],
  },
  server: { headers: { ...developmentHeaders } },
  preview: { headers: { ...strictHeaders } },
});
