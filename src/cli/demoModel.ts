import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs-core';
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { classOf, demoPack, renderSource } from '../data/demo/demoSet';
import { demoNetwork, initialWeights, preprocessing } from '../data/demo/network';
import { taskClasses } from '../data/demo/taskShapes';
import { trainingImages } from '../data/demo/trainingImages';
import { writeLayersModel } from '../formats/models/layersModel/writer';
import type { FileBytes } from '../formats/models/format';
import { registerKernels } from '../kernels/register';
import { trainSource, type LabelledImages, type SourceSettings } from '../method/sourceTraining';
import { createNetwork, readWeights } from '../networks/network';
import { createRng, type Rng } from '../shared/rng';
import { indices } from './demoFiles';

const settings: SourceSettings = {
  seed: demoPack.seed,
  epochs: 10,
  batchSize: 16,
  augmentation: 'cropAndFlip',
  labelSmoothing: 0.1,
  optimizer: 'sgd',
  learningRate: 0.05,
  backboneFactor: 1,
  momentum: 0.9,
  weightDecay: 1e-3,
  schedule: 'inverse',
};

function labelledRenders(share: 'source' | 'validation', count: number, jitter: Rng | null): LabelledImages {
  const rendered = indices(count).map((index) => renderSource(share, index));
  return { images: trainingImages(rendered, jitter), labels: Int32Array.from(rendered, (_, index) => classOf(index)) };
}

/**
 * Renders the RGB images of the demo and trains its source model on them, on one WASM thread.
 *
 * @param report is told what happens, a line at a time
 * @returns the model as `model.json` and `weights.bin`
 */
export async function trainDemoModel(report: (line: string) => void): Promise<readonly FileBytes[]> {
  setWasmPaths(join(process.cwd(), 'node_modules/@tensorflow/tfjs-backend-wasm/dist/'));
  setThreadsCount(1);
  registerKernels('wasm');
  await tf.setBackend('wasm');
  report(`rendering ${demoPack.sourceCount + demoPack.validationCount} RGB images`);
  const train = labelledRenders('source', demoPack.sourceCount, createRng(demoPack.seed));
  const validation = labelledRenders('validation', demoPack.validationCount, null);
  const spec = demoNetwork(taskClasses.length);
  const network = createNetwork(spec, initialWeights(spec, createRng(demoPack.seed)));
  let best = 0;
  for await (const event of trainSource({ network, train, validation, settings })) {
    if (event.kind !== 'epoch') continue;
    if (event.best) best = event.accuracy;
    report(
      `epoch ${event.epoch} of ${settings.epochs}: ${(100 * event.accuracy).toFixed(1)} % of the validation images right`,
    );
  }
  return writeLayersModel([{ spec, weights: await readWeights(network), preprocessing }], {
    mixing: [1],
    classes: taskClasses,
    resize: demoPack.imageSize,
    metadata: { validationAccuracy: best, seed: demoPack.seed },
  });
}
