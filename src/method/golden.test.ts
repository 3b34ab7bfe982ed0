import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { checkGoldenFile, goldenFileNames, parseGolden } from '../tests/golden/files';
import { goldenIsHere, readGolden } from '../tests/golden/folder';
import { summarise } from '../tests/golden/record';

describe.skipIf(!goldenIsHere).each(['cpu', 'wasm'] as const)('the reference implementation on %s', (backend) => {
  useBackend(backend);

  it.each(goldenFileNames)('agrees with %s', async (file) => {
    tf.engine().startScope();
    const comparisons = await checkGoldenFile(file, parseGolden(file, readGolden(file)));
    tf.engine().endScope();
    process.stdout.write(`${summarise(backend, file, comparisons)}\n`);
    expect(comparisons.filter(({ ofAllowed }) => !(ofAllowed <= 1)).slice(0, 5)).toEqual([]);
    expect(comparisons.length).toBeGreaterThan(0);
  });
});
