import {
  currentMixing,
  drawStep,
  endAdaptation,
  labelsAreDue,
  refreshPseudoLabels,
  snapshotOf,
  startAdaptation,
} from './adaptation';
import type { AdaptState, AdaptTask, Adaptation } from './adaptation';
import { learningRateAt } from './schedule';
import { refreshStatistics } from './statistics';
import type { LayerStatistics } from './statistics';
import type { TermValues } from './step';
import type { TakenStep } from './stepper';
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
      /** Milliseconds that the step waited for its images; 0 without a clock. */
      readonly imageWait: number;
      /** Steps whose results came together with this one's and are reported after it. */
      readonly following: number;
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
 * The networks change in place. The same task gives the same run on the same machine and backend. Whenever steps have
 * been reported the event loop gets a turn. Leaving the loop early frees everything and keeps the networks as they are.
 *
 * @throws StudioError `no-images`, `no-pairs`, `bad-setting`, `mismatch` before the first step; `not-finite` when the
 * loss stops being a number: the step that would have done it was not taken.
 */
export async function* adapt(task: AdaptTask): AsyncGenerator<AdaptReport, void, void> {
  const { settings, signal, statisticsEvery = 0 } = task;
  const run = await startAdaptation(task);
  const { steps, stepsPerEpoch } = run.plan;
  const underWay: StepUnderWay[] = [];
  try {
    while (run.step < steps) {
      if (signal?.aborted) return yield* land(run, underWay);
      if (labelsAreDue(run)) yield { kind: 'pseudoLabels', step: run.step, ...(await refreshPseudoLabels(run)) };
      underWay.push(await setOff(run, statisticsEvery > 0 && run.step % statisticsEvery === 0));
      const epochEnds = run.step % stepsPerEpoch === 0;
      if (!epochEnds && !labelsAreDue(run) && underWay.length < run.stepper.capacity) continue;
      yield* land(run, underWay);
      if (epochEnds) {
        yield { kind: 'epoch', step: run.step, epoch: run.step / stepsPerEpoch, snapshot: () => snapshotOf(run) };
      }
      await nextTick();
    }
    if (settings.finalStatistics === 'refresh') await refreshStatistics(task.networks, task.target, run.plan.batchSize);
  } finally {
    endAdaptation(run);
  }
}

/** A step whose results have not been read yet. */
interface StepUnderWay {
  readonly step: number;
  readonly learningRate: number;
  readonly imageWait: number;
}

/** Takes the next step, or sets the GPU to it. */
async function setOff(run: Adaptation, observing: boolean): Promise<StepUnderWay> {
  const learningRate = learningRateAt(run.task.settings, run.step + 1, run.plan.steps);
  const { data, imageWait } = await drawStep(run);
  await run.stepper.take(data, learningRate, observing);
  run.step += 1;
  return { step: run.step, learningRate, imageWait };
}

/** Waits for the steps under way and reports them. */
async function* land(run: Adaptation, underWay: StepUnderWay[]): AsyncGenerator<AdaptReport, void, void> {
  const { taken, failure } = await run.stepper.results();
  for (const [at, underWayStep] of underWay.splice(0).entries()) {
    const result = taken[at];
    if (!result) break;
    if (result.raw) run.raw = result.raw;
    const { step } = underWayStep;
    yield { ...stepReport(run, result, underWayStep), following: taken.length - at - 1 };
    if (result.statistics) yield { kind: 'statistics', step, sources: result.statistics };
  }
  if (failure) throw failure;
}

type StepReport = Extract<AdaptReport, { kind: 'step' }>;

function stepReport(
  run: Adaptation,
  { terms, gradientNorm }: TakenStep,
  { step, learningRate, imageWait }: StepUnderWay,
): Omit<StepReport, 'following'> {
  const { plan, task } = run;
  return {
    kind: 'step',
    step,
    steps: plan.steps,
    epoch: Math.ceil(step / plan.stepsPerEpoch),
    epochs: task.settings.epochs,
    terms,
    learningRate,
    gradientNorm,
    mixing: currentMixing(run),
    images: plan.batchSize + plan.pairBatchSize,
    imageWait,
  };
}
