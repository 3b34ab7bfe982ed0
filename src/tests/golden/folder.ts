import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the golden files are: GOLDEN_DIR, else the folder `golden` of SHARED_DIR. */
const goldenFolder = process.env['GOLDEN_DIR'] ?? join(process.env['SHARED_DIR'] ?? '../shared', 'golden');

export const goldenIsHere = existsSync(goldenFolder);

/** One golden file by its path in the folder, or null where there is no such file. */
export function readGolden(path: string): string | null {
  const file = join(goldenFolder, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : null;
}
