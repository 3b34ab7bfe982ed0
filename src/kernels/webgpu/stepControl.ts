import * as tf from '@tensorflow/tfjs-core';
import { allocate, gpuBackend } from './backend';
import { partsBySize, tuplesPerDispatch, type Part } from './inPlace';
import type { Program } from './program';
import { dispatch } from './runner';

/*
 * The numbers of a step, kept on the GPU so that the commands of a step are the same each time:
 *
 *     control = [learning rate, gradient scale, go, gradient norm, 1 - beta1^t, 1 - beta2^t, 0, 0]
 *
 * Where `go` is 0 nothing moves.
 */

/** What a step needs beside the tensors. */
export interface ControlNumbers {
  readonly learningRate?: number;
  /** Multiplies every gradient (clipping). */
  readonly gradientScale?: number;
  /** `beta ^ steps` of this step, for Adam. */
  readonly betaPowers?: readonly [number, number];
}

/** A control tensor `[8]` that lets the step go. */
export function controlOf({ learningRate = 0, gradientScale = 1, betaPowers = [1, 1] }: ControlNumbers): tf.Tensor1D {
  return tf.tensor1d([learningRate, gradientScale, 1, 0, 1 - betaPowers[0], 1 - betaPowers[1], 0, 0]);
}

type Element = Part<tf.Tensor>['element'];

const normThreads = 64;
/** A thread sums up so many elements of the largest tensor, where the tensor is not so large that it must be more. */
const normElements = 16;
const mostNormGroups = 256;

const normPrograms = new Map<string, Program>();

/** `partials[first + thread]` = sum of squares of the thread's elements of `count` tensors. */
function normProgram(element: Element, count: number): Program {
  const key = `squaredNorm ${element} ${count}`;
  let program = normPrograms.get(key);
  if (!program) {
    const tensors = Array.from({ length: count }, (_, at) => at);
    const square = element === 'vec4f' ? 'dot(v, v)' : 'v * v';
    const loop = `  for (var i = index; i < dims.size@; i += stride) { let v = x@[i]; sum += ${square}; }`;
    program = {
      key,
      outputs: { partials: 'f32' },
      inputs: Object.fromEntries(tensors.map((at) => [`x${at}`, element])),
      dims: ['first', ...tensors.map((at) => `size${at}`)],
      workgroup: [normThreads],
      body: `
  let stride = i32(groupCount.x) * ${normThreads};
  var sum = 0.0;
${tensors.map((at) => loop.replaceAll('@', String(at))).join('\n')}
  partials[dims.first + index] = sum;`,
    };
    normPrograms.set(key, program);
  }
  return program;
}

const finishThreads = 256;

const finishProgram: Program = {
  key: 'sumOfPartials',
  outputs: { total: 'f32' },
  inputs: { partials: 'f32' },
  dims: ['count'],
  workgroup: [finishThreads],
  declarations: `var<workgroup> sums: array<f32, ${finishThreads}>;`,
  body: `
  var sum = 0.0;
  for (var i = local; i < dims.count; i += ${finishThreads}) { sum += partials[i]; }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = ${finishThreads / 2}; half > 0; half /= 2) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  if (local == 0) { total[0] = sums[0]; }`,
};

/** Sum of the squares of all elements of all tensors (float32), a scalar. */
export function squaredNorms(tensors: readonly tf.Tensor[]): tf.Scalar {
  const backend = gpuBackend();
  const parts = partsBySize(tensors, ({ size }) => size, tuplesPerDispatch(backend, 1)).map(({ element, items }) => {
    const sizes = items.map(({ size }) => (element === 'vec4f' ? size / 4 : size));
    const groups = Math.ceil(Math.max(...sizes) / (normThreads * normElements));
    return { element, items, sizes, groups: Math.max(1, Math.min(mostNormGroups, groups)) };
  });
  const count = parts.reduce((sum, { groups }) => sum + groups * normThreads, 0);
  const partials = tf.engine().makeTensorFromTensorInfo(allocate(backend, [count]));
  let first = 0;
  for (const { element, items, sizes, groups } of parts) {
    dispatch(backend, normProgram(element, items.length), {
      outputs: [partials],
      inputs: items,
      dims: { first, ...Object.fromEntries(sizes.map((size, at) => [`size${at}`, size])) },
      groups,
    });
    first += groups * normThreads;
  }
  const total = tf.engine().makeTensorFromTensorInfo(allocate(backend, [])) as tf.Scalar;
  dispatch(backend, finishProgram, { outputs: [total], inputs: [partials], dims: { count }, groups: 1 });
  partials.dispose();
  return total;
}

/** The tests look at bits: compilers take `x != x` for false. */
const controlProgram: Program = {
  key: 'stepControl',
  outputs: { control: 'f32', broken: 'f32' },
  inputs: { loss: 'u32', squaredNorm: 'u32', numbers: 'f32' },
  dims: ['checked', 'clip'],
  floats: ['clip'],
  workgroup: [1],
  declarations: `
const exponent = 0x7f800000u;
fn isFinite(bits: u32) -> bool { return (bits & exponent) != exponent; }`,
  body: `
  if (index > 0) { return; }
  let checked = dims.checked == 1;
  let go = broken[0] == 0.0 && (!checked || (isFinite(loss[0]) && isFinite(squaredNorm[0])));
  if (!go) {
    control[2] = 0.0;
    broken[0] = 1.0;
    return;
  }
  let norm = select(0.0, sqrt(bitcast<f32>(squaredNorm[0])), checked);
  control[0] = numbers[0];
  control[1] = select(1.0, min(1.0, dims.clip / (norm + 1e-6)), checked && dims.clip > 0.0);
  control[2] = 1.0;
  control[3] = norm;
  control[4] = numbers[1];
  control[5] = numbers[2];`,
};

/** Tensors that decide about a step. */
export interface ControlTensors {
  /** `[8]`, changed in place: from {@link controlOf}. */
  readonly control: tf.Tensor1D;
  /** `[1]`, 0 at first, changed in place: 1 from the first step that was not finite until it is set to 0 again. */
  readonly broken: tf.Tensor1D;
  /** `[3]`: learning rate, `1 - beta1^t`, `1 - beta2^t` of this step. */
  readonly numbers: tf.Tensor1D;
  /** The step goes only if both are finite; null where it goes unless an earlier one was `broken`. */
  readonly checked: { readonly loss: tf.Scalar; readonly squaredNorm: tf.Scalar } | null;
}

/**
 * Decides whether a step goes, and writes its numbers into `control`.
 *
 *     scale = min(1, clip / (norm + 1e-6)), or 1 where clip is 0
 */
export function updateControl({ control, broken, numbers, checked }: ControlTensors, clip = 0): void {
  dispatch(gpuBackend(), controlProgram, {
    outputs: [control, broken],
    inputs: [checked?.loss ?? numbers, checked?.squaredNorm ?? numbers, numbers],
    dims: { checked: checked ? 1 : 0, clip },
    groups: 1,
  });
}
