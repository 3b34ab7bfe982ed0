import * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from '../kernels/webgpu/backend';
import { compilePrograms } from '../kernels/webgpu/compile';
import { usesOwnKernels } from '../kernels/webgpu/kernels';
import { forward } from '../networks/forward';
import type { Network } from '../networks/network';
import { createRng } from '../shared/rng';
import type { Settings } from '../shared/settings';
import type { Plan } from './adaptation';
import { initialDiscriminator } from './discriminator';
import { rehearseStep } from './gpuStepper';
import { createLearner, disposeLearner } from './learner';
import { isNeeded } from './objective';
import type { StoredStatistics } from './statistics';
import type { StepData } from './stepData';

/** What a run will do, as far as it decides about the GPU programs. */
export interface CompileTask {
  readonly networks: readonly Network[];
  readonly stored: readonly (readonly StoredStatistics[])[];
  readonly settings: Settings;
  readonly plan: Pick<Plan, 'batchSize' | 'pairBatchSize'>;
  /** `[height, width, channels]` */
  readonly imageShape: readonly [number, number, number];
  /** Whether steps are taken, or images only passed through. */
  readonly trains: boolean;
}

function blankData(
  { networks, settings, plan, imageShape }: CompileTask,
  featureCount: number,
  labels: boolean,
): StepData {
  const blank = (count: number): StepData['target'] => ({
    values: new Float32Array(count * imageShape.reduce((a, b) => a * b, 1)),
    shape: [count, ...imageShape],
  });
  const rows = plan.pairBatchSize;
  const matrix = { rows, columns: featureCount, values: new Float32Array(rows * featureCount) };
  const usesPairs = settings.pairWeight > 0 || settings.discriminatorWeight > 0;
  return {
    target: blank(plan.batchSize),
    pseudoLabels: labels ? new Int32Array(plan.batchSize) : null,
    pairs: usesPairs ? { target: blank(rows), sourceFeatures: networks.map(() => matrix) } : null,
  };
}

/** Goes through a step; the networks stay as they are because nothing is computed. */
function goThroughStep(task: CompileTask): void {
  const { networks, settings, stored } = task;
  const [first] = networks;
  if (!first) return;
  const featureCount = tf.util.sizeFromShape([
    ...(first.spec.nodes.find(({ name }) => name === first.spec.features)?.outputShape ?? []),
  ]);
  const rng = createRng(0);
  const discriminator = settings.discriminatorWeight > 0 ? initialDiscriminator(featureCount, rng) : null;
  const learner = createLearner(networks, settings, stored, { raw: networks.map(() => 1), discriminator });
  try {
    rehearseStep(learner, blankData(task, featureCount, isNeeded('pseudoLabels', learner.active)));
  } finally {
    disposeLearner(learner);
  }
}

/**
 * Compiles all GPU programs of a run ahead of it: the drivers' compilers take seconds for a network, and would take
 * them in the middle of the first step. Does nothing on the other backends.
 *
 * @param onProgress told how many of all programs are ready.
 * @throws StudioError as the start of the run would, where the settings do not fit the networks.
 */
export async function compileRun(task: CompileTask, onProgress: (done: number, all: number) => void): Promise<void> {
  if (!usesOwnKernels()) return;
  const { networks, plan, imageShape, trains } = task;
  const work = (): void => {
    tf.tidy(() => {
      const x = tf.zeros<tf.Rank.R4>([plan.batchSize, ...imageShape]);
      for (const network of networks) {
        forward(network, x, { batchNorm: 'running' });
        forward(network, x, { batchNorm: 'batch' });
      }
    });
    if (trains) goThroughStep(task);
  };
  await compilePrograms(gpuBackend(), work, onProgress);
}
