import type { KernelFunc } from '@tensorflow/tfjs-core';
import { globalAvgPoolCall, globalAvgPoolGradCall } from '../globalAvgPool';
import { allocate, gpuBackend } from './backend';
import type { Program } from './program';
import { dispatch } from './runner';

const threads = 64;

/** A thread takes one channel of one image. */
const forward: Program = {
  key: 'globalAvgPool',
  outputs: { means: 'f32' },
  inputs: { x: 'f32' },
  dims: ['batch', 'pixels', 'channels'],
  workgroup: [threads],
  body: `
  if (index >= dims.batch * dims.channels) { return; }
  let image = index / dims.channels;
  let first = image * dims.pixels * dims.channels + index - image * dims.channels;
  var sums = vec4f();
  var pixel = 0;
  for (; pixel + 3 < dims.pixels; pixel += 4) {
    let at = first + pixel * dims.channels;
    sums += vec4f(x[at], x[at + dims.channels], x[at + 2 * dims.channels], x[at + 3 * dims.channels]);
  }
  for (; pixel < dims.pixels; pixel++) { sums.x += x[first + pixel * dims.channels]; }
  means[index] = (sums.x + sums.y + sums.z + sums.w) / f32(dims.pixels);`,
};

const gradient: Program = {
  key: 'globalAvgPoolGrad',
  outputs: { dx: 'f32' },
  inputs: { dy: 'f32' },
  dims: ['batch', 'pixels', 'channels'],
  workgroup: [threads],
  body: `
  if (index >= dims.batch * dims.pixels * dims.channels) { return; }
  let image = index / (dims.pixels * dims.channels);
  dx[index] = dy[image * dims.channels + index % dims.channels] / f32(dims.pixels);`,
};

const globalAvgPool: KernelFunc = (call) => {
  const { x, batch, pixels, channels } = globalAvgPoolCall(call);
  const backend = gpuBackend(call.backend);
  const output = allocate(backend, [batch, channels]);
  const groups = Math.ceil((batch * channels) / threads);
  dispatch(backend, forward, { outputs: [output], inputs: [x], dims: { batch, pixels, channels }, groups });
  return output;
};

const globalAvgPoolGrad: KernelFunc = (call) => {
  const { dy, shape, batch, pixels, channels } = globalAvgPoolGradCall(call);
  const backend = gpuBackend(call.backend);
  const output = allocate(backend, shape);
  const groups = Math.ceil((batch * pixels * channels) / threads);
  dispatch(backend, gradient, { outputs: [output], inputs: [dy], dims: { batch, pixels, channels }, groups });
  return output;
};

export const globalAvgPoolKernels: Readonly<Record<string, KernelFunc>> = {
  GlobalAvgPool: globalAvgPool,
  GlobalAvgPoolGrad: globalAvgPoolGrad,
};
