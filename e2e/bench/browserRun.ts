import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import { createServer } from 'vite';
import type { ViteDevServer } from 'vite';
import { projectRoot } from '../../src/cli/build';
import { ensureChromium, realGpuArgs, softwareGpuArgs } from '../../src/cli/chromium';
import { developmentHeaders } from '../../src/cli/headers';
import studio from '../../vite.config';
import { browserClock, killBrowser, residentBytes } from './processes';
import type { BenchEvent, BenchPlan } from './protocol';

export interface Limits {
  readonly memoryBytes: number;
  readonly minutes: number;
}

/** What `page.ts` puts on the page. */
type BenchPage = typeof globalThis & { readonly runBench: (plan: BenchPlan) => void };

const watchEveryMs = 500;

/** Serves the sources, cross-origin isolated, and answers `/cpu`. Nothing reloads when a source changes. */
async function serve(clock: ReturnType<typeof browserClock>): Promise<ViteDevServer> {
  const server = await createServer({
    root: projectRoot,
    configFile: false,
    logLevel: 'error',
    cacheDir: 'node_modules/.vite-bench',
    optimizeDeps: { ...studio.optimizeDeps, noDiscovery: true },
    server: { host: '127.0.0.1', port: 0, hmr: false, watch: null, headers: { ...developmentHeaders } },
    plugins: [
      {
        name: 'processor-time',
        configureServer({ middlewares }) {
          middlewares.use('/cpu', (_request, response) => {
            const known = process.platform === 'linux';
            response.setHeader('Content-Type', 'application/json');
            response.end(JSON.stringify(known ? clock.read() : null));
          });
        },
      },
    ],
  });
  return server.listen();
}

/** Rejects, with the browser killed, when a limit is passed. */
function watch({ memoryBytes, minutes }: Limits): { readonly passed: Promise<never>; stop(): void } {
  let reject: (reason: Error) => void = () => undefined;
  const passed = new Promise<never>((_, refuse) => (reject = refuse));
  passed.catch(() => undefined);
  const start = performance.now();
  const fail = (message: string): void => {
    clearInterval(timer);
    killBrowser();
    reject(new Error(message));
  };
  const timer = setInterval(() => {
    const bytes = residentBytes();
    if (bytes > memoryBytes) {
      const gigabytes = (value: number): string => (value / 1e9).toFixed(1);
      fail(`The browser took ${gigabytes(bytes)} GB of memory; ${gigabytes(memoryBytes)} are allowed (--max-memory).`);
    }
    if (performance.now() - start > minutes * 60_000)
      fail(`The benchmark took over ${minutes} minutes (--max-minutes).`);
  }, watchEveryMs);
  return { passed, stop: () => clearInterval(timer) };
}

/** Lets the page do a plan; resolves when it is done, rejects when it failed. */
async function runPlan(page: Page, plan: BenchPlan, listeners: Set<(event: BenchEvent) => void>): Promise<void> {
  const done = new Promise<void>((resolve, reject) => {
    const listener = (event: BenchEvent): void => {
      if (event.type === 'done') resolve();
      if (event.type === 'failed') reject(new Error(event.message));
      if (event.type === 'done' || event.type === 'failed') listeners.delete(listener);
    };
    listeners.add(listener);
  });
  await page.evaluate((given) => (globalThis as BenchPage).runBench(given), plan);
  await done;
}

async function openPage(browser: Browser, address: string, emit: (event: BenchEvent) => void): Promise<Page> {
  const page = await browser.newPage();
  page.on('pageerror', ({ message }) => emit({ type: 'failed', message }));
  page.on('crash', () => emit({ type: 'failed', message: 'The page crashed.' }));
  page.on('console', (message) => {
    if (message.type() === 'error') emit({ type: 'progress', text: `${message.text()} ${message.location().url}` });
  });
  await page.exposeFunction('onBenchEvent', emit);
  await page.goto(`${address}e2e/bench/bench.html`);
  return page;
}

/**
 * Does plans one after the other in one browser, each in a fresh worker.
 *
 * @throws Error when one fails or a limit is passed.
 */
export async function runInBrowser(
  plans: readonly BenchPlan[],
  { realGpu, limits, onEvent }: { realGpu: boolean; limits: Limits; onEvent: (event: BenchEvent) => void },
): Promise<void> {
  const clock = browserClock();
  const server = await serve(clock);
  const watchdog = watch(limits);
  const executablePath = ensureChromium(console.log);
  // Without the developer features timestamps are rounded to a tenth of a millisecond.
  const args = realGpu ? [...realGpuArgs(), '--enable-webgpu-developer-features'] : softwareGpuArgs();
  const browser = await chromium.launch({ executablePath, args });
  try {
    const listeners = new Set([onEvent]);
    const emit = (event: BenchEvent): void => [...listeners].forEach((listener) => listener(event));
    const work = async (): Promise<void> => {
      const page = await openPage(browser, server.resolvedUrls?.local[0] ?? '', emit);
      clock.find();
      for (const plan of plans) await runPlan(page, plan, listeners);
    };
    await Promise.race([work(), watchdog.passed]);
  } finally {
    watchdog.stop();
    await Promise.race([browser.close(), new Promise((resolve) => setTimeout(resolve, 5000))]);
    await server.close();
  }
}
