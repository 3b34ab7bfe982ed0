import * as tf from '@tensorflow/tfjs-core';
import { forward, updateRunningStatistics } from '../networks/forward';
import { loadWeights, parameterGroups, readWeights } from '../networks/network';
import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { ImageSet } from '../shared/imageSet';
import type { Settings } from '../shared/settings';
import { predict } from './evaluate';
import { crossEntropy } from './losses/crossEntropy';
import { accuracyOf, confusionMatrix, topClasses } from './metrics';
import { createOptimizer, disposeOptimizer, stepOptimizer } from './optimizer';
import type { Optimizer } from './optimizer';
import { createSampler, drawTargets, drawView } from './sampling';
import { learningRateAt } from './schedule';
import { disposeStatistics, keepStatistics } from './statistics';
import { nextTick } from './tick';

export interface LabelledImages {
  readonly images: ImageSet;
  /** One class an image, `[0, classes)`. */
  readonly labels: Int32Array;
}

export interface SourceSettings extends Pick<
  Settings,
  | 'seed'
  | 'epochs'
  | 'batchSize'
  | 'augmentation'
  | 'learningRate'
  | 'backboneFactor'
  | 'momentum'
  | 'weightDecay'
  | 'schedule'
  | 'optimizer'
> {
  /** Share of the target spread over all classes; 0.1 in the released code. */
  readonly labelSmoothing: number;
}

/** Ordinary supervised training of a source model. */
export interface SourceTask {
  /** Every parameter trains, the classifier included. Holds the best weights afterwards. */
  readonly network: Network;
  readonly train: LabelledImages;
  /** Decides which epoch's weights are kept. */
  readonly validation: LabelledImages;
  readonly settings: SourceSettings;
}

export type SourceReport =
  | {
      readonly kind: 'step';
      readonly step: number;
      readonly steps: number;
      readonly loss: number;
      readonly learningRate: number;
    }
  /** `best`: this epoch's weights are the ones kept so far (the later of equals). */
  | { readonly kind: 'epoch'; readonly epoch: number; readonly accuracy: number; readonly best: boolean };

/** Backbone at its own rate; bottleneck and classifier at the full one. */
export function createSourceOptimizer(network: Network, settings: SourceSettings): Optimizer {
  const { backbone, bottleneck, classifier } = parameterGroups(network);
  const group = (names: readonly string[], rateFactor: number) =>
    names.flatMap((name) => {
      const variable = network.parameters.get(name);
      return variable ? [{ name, variable, rateFactor }] : [];
    });
  return createOptimizer(settings, [
    ...group(backbone, settings.backboneFactor),
    ...group([...bottleneck, ...classifier], 1),
  ]);
}

/**
 * Label-smoothed cross-entropy of one batch in training mode, and its gradients by parameter name.
 * `move` takes the step; everything is freed after it.
 *
 * @param x `[batch, height, width, channels]` and @param labels `[batch]`.
 */
export async function sourceStep(
  { network, optimizer, smoothing }: { network: Network; optimizer: Optimizer; smoothing: number },
  x: tf.Tensor4D,
  labels: Int32Array,
  move: (gradients: ReadonlyMap<string, tf.Tensor>) => void | Promise<void>,
): Promise<number> {
  let statistics: ReturnType<typeof forward>['statistics'] = [];
  const { value, grads } = tf.variableGrads(
    () => {
      const seen = forward(network, x, { batchNorm: 'batch' });
      statistics = seen.statistics.map(keepStatistics);
      return crossEntropy(seen.logits, tf.tensor1d(labels, 'int32'), smoothing);
    },
    optimizer.variables.map(({ variable }) => variable),
  );
  try {
    const loss = (await value.data<'float32'>())[0] ?? NaN;
    if (!Number.isFinite(loss)) {
      throw new StudioError({
        code: 'not-finite',
        message: 'The loss of the source training stopped being a number.',
        remedy: 'Lower the learning rate.',
      });
    }
    await move(
      new Map(
        optimizer.variables.flatMap(({ name, variable }) => {
          const gradient = grads[variable.name];
          return gradient ? [[name, gradient] as const] : [];
        }),
      ),
    );
    updateRunningStatistics(network, statistics, { unbiased: true });
    return loss;
  } finally {
    value.dispose();
    tf.dispose(grads);
    disposeStatistics(statistics);
  }
}

async function validationAccuracy({ network, validation, settings }: SourceTask): Promise<number> {
  const { probabilities, classCount } = await predict([network], [1], validation.images, settings.batchSize);
  const { predictions } = topClasses(probabilities, classCount);
  return accuracyOf(confusionMatrix(predictions, validation.labels, classCount)) ?? 0;
}

/**
 * Trains a source model: label smoothing, the best weights on the validation images kept as a copy.
 * The same task gives the same model on the same machine and backend.
 *
 * @throws StudioError `not-finite`
 */
export async function* trainSource(task: SourceTask): AsyncGenerator<SourceReport, void, void> {
  const { network, train, settings } = task;
  const sampler = createSampler(settings.seed);
  const optimizer = createSourceOptimizer(network, settings);
  const size = Math.min(settings.batchSize, train.images.count);
  const stepsPerEpoch = Math.ceil(train.images.count / size);
  const steps = settings.epochs * stepsPerEpoch;
  let best = { accuracy: -1, weights: await readWeights(network) };
  try {
    for (let step = 1; step <= steps; step++) {
      const indices = drawTargets(sampler, train.images.count, size, (step - 1) % stepsPerEpoch);
      const pixels = await train.images.read(
        indices.map((index) => ({ index, view: drawView(sampler.rng, settings.augmentation) })),
      );
      const x = tf.tensor4d(pixels, [indices.length, ...train.images.shape]);
      const labels = Int32Array.from(indices, (index) => train.labels[index] ?? 0);
      const learningRate = learningRateAt(settings, step, steps);
      const loss = await sourceStep(
        { network, optimizer, smoothing: settings.labelSmoothing },
        x,
        labels,
        (gradients) => {
          stepOptimizer(optimizer, gradients, learningRate);
        },
      );
      x.dispose();
      yield { kind: 'step', step, steps, loss, learningRate };
      if (step % stepsPerEpoch === 0) {
        const accuracy = await validationAccuracy(task);
        const better = accuracy >= best.accuracy;
        if (better) best = { accuracy, weights: await readWeights(network) };
        yield { kind: 'epoch', epoch: step / stepsPerEpoch, accuracy, best: better };
      }
      await nextTick();
    }
    loadWeights(network, best.weights);
  } finally {
    disposeOptimizer(optimizer);
  }
}
