import { describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { useBackend } from '../tests/backend';
import { checkRealModel, outputTolerance, realModels } from '../tests/models/expected';

const first = await commands.readRealModel(realModels[0]?.name ?? '');

describe.skipIf(first === null)('real models (SHARED_DIR) on webgpu', () => {
  useBackend('webgpu');

  it.each(realModels)(
    '$name holds and computes what its expected.json says',
    async (model) => {
      const files = (await commands.readRealModel(model.name)) ?? [];
      const difference = await checkRealModel(model, files);
      await commands.print(`webgpu  ${model.name}: outputs differ by ${difference.toExponential(1)} of the largest`);
      expect(difference).toBeLessThanOrEqual(outputTolerance);
    },
    180_000,
  );
});
