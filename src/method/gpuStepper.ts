import * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from '../kernels/webgpu/backend';
import { createRecorder } from '../kernels/webgpu/recording';
import type { Recording } from '../kernels/webgpu/recording';
import { createRowLog } from '../kernels/webgpu/ring';
import { controlOf, squaredNorms, updateControl } from '../kernels/webgpu/stepControl';
import { readTensors, writeTensor } from '../kernels/webgpu/transfer';
import { updateRunningStatistics } from '../networks/forward';
import type { BatchStatistics } from '../networks/forward';
import { criticRate, stepDiscriminator } from './discriminator';
import type { Learner } from './learner';
import { advanceBetaPowers, stepInPlace } from './optimizer';
import type { Optimizer } from './optimizer';
import { disposeStatistics, statisticsTensors } from './statistics';
import type { LayerStatistics } from './statistics';
import { differentiate, notFinite, termValues } from './step';
import type { StepBatch } from './step';
import { arraysOf, disposeBatch, tensorsOf, uploadBatch } from './stepData';
import type { StepData } from './stepData';
import type { Stepper, StepResults, TakenStep } from './stepper';

/** The numbers that an optimizer's step is taken with, on the GPU: `numbers` are written before it, `control` in it. */
interface OptimizerControl {
  readonly numbers: tf.Tensor1D;
  readonly control: tf.Tensor1D;
}

/** Everything on the GPU that a step reads and changes beside the learner. */
interface StepState {
  readonly learner: Learner;
  readonly inputs: StepBatch;
  readonly main: OptimizerControl;
  readonly critic: OptimizerControl | null;
  /** `[1]`: set by the first step that was not finite; nothing moves from then on. */
  readonly broken: tf.Tensor1D;
  readonly log: ReturnType<typeof createRowLog>;
}

const createControl = (): OptimizerControl => ({ numbers: tf.zeros([3]), control: controlOf({}) });

/** Moves an optimizer's powers on, and writes them and the rate to the GPU. */
function writeNumbers({ numbers }: OptimizerControl, optimizer: Optimizer, learningRate: number): void {
  const [first, second] = advanceBetaPowers(optimizer);
  writeTensor(gpuBackend(), numbers, Float32Array.of(learningRate, 1 - first, 1 - second));
}

/** The whole step: nothing in it is read, decided or drawn by JavaScript. */
function moveOnce(state: StepState, observing: boolean): readonly (readonly BatchStatistics[])[] {
  const { learner, main, critic, broken, log } = state;
  const { total, gradients, kept } = differentiate(learner, state.inputs, observing);
  const statistics = kept.passes.map((pass) => pass.statistics);
  tf.tidy(() => {
    const squaredNorm = squaredNorms([...gradients.values()]);
    const checked = { loss: total, squaredNorm };
    updateControl({ ...main, broken, checked }, learner.settings.gradientClip);
    stepInPlace(learner.optimizer, gradients, main.control);
    learner.networks.forEach((network, k) => {
      for (const layers of kept.passes[k]?.updates ?? []) {
        updateRunningStatistics(network, layers, { unbiased: true, control: main.control });
      }
    });
    if (critic && learner.discriminator && kept.critic) {
      updateControl({ ...critic, broken, checked: null });
      stepDiscriminator(learner.discriminator, ...kept.critic, critic.control);
    }
    const scalars = tf.stack([total, squaredNorm, ...kept.values]);
    log.append(learner.mixingTrains ? tf.concat([scalars, learner.raw]) : scalars);
  });
  tf.dispose([total, ...gradients.values(), ...kept.values, kept.logits, ...(kept.critic ?? [])]);
  const reported = new Set(statistics.flat().flatMap(statisticsTensors));
  const updates = kept.passes.flatMap((pass) => pass.updates).flat();
  tf.dispose(updates.flatMap(statisticsTensors).filter((tensor) => !reported.has(tensor)));
  return statistics;
}

/** A step that has been recorded, and what it leaves behind each time. */
interface RecordedStep {
  readonly recording: Recording;
  readonly statistics: readonly (readonly BatchStatistics[])[];
}

const matchedTensors = (statistics: readonly (readonly BatchStatistics[])[]): tf.Tensor[] =>
  statistics.flat().flatMap(({ matched }) => [matched.mean, matched.variance]);

/** Whether a step measures the statistics anyway, asked or not. */
const alwaysGathers = ({ settings, active }: Learner): boolean =>
  settings.batchNormMode !== 'running' || active.includes('statistics');

/** Copies the statistics to main memory as they are after the commands given so far. */
async function observe(statistics: readonly (readonly BatchStatistics[])[]): Promise<LayerStatistics[][]> {
  const values = await readTensors(gpuBackend(), matchedTensors(statistics));
  let at = 0;
  const next = (): Float32Array => values[at++] ?? new Float32Array();
  return statistics.map((layers) =>
    layers.map(({ layer, spatial, matched }) => ({
      layer,
      spatial,
      count: matched.count,
      mean: next(),
      variance: next(),
    })),
  );
}

function createState(learner: Learner, data: StepData, capacity: number): StepState {
  const columns = 2 + learner.active.length + (learner.mixingTrains ? learner.raw.size : 0);
  return {
    learner,
    inputs: uploadBatch(data),
    main: createControl(),
    critic: learner.discriminator ? createControl() : null,
    broken: tf.zeros([1]),
    log: createRowLog(columns, capacity),
  };
}

