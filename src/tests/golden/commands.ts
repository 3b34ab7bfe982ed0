import type { BrowserCommand } from 'vitest/node';
import { readRealModel, type EncodedFile } from '../models/folder.ts';
import { readGolden as readFile } from './folder.ts';

/** What tests in the browser ask of the machine that runs them. */
export const goldenCommands = {
  readGolden: ((_context, path) => readFile(path)) satisfies BrowserCommand<[path: string]>,
  readRealModel: ((_context, model) => readRealModel(model)) satisfies BrowserCommand<[model: string]>,
  print: ((_context, line) => {
    process.stdout.write(`${line}\n`);
  }) satisfies BrowserCommand<[line: string]>,
};

declare module 'vitest/browser' {
  interface BrowserCommands {
    readGolden: (path: string) => Promise<string | null>;
    readRealModel: (model: string) => Promise<readonly EncodedFile[] | null>;
    print: (line: string) => Promise<void>;
  }
}
