import type * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from './backend';
import { partsBySize, prepareInPlace, tuplesPerDispatch, type Part } from './inPlace';
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
   * Statements with `@` in the place of the number of the parameter: `p`, `g` (scaled and decayed gradient), `rate` and
   * the numbers are set, `parameter@[i]` and the slots are to be written.
   */
  readonly code: string;
}

const sgd: Rule = {
  name: 'sgd',
  slots: ['velocity'],
  numbers: ['momentum'],
  code: `
    let v = momentum * velocity@[i] + g;
    velocity@[i] = v;
    parameter@[i] = p - rate * (g + momentum * v);`,
};

const adam: Rule = {
  name: 'adam',
  slots: ['first', 'second'],
  numbers: ['beta1', 'fresh1', 'beta2', 'fresh2', 'epsilon'],
  code: `
    let mean = beta1 * first@[i] + fresh1 * g;
    let square = beta2 * second@[i] + fresh2 * g * g;
    first@[i] = mean;
    second@[i] = square;
    parameter@[i] = p - rate * (mean / correction1) / (sqrt(square / correction2) + epsilon);`,
};

const threads = 64;
/** A thread moves about so many elements of the largest parameter. */
const elements = 4;

type Element = Part<Moved>['element'];

const programs = new Map<string, Program>();

/**
 * A loop over each of `count` parameters, one after the other, because their sizes differ: the same threads share the
 * elements of all of them evenly. Nothing but elements is loaded in a loop.
 */
function programOf(rule: Rule, element: Element, count: number): Program {
  const key = `${rule.name} ${element} ${count}`;
  let program = programs.get(key);
  if (!program) {
    const numbered = (names: readonly string[]): string[] =>
      Array.from({ length: count }, (_, at) => names.map((name) => `${name}${at}`)).flat();
    const buffers = (names: readonly string[]): Record<string, Element> =>
      Object.fromEntries(names.map((name) => [name, element]));
    const numbers = ['weightDecay', ...rule.numbers];
    const floats = [...numbers, ...numbered(['rateFactor'])];
    const loop = `
  let size@ = dims.size@;
  let given@ = dims.given@;
  let rate@ = control[0] * dims.rateFactor@;
  for (var i = index; i < size@; i += stride) {
    let p = parameter@[i];
    let g = scale * select(${element}(), gradient@[i], i < given@) + weightDecay * p;
    let rate = rate@;${rule.code}
  }`;
    program = {
      key,
      outputs: buffers(numbered(['parameter', ...rule.slots])),
      inputs: { control: 'f32', ...buffers(numbered(['gradient'])) },
      dims: [...floats, ...numbered(['size', 'given'])],
      floats,
      workgroup: [threads],
      body: `
  if (control[2] == 0.0) { return; }
  let stride = i32(groupCount.x * groupCount.y) * ${threads};
  let scale = control[1];
  let correction1 = control[4];
  let correction2 = control[5];
${numbers.map((name) => `  let ${name} = dims.${name};`).join('\n')}
${Array.from({ length: count }, (_, at) => loop.replaceAll('@', String(at))).join('\n')}`,
    };
    programs.set(key, program);
  }
  return program;
}

function step(
  rule: Rule,
  allMoved: readonly Moved[],
  control: tf.Tensor1D,
  numbers: Readonly<Record<string, number>>,
): void {
  const backend = gpuBackend();
  prepareInPlace(allMoved.flatMap(({ parameter, slots }) => [parameter, ...slots]));
  const count = tuplesPerDispatch(backend, 2 + rule.slots.length);
  for (const { element, items: moved } of partsBySize(allMoved, ({ parameter }) => parameter.size, count)) {
    const sizes = moved.map(({ parameter }) => (element === 'vec4f' ? parameter.size / 4 : parameter.size));
    const perParameter = moved.flatMap(({ gradient, rateFactor }, at) => [
      [`size${at}`, sizes[at]],
      [`given${at}`, gradient ? sizes[at] : 0],
      [`rateFactor${at}`, rateFactor],
    ]);
    dispatch(backend, programOf(rule, element, moved.length), {
      outputs: moved.flatMap(({ parameter, slots }) => [parameter, ...slots]),
      inputs: [control, ...moved.map(({ gradient }) => gradient ?? control)],
      dims: { ...numbers, ...(Object.fromEntries(perParameter) as Record<string, number>) },
      groups: Math.max(1, Math.ceil(Math.max(...sizes) / (threads * elements))),
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
