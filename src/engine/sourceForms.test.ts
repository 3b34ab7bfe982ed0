import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { FileBytes } from '../formats/models/format';
import type { OpenOptions } from '../formats/models/modelFormat';
import { writeOnnx } from '../formats/models/onnx/write';
import { openModel } from '../formats/models/registry';
import type { DroppedFile } from '../shared/images';
import type { RunRecord } from '../shared/runRecord';
import { settingsOf } from '../shared/settings';
import { useBackend } from '../tests/backend';
import { modelFilesOf } from '../tests/models/files';
import { readRealModel } from '../tests/models/folder';
import { createStudioHarness } from '../tests/studioHarness';
import { torchTriple } from '../tests/torchTriple';

const images = join(process.env['SHARED_DIR'] ?? '../shared', 'data/epfl-scenes-nir');
const preprocessing = { mean: [0.45, 0.45, 0.45], std: [0.25, 0.25, 0.25] } as const;

const dropped = ({ path, bytes }: FileBytes): DroppedFile => ({
  path,
  file: new File([new Uint8Array(bytes)], basename(path)),
});

/** Every `step`th file below a folder. */
function filesBelow(folder: string, step: number): DroppedFile[] {
  return readdirSync(join(images, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => statSync(join(images, folder, path)).isFile())
    .sort()
    .filter((_, at) => at % step === 0)
    .map((path) => dropped({ path: `${folder}/${path}`, bytes: readFileSync(join(images, folder, path)) }));
}

/** One short adaptation on real infrared images. */
async function adapt(files: readonly FileBytes[], options: OpenOptions = {}): Promise<RunRecord> {
  const studio = createStudioHarness();
  const { choice, inputSize } = options;
  await studio.handlers['model/open']({ files: files.map(dropped), ...(choice !== undefined && { choice }) });
  if (inputSize) {
    const [height, width] = inputSize;
    await studio.handlers['model/inputSize']({ modelId: 1, height, width });
  }
  await studio.handlers['model/preprocessing']({ modelId: 1, choice: preprocessing });
  await studio.handlers['images/open']({ role: 'pairsRgb', files: filesBelow('irrelevant_rgb', 3) });
  await studio.handlers['images/open']({ role: 'pairsTarget', files: filesBelow('irrelevant_nir', 3) });
  await studio.handlers['images/open']({ role: 'target', files: filesBelow('target_nir', 5) });
  const settings = settingsOf('studio', { epochs: 2, seed: 1 });
  const { runId } = await studio.handlers['run/start']({ preset: 'studio', settings });
  await Promise.race([studio.once('run/finished'), studio.once('run/failed')]);
  return JSON.parse((await studio.handlers['run/record']({ runId })).json) as RunRecord;
}

function numbersOf({ accuracy, steps, evaluations }: RunRecord) {
  return {
    accuracy: Object.values(accuracy).map((value) => value ?? -1),
    steps: steps.rows.flatMap((row) => row.slice(0, 9)).map((value) => value ?? -1),
    confidence: Object.values(evaluations).map(({ meanConfidence }) => meanConfidence),
  };
}

describe.skipIf(!existsSync(images))('one source in three forms, real images (SHARED_DIR)', () => {
  useBackend('wasm');

  it('adapts to the same numbers', async () => {
    const files = modelFilesOf(readRealModel('epfl-scenes-resnet8-s0') ?? []);
    const model = await openModel(files);
    const classes = model.metadata.classes ?? [];
    const layers = numbersOf(await adapt(files));
    const onnx = numbersOf(
      await adapt([writeOnnx({ ...model, preprocessing: { preset: 'own', ...preprocessing } }, { classes })]),
    );
    const torch = numbersOf(await adapt(torchTriple(model), { choice: 'stem:stride2', inputSize: [63, 63] }));
    expect(layers.steps.length).toBeGreaterThan(20);
    for (const key of ['accuracy', 'steps', 'confidence'] as const) {
      expect(onnx[key], `ONNX ${key}`).toBeAllClose(layers[key], { absolute: 1e-3 });
      expect(torch[key], `PyTorch ${key}`).toBeAllClose(layers[key], { absolute: 1e-3 });
    }
  }, 300_000);
});