function disposeState({ inputs, main, critic, broken, log }: StepState): void {
  disposeBatch(inputs);
  tf.dispose([broken, main.numbers, main.control, ...(critic ? [critic.numbers, critic.control] : [])]);
  log.dispose();
}

/** Writes the inputs of a step over those of the last one. */
function feed({ learner, inputs, main, critic }: StepState, data: StepData, learningRate: number): void {
  const arrays = arraysOf(data);
  tensorsOf(inputs).forEach((tensor, at) => {
    const values = arrays[at];
    if (values) writeTensor(gpuBackend(), tensor, values);
  });
  writeNumbers(main, learner.optimizer, learningRate);
  if (critic && learner.discriminator) writeNumbers(critic, learner.discriminator.optimizer, criticRate);
}

const shapeOf = (data: StepData): string =>
  JSON.stringify([data.target.shape, data.pairs?.target.shape, data.pseudoLabels?.length]);

function toTaken(learner: Learner, row: readonly number[], statistics: LayerStatistics[][] | null): TakenStep {
  const [total = NaN, squaredNorm = NaN, ...rest] = row;
  const values = rest.slice(0, learner.active.length);
  return {
    terms: termValues(learner.active, total, values),
    gradientNorm: Math.sqrt(squaredNorm),
    raw: learner.mixingTrains ? rest.slice(learner.active.length) : null,
    statistics,
  };
}

/** Goes through a step once and forgets it: for finding out which GPU programs it needs. */
export function rehearseStep(learner: Learner, data: StepData): void {
  const state = createState(learner, data, 1);
  try {
    moveOnce(state, false).forEach(disposeStatistics);
  } finally {
    disposeState(state);
  }
}

/** The steps before the first that is not finite. */
function upToFailure(steps: readonly TakenStep[]): StepResults {
  const taken: TakenStep[] = [];
  for (const step of steps) {
    const failure = notFinite(step.terms, step.gradientNorm);
    if (failure) return { taken, failure };
    taken.push(step);
  }
  return { taken, failure: null };
}

/** Steps of one shape. */
interface Track {
  readonly shape: string;
  take(data: StepData, learningRate: number, observing: boolean): void;
  results(): Promise<StepResults>;
  dispose(): void;
}

/** Runs the step in one of three ways: through tfjs the first time, recorded the second, replayed from then on. */
function createRunner(state: StepState) {
  const recorder = createRecorder(gpuBackend());
  const recorded = new Map<boolean, RecordedStep>();
  let rehearsed = false;
  const record = (gather: boolean): RecordedStep => {
    let statistics: RecordedStep['statistics'] = [];
    const { recording } = recorder.record(() => {
      statistics = moveOnce(state, gather);
      return statistics.flat().flatMap(statisticsTensors);
    });
    return { recording, statistics };
  };
  return {
    /** @returns what the step observed, where that is wanted. */
    run(observing: boolean): Promise<LayerStatistics[][] | null> {
      if (!rehearsed) {
        rehearsed = true;
        const statistics = recorder.rehearse(() => moveOnce(state, observing));
        const seen = observing ? observe(statistics) : Promise.resolve(null);
        statistics.forEach(disposeStatistics);
        return seen;
      }
      const gather = observing && !alwaysGathers(state.learner);
      let step = recorded.get(gather);
      if (step) step.recording.replay();
      else recorded.set(gather, (step = record(gather)));
      return observing ? observe(step.statistics) : Promise.resolve(null);
    },
    dispose(): void {
      recorder.dispose();
      for (const { statistics } of recorded.values()) statistics.forEach(disposeStatistics);
    },
  };
}

function createTrack(learner: Learner, first: StepData, capacity: number): Track {
  const state = createState(learner, first, capacity);
  const runner = createRunner(state);
  let observations: Promise<LayerStatistics[][] | null>[] = [];
  return {
    shape: shapeOf(first),
    take(data, learningRate, observing) {
      feed(state, data, learningRate);
      observations.push(runner.run(observing));
    },
    async results() {
      const waiting = observations;
      observations = [];
      if (waiting.length === 0) return { taken: [], failure: null };
      const [rows, statistics] = await Promise.all([state.log.take(waiting.length), Promise.all(waiting)]);
      return upToFailure(rows.map((row, at) => toTaken(learner, row, statistics[at] ?? null)));
    },
    dispose() {
      runner.dispose();
      disposeState(state);
    },
  };
}

/**
 * Steps of which the GPU does everything by itself. The first step goes through tfjs; the second one is recorded; from
 * then on the recorded commands are submitted again with new inputs. The results gather on the GPU until they are
 * asked for, so that JavaScript and the GPU work side by side. A step that is not finite moves nothing, and no step
 * after it does. When the shape of a batch changes, the recording starts anew.
 */
export function gpuStepper(learner: Learner, capacity: number): Stepper {
  let track: Track | null = null;
  let landed: StepResults = { taken: [], failure: null };
  const land = async (): Promise<void> => {
    if (!track || landed.failure) return;
    const { taken, failure } = await track.results();
    landed = { taken: [...landed.taken, ...taken], failure };
  };
  return {
    capacity,
    async take(data, learningRate, observing) {
      if (track && track.shape !== shapeOf(data)) {
        await land();
        track.dispose();
        track = null;
      }
      if (landed.failure) return;
      track ??= createTrack(learner, data, capacity);
      track.take(data, learningRate, observing);
    },
    async results() {
      await land();
      const results = landed;
      landed = { taken: [], failure: null };
      return results;
    },
    dispose: () => track?.dispose(),
  };
}
