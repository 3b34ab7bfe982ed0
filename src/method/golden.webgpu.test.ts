import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { useBackend } from '../tests/backend';
import { checkGoldenFile, goldenFileNames, parseGolden } from '../tests/golden/files';
import { summarise } from '../tests/golden/record';

const first = await commands.readGolden(goldenFileNames[0] ?? '');

describe.skipIf(first === null)('the reference implementation on webgpu', () => {
  useBackend('webgpu');

  it.each(goldenFileNames)(
    'agrees with %s',
    async (file) => {
      tf.engine().startScope();
      const comparisons = await checkGoldenFile(file, parseGolden(file, await commands.readGolden(file)));
      tf.engine().endScope();
      await commands.print(summarise('webgpu', file, comparisons));
      expect(comparisons.filter(({ ofAllowed }) => !(ofAllowed <= 1)).slice(0, 5)).toEqual([]);
      expect(comparisons.length).toBeGreaterThan(0);
    },
    180_000,
  );
});
