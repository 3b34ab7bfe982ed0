import * as tf from '@tensorflow/tfjs-core';
import { loadWeights, parameterGroups, readWeights } from '../networks/network';
import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import type { Settings } from '../shared/settings';
import { createDiscriminator, disposeDiscriminator, readDiscriminator } from './discriminator';
import type { Discriminator, DiscriminatorState } from './discriminator';
import type { LayerMoments } from './losses/statisticsMatching';
import type { MixingForm } from './mixing';
import { activeTerms } from './objective';
import type { TermName } from './objective';
import { createOptimizer, disposeOptimizer, readOptimizer } from './optimizer';
import type { Optimizer, OptimizerState, TrainedVariable } from './optimizer';
import type { StoredStatistics } from './statistics';

/** What learns, and what it is measured against. Owns all its tensors but those of the networks. */
export interface Learner {
  readonly settings: Settings;
  readonly networks: readonly Network[];
  /** Raw mixing parameters w, `[sources]`. */
  readonly raw: tf.Variable<tf.Rank.R1>;
  readonly mixingForm: MixingForm;
  /** Whether w is among the trained variables. */
  readonly mixingTrains: boolean;
  readonly storedMoments: LayerMoments;
  readonly optimizer: Optimizer;
  readonly discriminator: Discriminator | null;
  readonly active: readonly TermName[];
}

/** A learner as plain data. */
export interface LearnerState {
  /** Every parameter and running statistic by name, one record a source. */
  readonly networks: readonly Readonly<Record<string, Float32Array>>[];
  /** w. */
  readonly raw: readonly number[];
  readonly optimizer: OptimizerState;
  readonly discriminator: DiscriminatorState | null;
}

/** Where a learner starts when it does not continue: w = 1 for every source, empty optimizer memory. */
export interface FreshStart {
  readonly raw: readonly number[];
  readonly discriminator: DiscriminatorState | null;
}

export const mixingFormOf = (settings: Settings): MixingForm =>
  settings.statisticsGate === 'sigmoidSum' ? 'released' : 'normalised';

function trainedVariables(networks: readonly Network[], settings: Settings): TrainedVariable[] {
  return networks.flatMap((network, k) => {
    const groups = parameterGroups(network);
    const rateOf = new Map([
      ...groups.backbone.map((name) => [name, settings.backboneFactor] as const),
      ...groups.bottleneck.map((name) => [name, 1] as const),
    ]);
    const names = settings.trainable === 'batchNorm' ? groups.batchNormAffine : [...rateOf.keys()];
    return names.map((name) => {
      const variable = network.parameters.get(name);
      if (variable === undefined) throw new RangeError(`The network has no parameter "${name}".`);
      return { name: `${String(k)}/${name}`, variable, rateFactor: rateOf.get(name) ?? 1 };
    });
  });
}

function checkChannels(stored: readonly (readonly StoredStatistics[])[]): void {
  const channels = stored.map((layers) => layers.map(({ mean }) => mean.length).join());
  if (channels.every((ofSource) => ofSource === channels[0])) return;
  throw new StudioError({
    code: 'mismatch',
    message: 'The source models have different batch-norm layers, so their statistics cannot be mixed layer by layer.',
    remedy: 'Set "Statistics of several sources" to one norm per source, or use models of the same architecture.',
  });
}

/**
 * @param stored statistics of the untouched source models: they stay what the target is matched to.
 * @param from a saved state, or a fresh start with the networks as they are.
 * @throws StudioError `mismatch` when the sources cannot be mixed layer by layer; `bad-setting` when nothing trains.
 */
export function createLearner(
  networks: readonly Network[],
  settings: Settings,
  stored: readonly (readonly StoredStatistics[])[],
  from: LearnerState | FreshStart,
): Learner {
  const spatial = stored.map((layers) => layers.filter((layer) => layer.spatial));
  const spatialLayers = spatial.reduce((sum, layers) => sum + layers.length, 0);
  const active = activeTerms(settings, spatialLayers);
  const mixingForm = mixingFormOf(settings);
  const mixingTrains = settings.trainable === 'encoder' && (networks.length > 1 || mixingForm === 'released');
  const trained = trainedVariables(networks, settings);
  if (active.includes('statistics') && settings.statisticsAggregate === 'perLayer') checkChannels(spatial);
  if (active.length === 0 || trained.length === 0) {
    throw new StudioError({
      code: 'bad-setting',
      message: active.length === 0 ? 'Every term of the objective is off.' : 'The model has nothing that may train.',
      remedy:
        active.length === 0
          ? 'Give at least one term a weight above 0, or use a preset that does not train.'
          : 'Set "What trains" to backbone and bottleneck, or use a model with batch-norm layers.',
    });
  }
  const saved = 'networks' in from ? from : null;
  saved?.networks.forEach((weights, k) => {
    const network = networks[k];
    if (network) loadWeights(network, new Map(Object.entries(weights)));
  });
  const raw = tf.tidy(() => tf.variable(tf.tensor1d([...from.raw])));
  if (mixingTrains) trained.push({ name: 'mixing', variable: raw, rateFactor: 1 });
  return {
    settings,
    networks,
    raw,
    mixingForm,
    mixingTrains,
    storedMoments: spatial.map((layers) =>
      layers.map(({ mean, variance }) => ({
        mean: tf.tensor1d(mean.slice()),
        variance: tf.tensor1d(variance.slice()),
      })),
    ),
    optimizer: createOptimizer(settings, trained, saved?.optimizer),
    discriminator:
      active.includes('discriminator') && from.discriminator ? createDiscriminator(from.discriminator) : null,
    active,
  };
}

export async function readLearner(learner: Learner): Promise<LearnerState> {
  const networks: Record<string, Float32Array>[] = [];
  for (const network of learner.networks) networks.push(Object.fromEntries(await readWeights(network)));
  return {
    networks,
    raw: [...(await learner.raw.data<'float32'>())],
    optimizer: await readOptimizer(learner.optimizer),
    discriminator: learner.discriminator ? await readDiscriminator(learner.discriminator) : null,
  };
}

/** Frees everything but the networks. */
export function disposeLearner(learner: Learner): void {
  learner.raw.dispose();
  tf.dispose(learner.storedMoments.flatMap((layers) => layers.flatMap(({ mean, variance }) => [mean, variance])));
  disposeOptimizer(learner.optimizer);
  if (learner.discriminator) disposeDiscriminator(learner.discriminator);
}
