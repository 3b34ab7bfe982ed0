import type { KernelFunc } from '@tensorflow/tfjs-core';
import { crossEntropyCall } from '../softmaxCrossEntropy';
import { allocate, gpuBackend } from './backend';
import type { Program } from './program';
import { dispatch } from './runner';

const threads = 64;

/** One workgroup; a thread takes every 64th row. */
const forward: Program = {
  key: 'softmaxCrossEntropy',
  outputs: { loss: 'f32', rowScales: 'f32' },
  inputs: { logits: 'f32', labels: 'i32' },
  dims: ['rows', 'classes', 'smoothing'],
  floats: ['smoothing'],
  workgroup: [threads],
  declarations: `var<workgroup> sums: array<f32, ${threads}>;`,
  body: `
  var sum = 0.0;
  for (var row = local; row < dims.rows; row += ${threads}) {
    let first = row * dims.classes;
    let end = first + dims.classes;
    var largest = logits[first];
    for (var i = first + 1; i < end; i++) { largest = max(largest, logits[i]); }
    var exponentials = 0.0;
    var below = 0.0;
    for (var i = first; i < end; i++) {
      let x = logits[i] - largest;
      exponentials += exp(x);
      below += x;
    }
    let ofLabel = logits[first + labels[row]] - largest;
    sum += log(exponentials) - (1.0 - dims.smoothing) * ofLabel - dims.smoothing / f32(dims.classes) * below;
    rowScales[2 * row] = largest;
    rowScales[2 * row + 1] = 1.0 / exponentials;
  }
  sums[local] = sum;
  workgroupBarrier();
  for (var half = ${threads / 2}; half > 0; half /= 2) {
    if (local < half) { sums[local] += sums[local + half]; }
    workgroupBarrier();
  }
  if (local == 0) { loss[0] = sums[0] / f32(dims.rows); }`,
};

const gradient: Program = {
  key: 'softmaxCrossEntropyGrad',
  outputs: { dLogits: 'f32' },
  inputs: { dy: 'f32', logits: 'f32', labels: 'i32', rowScales: 'f32' },
  dims: ['rows', 'classes', 'smoothing'],
  floats: ['smoothing'],
  workgroup: [threads],
  body: `
  if (index >= dims.rows * dims.classes) { return; }
  let row = index / dims.classes;
  let p = exp(logits[index] - rowScales[2 * row]) * rowScales[2 * row + 1];
  let hard = select(0.0, 1.0 - dims.smoothing, index - row * dims.classes == labels[row]);
  dLogits[index] = dy[0] / f32(dims.rows) * (p - hard - dims.smoothing / f32(dims.classes));`,
};

const softmaxCrossEntropy: KernelFunc = (call) => {
  const { logits, labels, rows, classes, smoothing } = crossEntropyCall(call);
  const backend = gpuBackend(call.backend);
  const outputs = [allocate(backend, []), allocate(backend, [rows, 2])];
  dispatch(backend, forward, { outputs, inputs: [logits, labels], dims: { rows, classes, smoothing }, groups: 1 });
  return outputs;
};

const softmaxCrossEntropyGrad: KernelFunc = (call) => {
  const { logits, labels, dy, rowScales, rows, classes, smoothing } = crossEntropyCall(call);
  const backend = gpuBackend(call.backend);
  const output = allocate(backend, [rows, classes]);
  dispatch(backend, gradient, {
    outputs: [output],
    inputs: [dy, logits, labels, rowScales],
    dims: { rows, classes, smoothing },
    groups: Math.ceil((rows * classes) / threads),
  });
  return output;
};

export const crossEntropyKernels: Readonly<Record<string, KernelFunc>> = {
  SoftmaxCrossEntropy: softmaxCrossEntropy,
  SoftmaxCrossEntropyGrad: softmaxCrossEntropyGrad,
};
