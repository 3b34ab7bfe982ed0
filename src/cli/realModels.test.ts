import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { checkRealModel, outputTolerance, realModels } from '../tests/models/expected';
import { readRealModel, realModelsAreHere } from '../tests/models/folder';

describe.skipIf(!realModelsAreHere)('real models (SHARED_DIR) on cpu', () => {
  useBackend('cpu');

  it.each(realModels)('$name holds and computes what its expected.json says', async (model) => {
    expect(await checkRealModel(model, readRealModel(model.name) ?? [])).toBeLessThanOrEqual(outputTolerance);
  });
});
