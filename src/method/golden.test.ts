import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { checkGoldenFile, goldenFileNames } from '../tests/golden/files';
import { summarise } from '../tests/golden/record';

const folder = process.env['GOLDEN_DIR'] ?? join(process.env['SHARED_DIR'] ?? '../shared', 'golden');
const read = (path: string): Promise<unknown> => Promise.resolve(JSON.parse(readFileSync(join(folder, path), 'utf8')));

describe.skipIf(!existsSync(folder)).each(['cpu', 'wasm'] as const)('the reference implementation on %s', (backend) => {
  useBackend(backend);

  it.each(goldenFileNames)('agrees with %s', async (file) => {
    tf.engine().startScope();
    const comparisons = await checkGoldenFile(file, read);
    tf.engine().endScope();
    const wrong = comparisons.filter(({ ofAllowed }) => !(ofAllowed <= 1)).slice(0, 5);
    process.stdout.write(`${summarise(backend, file, comparisons)}\n`);
    expect(wrong).toEqual([]);
    expect(comparisons.length).toBeGreaterThan(0);
  });
});
