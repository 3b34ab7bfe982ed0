import { join } from 'node:path';
import { defineConfig } from '@playwright/test';
import { findChromium, softwareGpuArgs, thisMachine } from '../src/cli/chromium.ts';

const port = process.env.E2E_PORT ?? '4317';
const address = `http://127.0.0.1:${port}/`;
const executablePath = findChromium(thisMachine());

export default defineConfig({
  testDir: '.',
  outputDir: '../test-results/journeys',
  workers: 1,
  fullyParallel: false,
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: [['line'], ['json', { outputFile: '../test-results/journeys.json' }]],
  use: {
    browserName: 'chromium',
    baseURL: address,
    trace: 'off',
    video: 'off',
    screenshot: 'off',
    launchOptions: { args: softwareGpuArgs(), ...(executablePath !== null && { executablePath }) },
  },
  webServer: {
    command: `node --import tsx src/cli/serve.ts --no-open --port ${port}`,
    cwd: join(import.meta.dirname, '..'),
    url: address,
    timeout: 180_000,
    reuseExistingServer: false,
  },
});
