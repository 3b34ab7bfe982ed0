import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** What the build is made of, relative to the project. */
const sources = ['src', 'public', 'index.html', 'headless.html', 'vite.config.ts', 'package.json', 'package-lock.json'];

/** Root of the project. */
export const projectRoot = join(import.meta.dirname, '..', '..');

/** Folder of the built studio. */
export const buildFolder = join(projectRoot, 'dist');

/** Latest change under a path in milliseconds since 1970; folders count too, so that a deletion is seen. 0 if absent. */
function lastChange(path: string): number {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, lastChange(join(path, name))), own.mtimeMs);
}

/**
 * Builds the studio when there is no build or its sources are newer.
 *
 * @throws Error when the build fails; what is wrong is on the screen by then.
 */
export function ensureBuilt(say: (line: string) => void): void {
  const built = lastChange(join(buildFolder, 'index.html'));
  if (built > Math.max(...sources.map((source) => lastChange(join(projectRoot, source))))) return;
  say('Building the studio …');
  // A process of its own: Vite leaves NODE_ENV=production behind, and tests that inherit it get React without act().
  const vite = join(projectRoot, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', '--logLevel', 'warn'], {
    cwd: projectRoot,
    env: { ...process.env, NODE_ENV: 'production' },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error('The studio could not be built; the reason is above.');
}
