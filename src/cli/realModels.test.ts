import { describe, expect, it } from 'vitest';
import { useBackend } from '../tests/backend';
import { openModel } from '../formats/models/registry';
import { toFailure } from '../shared/failure';
import { checkRealModel, outputTolerance, realModels } from '../tests/models/expected';
import { modelFilesOf } from '../tests/models/files';
import { readRealModel, realModelsAreHere } from '../tests/models/folder';

describe.skipIf(!realModelsAreHere)('real models (SHARED_DIR) on cpu', () => {
  useBackend('cpu');

  it.each(realModels)('$name holds and computes what its expected.json says', async (model) => {
    expect(await checkRealModel(model, readRealModel(model.name) ?? [])).toBeLessThanOrEqual(outputTolerance);
  });

  it.each([
    ['tegaki-digits-graphmodel', 'unsupported-format', /TFJS GraphModel, in which the batch-norm layers have been merged/, /\.keras or \.h5/],
    ['burn-mnist-pt-zip', 'unsupported-format', /a network that the studio does not know \(2 batch-norm layers: norm1, norm2\)/, /model\.eval\(\), then torch\.onnx\.export\(model, .*PRESERVE/],
    ['jsgrad-mnist-safetensors', 'unsupported-format', /does not know \(2 batch-norm layers: layers\.4, layers\.10\)/, /torch\.onnx\.export/],
  ])('%s is refused for the right reason', async (name, code, message, remedy) => {
    const opening = openModel(modelFilesOf(readRealModel(name) ?? []));
    const failure = toFailure(await opening.catch((error: unknown) => error));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) as string, remedy: expect.stringMatching(remedy) as string });
  }); // prettier-ignore
});
