import * as tf from '@tensorflow/tfjs-core';
import { adamStep, sgdStep } from '../kernels/optimizerSteps';
import { usesOwnKernels } from '../kernels/webgpu/kernels';
import { adamInPlace, sgdInPlace } from '../kernels/webgpu/optimizer';
import { controlOf } from '../kernels/webgpu/stepControl';
import type { Settings } from '../shared/settings';

export interface OptimizerSettings extends Pick<Settings, 'optimizer' | 'momentum' | 'weightDecay'> {
  /** Decay of Adam's second moment; 0.999 unless given. */
  readonly beta2?: number;
}

/** A variable that trains. */
export interface TrainedVariable {
  /** Unique among the trained variables: `0/conv1/kernel`. */
  readonly name: string;
  readonly variable: tf.Variable;
  /** Multiplies the learning rate of the step. */
  readonly rateFactor: number;
}

/** Update rule with its memory: velocity for SGD, first and second moment for Adam, in this order. */
export interface Optimizer {
  readonly settings: OptimizerSettings;
  readonly variables: readonly TrainedVariable[];
  readonly slots: ReadonlyMap<string, readonly tf.Variable[]>;
  /** `beta ^ steps taken`, for Adam. */
  readonly betaPowers: [number, number];
}

/** The memory of an optimizer as plain data: loading it continues bit for bit. */
export interface OptimizerState {
  readonly slots: Readonly<Record<string, readonly Float32Array[]>>;
  readonly betaPowers: readonly [number, number];
}

const defaultBeta2 = 0.999;

/** Adam's guard against division by 0. */
const adamEpsilon = 1e-8;

const slotCount = { sgd: 1, adam: 2 } as const satisfies Record<Settings['optimizer'], number>;

/** An optimizer with empty memory, or one that continues from a saved state. */
export function createOptimizer(
  settings: OptimizerSettings,
  variables: readonly TrainedVariable[],
  from?: OptimizerState,
): Optimizer {
  const slots = new Map(
    variables.map(({ name, variable }) => {
      const saved = from?.slots[name];
      const ofVariable = Array.from({ length: slotCount[settings.optimizer] }, (_, slot) =>
        tf.tidy(() => {
          const values = saved?.[slot];
          return tf.variable(values ? tf.tensor(values.slice(), variable.shape) : tf.zeros(variable.shape));
        }),
      );
      return [name, ofVariable] as const;
    }),
  );
  return { settings, variables, slots, betaPowers: [...(from?.betaPowers ?? [1, 1])] };
}

/** Multiplies the powers of Adam's decays by one step more, and returns them. */
export function advanceBetaPowers({ settings, betaPowers }: Optimizer): readonly [number, number] {
  betaPowers[0] *= settings.momentum;
  betaPowers[1] *= settings.beta2 ?? defaultBeta2;
  return betaPowers;
}

/**
 * Moves every trained variable once, on WebGPU with our own kernels: {@link stepOptimizer} with the numbers of the step
 * on the GPU. Variables and memory keep their buffers; `betaPowers` stay as they are, `control` has them.
 *
 * @param control `[8]`, see `stepControl.ts`.
 */
export function stepInPlace(
  { settings, variables, slots }: Optimizer,
  gradients: ReadonlyMap<string, tf.Tensor>,
  control: tf.Tensor1D,
): void {
  const { momentum, weightDecay, beta2 = defaultBeta2 } = settings;
  const moved = variables.map(({ name, variable, rateFactor }) => ({
    parameter: variable,
    gradient: gradients.get(name) ?? null,
    slots: slots.get(name) ?? [],
    rateFactor,
  }));
  if (settings.optimizer === 'sgd') sgdInPlace(moved, control, { momentum, weightDecay });
  else adamInPlace(moved, control, { beta1: momentum, beta2, epsilon: adamEpsilon, weightDecay });
}

/** Moves every trained variable once, on the other backends. */
function stepReplacing(
  { settings, variables, slots, betaPowers }: Optimizer,
  gradients: ReadonlyMap<string, tf.Tensor>,
  learningRate: number,
  gradientScale: number,
): void {
  const { momentum, weightDecay, beta2 = defaultBeta2 } = settings;
  const [beta1Power, beta2Power] = betaPowers;
  for (const { name, variable, rateFactor } of variables) {
    tf.tidy(() => {
      const gradient = gradients.get(name) ?? tf.zeros(variable.shape);
      const [first, second] = slots.get(name) ?? [];
      const rate = { learningRate: learningRate * rateFactor, weightDecay, gradientScale };
      if (first !== undefined && second !== undefined) {
        const betas = { beta1: momentum, beta2, beta1Power, beta2Power };
        adamStep(variable, gradient, first, second, { ...rate, ...betas, epsilon: adamEpsilon });
      } else if (first !== undefined) {
        sgdStep(variable, gradient, first, { ...rate, momentum });
      }
    });
  }
}

/**
 * Moves every trained variable once. PyTorch's SGD (Nesterov, weight decay on everything) or Adam.
 *
 * @param gradients by the name of the trained variable; a missing one counts as 0, and weight decay still acts.
 * @param gradientScale multiplies all gradients, for clipping.
 */
export function stepOptimizer(
  optimizer: Optimizer,
  gradients: ReadonlyMap<string, tf.Tensor>,
  learningRate: number,
  gradientScale = 1,
): void {
  const betaPowers = advanceBetaPowers(optimizer);
  if (!usesOwnKernels()) {
    stepReplacing(optimizer, gradients, learningRate, gradientScale);
    return;
  }
  const control = controlOf({ learningRate, gradientScale, betaPowers });
  stepInPlace(optimizer, gradients, control);
  control.dispose();
}

export async function readOptimizer(optimizer: Optimizer): Promise<OptimizerState> {
  const slots: Record<string, Float32Array[]> = {};
  for (const [name, ofVariable] of optimizer.slots) {
    slots[name] = await Promise.all(ofVariable.map(async (slot) => (await slot.data<'float32'>()).slice()));
  }
  return { slots, betaPowers: [...optimizer.betaPowers] };
}

export function disposeOptimizer(optimizer: Optimizer): void {
  for (const ofVariable of optimizer.slots.values()) tf.dispose([...ofVariable]);
}
