import * as tf from '@tensorflow/tfjs-core';
import type { DataId } from '@tensorflow/tfjs-core';
import { bufferOf, gpuBackend, type GpuBackend } from './backend';

/** Tensors that keep no copy of their values in main memory. */
const withoutCopies = new WeakSet<DataId>();

/**
 * From now on every read of the tensor comes from the GPU. tfjs keeps what it has read, and what arrives after the
 * values were changed in place would be kept as well.
 */
function keepNoCopy(backend: GpuBackend, tensor: tf.Tensor): void {
  bufferOf(backend, tensor);
  const data = backend.tensorMap.get(tensor.dataId);
  Object.defineProperty(data, 'values', { get: () => null, set: () => undefined });
  withoutCopies.add(tensor.dataId);
}

/**
 * Makes variables ready to be changed in place: a value that others share (clones and reshaped tensors do) is copied
 * first. Ready ones keep their buffers.
 */
export function prepareInPlace(variables: readonly tf.Variable[]): void {
  const backend = gpuBackend();
  for (const variable of variables) {
    if (tf.backend().refCount(variable.dataId) > 1) tf.tidy(() => variable.assign(tf.mul(variable, 1)));
    if (!withoutCopies.has(variable.dataId)) keepNoCopy(backend, variable);
  }
}

/** Parts of at most `size`, in order. */
export function chunks<T>(items: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));
}

/** So many tuples of `buffers` storage buffers fit beside `others` in one shader of the device. */
export function tuplesPerDispatch({ device }: GpuBackend, buffers: number, others = 1): number {
  return Math.max(1, Math.floor((device.limits.maxStorageBuffersPerShaderStage - others) / buffers));
}
