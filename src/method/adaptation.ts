import type { Network } from '../networks/network';
import { StudioError } from '../shared/failure';
import { centerView } from '../shared/imageSet';
import type { ImageSet, PairSet } from '../shared/imageSet';
import type { Settings } from '../shared/settings';
import { initialDiscriminator } from './discriminator';
import { mixLogits, observeImages } from './evaluate';
import { createLearner, disposeLearner, readLearner } from './learner';
import type { Learner, LearnerState } from './learner';
import { mixingOf } from './mixing';
import { isNeeded } from './objective';
import { drawPairViews, gatherSourceFeatures, sourcePairFeatures } from './pairViews';
import type { SourcePairFeatures } from './pairViews';
import { argmaxRows, buildBank, pseudoLabels } from './pseudoLabels';
import type { PseudoLabelBank } from './pseudoLabels';
import {
  createSampler,
  drawPairs,
  drawTargets,
  drawView,
  readSampler,
  upcomingPairs,
  upcomingTargets,
} from './sampling';
import type { Sampler, SamplerState } from './sampling';
import { readStored } from './statistics';
import type { StoredStatistics } from './statistics';
import type { StepData } from './stepData';
import { createStepper } from './stepper';
import type { Stepper } from './stepper';

/** Batches that are announced before they are read: enough to even out slow files. */
const batchesAhead = 4;

/** What is to be adapted, to what, and how. There is no way in for labels. */
export interface AdaptTask {
  /** The source models, one or more; changed in place. */
  readonly networks: readonly Network[];
  /** Unlabelled target images, at least two. */
  readonly target: ImageSet;
  /** Needed by the settings that match pairs. */
  readonly pairs: PairSet | null;
  readonly settings: Settings;
  /** Continues bit for bit where a snapshot was taken; the weights in `networks` are then overwritten. */
  readonly resumeFrom?: AdaptState;
  /** Ends the run after the current step; the networks keep the state of that moment. */
  readonly signal?: AbortSignal;
  /** Reports the batch statistics every so many steps; 0 (default) never. */
  readonly statisticsEvery?: number;
  /**
   * Most steps that may be under way before they are reported, where the backend can work ahead; 1 (default) reports
   * each step before the next begins. No influence on what is computed.
   */
  readonly stepsAhead?: number;
  /** Milliseconds from any fixed moment, to tell how long steps wait for their images; without it they tell 0. */
  readonly now?: () => number;
}

/** Everything that the next step depends on, as plain data. */
export interface AdaptState {
  /** Steps taken. */
  readonly step: number;
  readonly learner: LearnerState;
  readonly sampler: SamplerState;
  readonly bank: PseudoLabelBank | null;
  /** Of the untouched source models. */
  readonly stored: readonly (readonly StoredStatistics[])[];
  readonly pairFeatures: SourcePairFeatures | null;
}

/** Lengths of a run. */
export interface Plan {
  readonly stepsPerEpoch: number;
  readonly steps: number;
  /** Target images in a step. */
  readonly batchSize: number;
  /** Pairs in a step; 0 when they take no part. */
  readonly pairBatchSize: number;
  /** Steps between two refreshes of the pseudo-labels. */
  readonly refreshEvery: number;
}

/** A run in progress. */
export interface Adaptation {
  readonly task: AdaptTask;
  readonly plan: Plan;
  readonly learner: Learner;
  readonly stepper: Stepper;
  readonly sampler: Sampler;
  readonly stored: readonly (readonly StoredStatistics[])[];
  readonly pairFeatures: SourcePairFeatures | null;
  bank: PseudoLabelBank | null;
  /** Steps taken. */
  step: number;
  /** w, as it is after the last step. */
  raw: readonly number[];
}

/**
 * How long a run is.
 *
 * @throws StudioError `no-images` for fewer than two target images; `no-pairs` when pairs are needed and there are none.
 */
export function planRun(settings: Settings, targetImages: number, pairs: number): Plan {
  if (targetImages < 2) {
    throw new StudioError({
      code: 'no-images',
      message: `Adaptation needs at least two target images; there ${targetImages === 1 ? 'is one' : 'are none'}.`,
      remedy: 'Add target images.',
    });
  }
  const usesPairs = settings.pairWeight > 0 || settings.discriminatorWeight > 0;
  if (usesPairs && pairs < 1) {
    throw new StudioError({
      code: 'no-pairs',
      message: 'Pair matching is on, but there is no pair of images.',
      remedy: 'Add paired RGB and target images with the same file names, or set the weights that use pairs to 0.',
    });
  }
  const batchSize = Math.min(settings.batchSize, targetImages);
  const stepsPerEpoch = Math.ceil(targetImages / batchSize);
  const steps = settings.epochs * stepsPerEpoch;
  const refreshes = settings.refreshesPerRun === 0 ? settings.epochs : settings.refreshesPerRun;
  return {
    stepsPerEpoch,
    steps,
    batchSize,
    pairBatchSize: usesPairs ? Math.max(2, Math.min(settings.pairBatchSize, pairs)) : 0,
    refreshEvery: Math.max(1, Math.floor(steps / refreshes)),
  };
}

