import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { chromium } from '@playwright/test';

/** What the search for a browser asks of the machine; a test gives its own. */
export interface Machine {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** Where Playwright would have put its own Chromium. */
  readonly playwrightPath: string;
  readonly isExecutable: (path: string) => boolean;
}

const applicationPaths: Readonly<Partial<Record<NodeJS.Platform, readonly string[]>>> = {
  darwin: [
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ],
  win32: [
    'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
  ],
};

const unixDirectories = ['/usr/bin', '/usr/local/bin', '/opt/google/chrome', '/snap/bin'];
const unixNames = ['google-chrome', 'google-chrome-stable', 'chrome', 'chromium', 'chromium-browser'];

function usualPlaces(machine: Machine): readonly string[] {
  const own = applicationPaths[machine.platform];
  if (own) return own;
  const searched = (machine.environment.PATH ?? '').split(':').filter((directory) => directory.startsWith('/'));
  const directories = [...new Set([...unixDirectories, ...searched])];
  return unixNames.flatMap((name) => directories.map((directory) => join(directory, name)));
}

/**
 * The Chromium to run tests and headless jobs with: the one named by `CHROMIUM_PATH`, else Playwright's own, else Google
 * Chrome or Chromium in the usual places.
 *
 * @returns its path, or null when there is none.
 * @throws Error when `CHROMIUM_PATH` names no program; the person meant that one and no other.
 */
export function findChromium(machine: Machine): string | null {
  const wanted = machine.environment.CHROMIUM_PATH;
  if (wanted !== undefined && wanted !== '') {
    if (machine.isExecutable(wanted)) return wanted;
    throw new Error(`CHROMIUM_PATH is ${wanted}, and there is no program there. Correct it or unset it.`);
  }
  return [machine.playwrightPath, ...usualPlaces(machine)].find((path) => machine.isExecutable(path)) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The machine this process runs on. */
export function thisMachine(): Machine {
  return {
    environment: process.env,
    platform: process.platform,
    playwrightPath: chromium.executablePath(),
    isExecutable,
  };
}

const noBrowser = `No Chromium was found, and none could be installed.
Install Google Chrome or Chromium, or name one in the environment: CHROMIUM_PATH=/path/to/chrome npm test`;

function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/** Ways to get a Chromium, tried in order; the second one is for Debian and its kin, as root. */
function installers(): readonly (readonly (readonly string[])[])[] {
  const fromPlaywright = [
    [process.execPath, join('node_modules', '@playwright', 'test', 'cli.js'), 'install', 'chromium'],
  ];
  const fromDebian = [
    ['apt-get', 'update', '-qq'],
    ['apt-get', 'install', '-y', '-qq', 'chromium'],
  ];
  return isRoot() && isExecutable('/usr/bin/apt-get') ? [fromPlaywright, fromDebian] : [fromPlaywright];
}

/**
 * {@link findChromium} on this machine, installing one where there is none.
 *
 * @param say told what is being done, in sentences.
 * @returns the browser's path.
 * @throws Error that says what to do when there is none and none can be installed.
 */
export function ensureChromium(say: (line: string) => void): string {
  const found = findChromium(thisMachine());
  if (found !== null) return found;
  for (const commands of installers()) {
    say(`No Chromium found. Installing one: ${commands.map((command) => command.join(' ')).join(' && ')}`);
    try {
      for (const [program = '', ...args] of commands)
        execFileSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    } catch (error) {
      say(`That did not work: ${error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)}`);
      continue;
    }
    const installed = findChromium(thisMachine());
    if (installed !== null) return installed;
  }
  throw new Error(noBrowser);
}

/** Chromium's sandbox needs an unprivileged user. */
function sandboxArgs(): readonly string[] {
  return isRoot() ? ['--no-sandbox'] : [];
}

/** Keeps the browser from calling home and from asking questions. */
const quietArgs = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run'];

/** WebGPU switched on also where it is behind a flag (Linux). */
const webGpuArgs = ['--enable-unsafe-webgpu', '--enable-features=Vulkan'];

/** Arguments of a Chromium whose WebGPU runs on the processor (SwiftShader): the same on every machine, and slow. */
export function softwareGpuArgs(): string[] {
  return [...sandboxArgs(), ...webGpuArgs, '--use-webgpu-adapter=swiftshader', ...quietArgs];
}

/** Arguments of a Chromium that uses the machine's own GPU where it has one. */
export function realGpuArgs(): string[] {
  return [...sandboxArgs(), ...webGpuArgs, '--ignore-gpu-blocklist', ...quietArgs];
}
