import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';

/** What the build is made of, relative to the project. */
const sources = ['src', 'public', 'index.html', 'headless.html', 'vite.config.ts', 'package.json', 'package-lock.json'];

/** Root of the project. */
export const projectRoot = join(import.meta.dirname, '..', '..');

/** Folder of the built studio. */
export const buildFolder = join(projectRoot, 'dist');

/** Latest change under a path in milliseconds since 1970; folders count too, so that a deletion is seen. 0 if absent. */
export function lastChange(path: string): number {
  if (!existsSync(path)) return 0;
  const own = statSync(path);
  if (!own.isDirectory()) return own.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, lastChange(join(path, name))), own.mtimeMs);
}

/** Builds the studio when there is no build or its sources are newer; returns whether it built. */
export async function ensureBuilt(say: (line: string) => void): Promise<boolean> {
  const built = lastChange(join(buildFolder, 'index.html'));
  if (built > Math.max(...sources.map((source) => lastChange(join(projectRoot, source))))) return false;
  say('Building the studio …');
  await build({ root: projectRoot, logLevel: 'warn' });
  return true;
}