async function startSource(
  task: AdaptTask,
  plan: Plan,
  sampler: Sampler,
): Promise<Pick<AdaptState, 'stored' | 'pairFeatures'>> {
  if (task.resumeFrom) return task.resumeFrom;
  const stored = await Promise.all(task.networks.map(readStored));
  const pairFeatures =
    task.pairs && plan.pairBatchSize > 0
      ? await sourcePairFeatures(task.networks, task.pairs.source, task.settings, sampler.rng, plan.batchSize)
      : null;
  return { stored, pairFeatures };
}

/** Checks the task, looks at the source models while they are untouched, and sets everything up. */
export async function startAdaptation(task: AdaptTask): Promise<Adaptation> {
  const { networks, settings, resumeFrom } = task;
  const plan = planRun(settings, task.target.count, task.pairs?.source.count ?? 0);
  const sampler = createSampler(resumeFrom?.sampler ?? settings.seed);
  const { stored, pairFeatures } = await startSource(task, plan, sampler);
  const featureCount = pairFeatures?.[0]?.[0]?.columns;
  const fresh = () => ({
    raw: networks.map(() => 1),
    discriminator:
      settings.discriminatorWeight > 0 && featureCount ? initialDiscriminator(featureCount, sampler.rng) : null,
  });
  const learner = createLearner(networks, settings, stored, resumeFrom?.learner ?? fresh());
  return {
    task,
    plan,
    learner,
    // The labels of a step depend on the mixing weights of the step before where these train.
    stepper: createStepper(learner, learner.mixingTrains ? 1 : (task.stepsAhead ?? 1)),
    sampler,
    stored,
    pairFeatures,
    bank: resumeFrom?.bank ?? null,
    step: resumeFrom?.step ?? 0,
    raw: resumeFrom?.learner.raw ?? networks.map(() => 1),
  };
}

/** Mixing weights as they are now. */
export const currentMixing = (run: Adaptation): number[] => mixingOf(run.raw, run.learner.mixingForm);

export const labelsAreDue = ({ step, plan, learner }: Adaptation): boolean =>
  isNeeded('pseudoLabels', learner.active) && step % plan.refreshEvery === 0;

/**
 * Renews the pseudo-labels from all target images, with running statistics.
 *
 * @returns the label of every target image, and the share that changed since the last refresh (the first time: that
 * differs from the most probable class).
 */
export async function refreshPseudoLabels(run: Adaptation): Promise<{ labels: Int32Array; changedShare: number }> {
  const { task, sampler, plan } = run;
  const { settings, target, networks } = task;
  const everyImage = Array.from({ length: target.count }, (_, index) => index);
  const view = () =>
    settings.pseudoLabelView === 'random' ? drawView(sampler.rng, settings.augmentation) : centerView;
  const requests = everyImage.map((index) => ({ index, view: view() }));
  const predictions = await observeImages(networks, target, requests, plan.batchSize);
  const mixing = currentMixing(run);
  const before = run.bank ? pseudoLabels(run.bank, mixing, everyImage) : argmaxRows(mixLogits(predictions, mixing));
  run.bank = buildBank(predictions, settings);
  const labels = pseudoLabels(run.bank, mixing, everyImage);
  return { labels, changedShare: labels.filter((label, index) => label !== before[index]).length / labels.length };
}

/** The data of a step, and the milliseconds that it waited for its images. */
export interface DrawnStep {
  readonly data: StepData;
  readonly imageWait: number;
}

/** Draws and reads the images of the next step, and says which ones the steps after it will read. */
export async function drawStep(run: Adaptation): Promise<DrawnStep> {
  const { task, plan, sampler, bank } = run;
  const { settings, target, now = () => 0 } = task;
  const position = run.step % plan.stepsPerEpoch;
  const indices = drawTargets(sampler, target.count, plan.batchSize, position);
  const requests = indices.map((index) => ({ index, view: drawView(sampler.rng, settings.augmentation) }));
  target.expect?.([...indices, ...upcomingTargets(sampler, plan.batchSize, position, batchesAhead)]);
  const started = now();
  const pairs = await drawPairsOf(run);
  const values = await target.read(requests);
  return {
    data: {
      target: { values, shape: [indices.length, ...target.shape] },
      pseudoLabels: bank && pseudoLabels(bank, currentMixing(run), indices),
      pairs,
    },
    imageWait: now() - started,
  };
}

async function drawPairsOf({ task, plan, sampler, pairFeatures }: Adaptation): Promise<StepData['pairs']> {
  const { pairs, settings } = task;
  if (!pairs || !pairFeatures) return null;
  const drawn = drawPairs(sampler, pairs.target.count, plan.pairBatchSize, settings.pairSampling);
  const draws = drawPairViews(drawn, settings, sampler.rng);
  pairs.target.expect?.([...drawn, ...upcomingPairs(sampler, plan.pairBatchSize, batchesAhead)]);
  const values = await pairs.target.read(draws.map(({ pair, targetView }) => ({ index: pair, view: targetView })));
  return {
    target: { values, shape: [draws.length, ...pairs.target.shape] },
    sourceFeatures: gatherSourceFeatures(pairFeatures, draws),
  };
}

/** The run as plain data. Take it between two steps. */
export async function snapshotOf(run: Adaptation): Promise<AdaptState> {
  return {
    step: run.step,
    learner: await readLearner(run.learner),
    sampler: readSampler(run.sampler),
    bank: run.bank,
    stored: run.stored,
    pairFeatures: run.pairFeatures,
  };
}

export function endAdaptation(run: Adaptation): void {
  run.stepper.dispose();
  disposeLearner(run.learner);
}
