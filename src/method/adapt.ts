import {
  currentMixing,
  disposeBatch,
  endAdaptation,
  labelsAreDue,
  nextBatch,
  refreshPseudoLabels,
  snapshotOf,
  startAdaptation,
} from './adaptation';
import type { AdaptState, AdaptTask, Adaptation } from './adaptation';
import { learningRateAt } from './schedule';
import { readStatistics, refreshStatistics } from './statistics';
import type { LayerStatistics } from './statistics';
import { applyGradients, computeGradients, disposeGradients } from './step';
import type { StepGradients, TermValues } from './step';
import { nextTick } from './tick';

/** What happened. */
export type AdaptReport =
  | { readonly kind: 'pseudoLabels'; readonly step: number; readonly labels: Int32Array; readonly changedShare: number }
  | {
      readonly kind: 'step';
      /** Steps taken, this one included. */
      readonly step: number;
      readonly steps: number;
      /** Epoch of this step, counted from 1. */
      readonly epoch: number;
      readonly epochs: number;
      readonly terms: TermValues;
      readonly learningRate: number;
      /** Before clipping. */
      readonly gradientNorm: number;
      /** Mixing weights after the step. */
      readonly mixing: readonly number[];
      /** Images that went through each network, pairs included. */
      readonly images: number;
    }
  /** What the batch-norm layers received from the target images of this step: `[source][layer]`. */
  | { readonly kind: 'statistics'; readonly step: number; readonly sources: readonly (readonly LayerStatistics[])[] }
  /** An epoch is over. `snapshot` is valid until the next report is asked for. */
  | {
      readonly kind: 'epoch';
      readonly step: number;
      readonly epoch: number;
      readonly snapshot: () => Promise<AdaptState>;
    };

/**
 * Adapts source models to target images, without source data and without labels.
 *
 * The networks change in place. The same task gives the same run on the same machine and backend. Between steps the
 * event loop gets a turn. Leaving the loop early frees everything and keeps the networks as they are.
 *
 * @throws StudioError `no-images`, `no-pairs`, `bad-setting`, `mismatch` before the first step; `not-finite` when the
 * loss stops being a number: the step that would have done it was not taken.
 */
export async function* adapt(task: AdaptTask): AsyncGenerator<AdaptReport, void, void> {
  const { settings, signal, statisticsEvery = 0 } = task;
  const run = await startAdaptation(task);
  const { steps, stepsPerEpoch } = run.plan;
  try {
    while (run.step < steps) {
      if (signal?.aborted) return;
      if (labelsAreDue(run)) yield { kind: 'pseudoLabels', step: run.step, ...(await refreshPseudoLabels(run)) };
      yield* await advance(run, statisticsEvery > 0 && run.step % statisticsEvery === 0);
      if (run.step % stepsPerEpoch === 0) {
        yield { kind: 'epoch', step: run.step, epoch: run.step / stepsPerEpoch, snapshot: () => snapshotOf(run) };
      }
      await nextTick();
    }
    if (settings.finalStatistics === 'refresh') await refreshStatistics(task.networks, task.target, run.plan.batchSize);
  } finally {
    endAdaptation(run);
  }
}

/** One step. Frees all that it made. */
async function advance(run: Adaptation, observing: boolean): Promise<AdaptReport[]> {
  const batch = await nextBatch(run);
  try {
    const gradients = await computeGradients(run.learner, batch, observing);
    try {
      const taken = await takeStep(run, gradients);
      return observing ? [taken, await statisticsReport(run, gradients)] : [taken];
    } finally {
      disposeGradients(gradients);
    }
  } finally {
    disposeBatch(batch);
  }
}

async function takeStep(run: Adaptation, gradients: StepGradients): Promise<AdaptReport> {
  const { plan, learner, task } = run;
  const learningRate = learningRateAt(task.settings, run.step + 1, plan.steps);
  applyGradients(learner, gradients, learningRate);
  run.step += 1;
  if (learner.mixingTrains) run.raw = [...(await learner.raw.data<'float32'>())];
  return {
    kind: 'step',
    step: run.step,
    steps: plan.steps,
    epoch: Math.ceil(run.step / plan.stepsPerEpoch),
    epochs: task.settings.epochs,
    terms: gradients.terms,
    learningRate,
    gradientNorm: gradients.norm,
    mixing: currentMixing(run),
    images: plan.batchSize + plan.pairBatchSize,
  };
}

async function statisticsReport(run: Adaptation, { statistics }: StepGradients): Promise<AdaptReport> {
  const sources: LayerStatistics[][] = [];
  for (const layers of statistics) sources.push(await readStatistics(layers));
  return { kind: 'statistics', step: run.step, sources };
}
