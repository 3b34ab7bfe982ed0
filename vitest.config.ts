import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import { findChromium, softwareGpuArgs, thisMachine } from './src/cli/chromium.ts';
import { goldenCommands } from './src/tests/golden/commands.ts';
import { tfjsEntryPoints } from './vite.config.ts';

const webGpuTests = 'src/**/*.{webgpu,browser}.test.{ts,tsx}';
const pageTests = 'src/app/**/*.test.{ts,tsx}';
const setupFiles = ['src/tests/matchers.ts'];
const testEntryPoints = [...tfjsEntryPoints, '@tensorflow/tfjs', '@tensorflow/tfjs-backend-cpu'];
/** What components need that are tested where there is a layout. */
const pagePackages = [
  'react',
  'react/jsx-runtime',
  'react/jsx-dev-runtime',
  'react-dom/client',
  '@tanstack/react-virtual',
  'lucide-react',
];
const executablePath = findChromium(thisMachine());

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    onConsoleLog: (log) => !log.includes('you are running TensorFlow.js in Node.js'),
    projects: [
      {
        extends: true,
        test: {
          name: 'node',
          // One for each core: the files of this project share nothing.
          maxWorkers: '100%',
          include: ['src/**/*.test.ts'],
          exclude: [webGpuTests, pageTests],
          setupFiles,
          deps: {
            optimizer: {
              ssr: {
                enabled: true,
                include: testEntryPoints,
                // The WASM backend's loader asks for its folder, which an ES module has not; setWasmPaths tells it.
                rolldownOptions: { transform: { define: { __dirname: '""' } } },
              },
            },
          },
        },
      },
      {
        extends: true,
        plugins: [react()],
        test: {
          name: 'dom',
          include: [pageTests],
          exclude: [webGpuTests],
          environment: 'happy-dom',
          setupFiles: ['src/tests/domSetup.ts'],
        },
      },
      {
        extends: true,
        // Complete, because a package found while tests run is bundled anew and reloads the page under them.
        optimizeDeps: { include: [...testEntryPoints, ...pagePackages, 'client-zip', 'fast-png', 'fflate', 'lerc'] },
        test: {
          name: 'webgpu',
          include: [webGpuTests],
          setupFiles,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            commands: goldenCommands,
            provider: playwright({
              launchOptions: { args: softwareGpuArgs(), ...(executablePath !== null && { executablePath }) },
            }),
            instances: [{ browser: 'chromium' }],
          },
        },
      },
    ],
  },
});
