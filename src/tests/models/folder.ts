import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(process.env['SHARED_DIR'] ?? '../shared', 'models');

/** Whether the real models (SHARED_DIR) are here. */
export const realModelsAreHere = existsSync(folder);

/** A file of a real model as text that also crosses into a browser. */
export interface EncodedFile {
  readonly path: string;
  readonly base64: string;
}

/** All files of one model's folder, `expected.json` among them; null where the models are missing. */
export function readRealModel(model: string): readonly EncodedFile[] | null {
  if (!realModelsAreHere) return null;
  return readdirSync(join(folder, model)).map((name) => ({
    path: `${model}/${name}`,
    base64: readFileSync(join(folder, model, name)).toString('base64'),
  }));
}
