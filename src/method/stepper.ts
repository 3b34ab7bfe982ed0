import { usesOwnKernels } from '../kernels/webgpu/kernels';
import type { StudioError } from '../shared/failure';
import type { Learner } from './learner';
import { gpuStepper } from './gpuStepper';
import { readStatistics } from './statistics';
import type { LayerStatistics } from './statistics';
import { applyGradients, computeGradients, disposeGradients } from './step';
import type { StepBatch, TermValues } from './step';
import { disposeBatch, uploadBatch } from './stepData';
import type { StepData } from './stepData';

/** What a step was, once it is over. */
export interface TakenStep {
  readonly terms: TermValues;
  /** Of the gradient, before clipping. */
  readonly gradientNorm: number;
  /** w after the step; null where it does not train. */
  readonly raw: readonly number[] | null;
  /** What the batch-norm layers received, `[source][layer]`; null where it was not asked for. */
  readonly statistics: readonly (readonly LayerStatistics[])[] | null;
}

/** Steps that were taken, oldest first, and what kept the one after them (`not-finite`) and all others from it. */
export interface StepResults {
  readonly taken: readonly TakenStep[];
  readonly failure: StudioError | null;
}

/** Takes the steps of a run. */
export interface Stepper {
  /** So many steps may be taken before their results must be asked for. */
  readonly capacity: number;
  /**
   * Takes a step, or sets the GPU to it.
   *
   * @throws StudioError `not-finite`, here or as the `failure` of the results; the step was not taken then.
   * @param observing whether the batch-norm statistics are wanted.
   */
  take(data: StepData, learningRate: number, observing: boolean): Promise<void>;
  /** How the steps since the last call went. */
  results(): Promise<StepResults>;
  dispose(): void;
}

/** One step at a time, each read before it is taken: for every backend. */
function eagerStepper(learner: Learner): Stepper {
  let taken: TakenStep[] = [];
  const take = async (batch: StepBatch, learningRate: number, observing: boolean): Promise<void> => {
    const step = await computeGradients(learner, batch, observing);
    try {
      applyGradients(learner, step, learningRate);
      const statistics: LayerStatistics[][] = [];
      if (observing) for (const layers of step.statistics) statistics.push(await readStatistics(layers));
      const raw = learner.mixingTrains ? [...(await learner.raw.data<'float32'>())] : null;
      taken.push({ terms: step.terms, gradientNorm: step.norm, raw, statistics: observing ? statistics : null });
    } finally {
      disposeGradients(step);
    }
  };
  return {
    capacity: 1,
    async take(data, learningRate, observing) {
      const batch = uploadBatch(data);
      try {
        await take(batch, learningRate, observing);
      } finally {
        disposeBatch(batch);
      }
    },
    results() {
      const results = taken;
      taken = [];
      return Promise.resolve({ taken: results, failure: null });
    },
    dispose: () => undefined,
  };
}

/**
 * The fastest way to take steps on the current backend.
 *
 * @param capacity most steps whose results may be outstanding, where the backend can work ahead.
 */
export function createStepper(learner: Learner, capacity: number): Stepper {
  return usesOwnKernels() ? gpuStepper(learner, capacity) : eagerStepper(learner);
}
