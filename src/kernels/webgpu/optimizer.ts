import type * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from './backend';
import { chunks, prepareInPlace, tuplesPerDispatch } from './inPlace';
import type { Program } from './program';
import { dispatch } from './runner';

/** One parameter of a step. All of the same shape, float32. */
export interface Moved {
  /** Changed in place. */
  readonly parameter: tf.Variable;
  /** Null counts as 0. */
  readonly gradient: tf.Tensor | null;
  /** Memory of the rule, changed in place: velocity for SGD, first and second moment for Adam. */
  readonly slots: readonly tf.Variable[];
  /** Multiplies the learning rate. */
  readonly rateFactor: number;
}

/** An update rule as code. */
interface Rule {
  readonly name: string;
  /** Names of the memory tensors. */
  readonly slots: readonly string[];
  /** Numbers of the rule, all of them floats. */
  readonly numbers: readonly string[];
  /**
   * Statements with `@` in the place of the number of the parameter: `p`, `g` (scaled and decayed gradient) and `rate`
   * are set, `parameter@[i]` and the slots are to be written.
   */
  readonly code: string;
}

const sgd: Rule = {
  name: 'sgd',
  slots: ['velocity'],
  numbers: ['momentum'],
  code: `
    let v = dims.momentum * velocity@[i] + g;
    velocity@[i] = v;
    parameter@[i] = p - rate * (g + dims.momentum * v);`,
};

const adam: Rule = {
  name: 'adam',
  slots: ['first', 'second'],
  numbers: ['beta1', 'fresh1', 'beta2', 'fresh2', 'epsilon'],
  code: `
    let mean = dims.beta1 * first@[i] + dims.fresh1 * g;
    let square = dims.beta2 * second@[i] + dims.fresh2 * g * g;
    first@[i] = mean;
    second@[i] = square;
    parameter@[i] = p - rate * (mean / control[4]) / (sqrt(square / control[5]) + dims.epsilon);`,
};

const threads = 64;
/** A thread moves about so many elements of the largest parameter. */
const elements = 4;

const programs = new Map<string, Program>();

/**
 * A loop over each of `count` parameters, one after the other, because their sizes differ: the same threads share the
 * elements of all of them evenly.
 */
function programOf(rule: Rule, count: number): Program {
  const key = `${rule.name}${count}`;
  let program = programs.get(key);
  if (!program) {
    const numbered = (names: readonly string[]): string[] =>
      Array.from({ length: count }, (_, at) => names.map((name) => `${name}${at}`)).flat();
    const buffers = (names: readonly string[]): Record<string, 'f32'> =>
      Object.fromEntries(names.map((name) => [name, 'f32']));
    const floats = ['weightDecay', ...rule.numbers, ...numbered(['rateFactor'])];
    const loop = `
  for (var i = index; i < dims.size@; i += stride) {
    let p = parameter@[i];
    let g = control[1] * select(0.0, gradient@[i], i < dims.given@) + dims.weightDecay * p;
    let rate = control[0] * dims.rateFactor@;${rule.code}
  }`;
    program = {
      key,
      outputs: buffers(numbered(['parameter', ...rule.slots])),
      inputs: buffers(['control', ...numbered(['gradient'])]),
      dims: [...floats, ...numbered(['size', 'given'])],
      floats,
      workgroup: [threads],
      body: `
  if (control[2] == 0.0) { return; }
  let stride = i32(groupCount.x * groupCount.y) * ${threads};
${Array.from({ length: count }, (_, at) => loop.replaceAll('@', String(at))).join('\n')}`,
    };
    programs.set(key, program);
  }
  return program;
}

function step(
  rule: Rule,
  moved: readonly Moved[],
  control: tf.Tensor1D,
  numbers: Readonly<Record<string, number>>,
): void {
  const backend = gpuBackend();
  prepareInPlace(moved.flatMap(({ parameter, slots }) => [parameter, ...slots]));
  for (const part of chunks(moved, tuplesPerDispatch(backend, 2 + rule.slots.length))) {
    const perParameter = part.flatMap(({ parameter: { size }, gradient, rateFactor }, at) => [
      [`size${at}`, size],
      [`given${at}`, gradient ? size : 0],
      [`rateFactor${at}`, rateFactor],
    ]);
    dispatch(backend, programOf(rule, part.length), {
      outputs: part.flatMap(({ parameter, slots }) => [parameter, ...slots]),
      inputs: [control, ...part.map(({ gradient }) => gradient ?? control)],
      dims: { ...numbers, ...(Object.fromEntries(perParameter) as Record<string, number>) },
      groups: Math.max(1, Math.ceil(Math.max(...part.map(({ parameter }) => parameter.size)) / (threads * elements))),
    });
  }
}

/**
 * One step of stochastic gradient descent with Nesterov momentum for many parameters, in place; the formula is that of
 * `sgdStep`. Learning rate, gradient scale and whether anything moves come from the GPU.
 *
 * @param control see `stepControl.ts`.
 */
export function sgdInPlace(
  moved: readonly Moved[],
  control: tf.Tensor1D,
  numbers: { readonly momentum: number; readonly weightDecay: number },
): void {
  const { momentum, weightDecay } = numbers;
  step(sgd, moved, control, { momentum, weightDecay });
}

/** One step of Adam for many parameters, in place; the formula is that of `adamStep`. Else as {@link sgdInPlace}. */
export function adamInPlace(
  moved: readonly Moved[],
  control: tf.Tensor1D,
  numbers: { readonly beta1: number; readonly beta2: number; readonly epsilon: number; readonly weightDecay: number },
): void {
  const { beta1, beta2, epsilon, weightDecay } = numbers;
  step(adam, moved, control, { beta1, fresh1: 1 - beta1, beta2, fresh2: 1 - beta2, epsilon, weightDecay });
}
