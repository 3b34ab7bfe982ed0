/** `npm test`: finds or installs a Chromium, builds, runs every test runner and ends with one line of totals. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt, projectRoot } from './build';
import { ensureChromium } from './chromium';
import {
  judgeRunner,
  playwrightTotals,
  sumTotals,
  totalsLine,
  vitestTotals,
  type PlaywrightReport,
  type Totals,
  type VitestReport,
} from './testTotals';

/** Longest that one runner may take before it counts as hung. */
const runnerTimeoutMs = 15 * 60_000;
const reportFolder = join(projectRoot, 'test-results');

interface Runner {
  readonly name: string;
  /** Program of node_modules and its arguments. */
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly reportFile: string;
  readonly read: (report: unknown) => Totals;
}

function vitest(project: string): Runner {
  const reportFile = join(reportFolder, `${project}.json`);
  return {
    name: project,
    command: [
      'vitest/vitest.mjs',
      'run',
      '--project',
      project,
      '--reporter',
      'default',
      '--reporter',
      'json',
      `--outputFile.json=${reportFile}`,
    ],
    environment: {},
    reportFile,
    read: (report) => vitestTotals(report as VitestReport),
  };
}

function playwright(): Runner {
  const reportFile = join(reportFolder, 'journeys.json');
  return {
    name: 'journeys',
    command: ['@playwright/test/cli.js', 'test', '--config', 'e2e/playwright.config.ts'],
    environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: reportFile },
    reportFile,
    read: (report) => playwrightTotals(report as PlaywrightReport),
  };
}

function run(runner: Runner, chromium: string): Totals {
  console.log(`\n=== ${runner.name}`);
  const started = performance.now();
  rmSync(runner.reportFile, { force: true });
  const [program = '', ...args] = runner.command;
  const { status } = spawnSync(process.execPath, [join(projectRoot, 'node_modules', program), ...args], {
    cwd: projectRoot,
    env: { ...process.env, ...runner.environment, CHROMIUM_PATH: chromium },
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: runnerTimeoutMs,
  });
  const report: unknown = existsSync(runner.reportFile) ? JSON.parse(readFileSync(runner.reportFile, 'utf8')) : null;
  const totals = judgeRunner(report === null ? null : runner.read(report), status);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(`=== ${runner.name}: ${totalsLine(totals)} (${seconds} s, exit status ${String(status)})`);
  return totals;
}

function runAll(): Totals {
  const chromium = ensureChromium(console.log);
  console.log(`Browser: ${chromium}`);
  ensureBuilt(console.log);
  mkdirSync(reportFolder, { recursive: true });
  const runners = [vitest('node'), vitest('dom'), vitest('webgpu'), playwright()];
  return sumTotals(runners.map((runner) => run(runner, chromium)));
}

let totals: Totals = { passed: 0, failed: 1, skipped: 0 };
try {
  totals = runAll();
} catch (error) {
  console.error(error instanceof Error ? (error.stack ?? error.message) : error);
}
console.log(`\n${totalsLine(totals)}`);
process.exitCode = totals.failed === 0 ? 0 : 1;
