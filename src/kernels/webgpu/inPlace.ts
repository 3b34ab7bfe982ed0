import * as tf from '@tensorflow/tfjs-core';
import type { DataId } from '@tensorflow/tfjs-core';
import { bufferOf, gpuBackend, type GpuBackend } from './backend';
import { compileOnlyFlag } from './runner';

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
  // Nothing is computed then, a copy neither.
  if (tf.env().getBool(compileOnlyFlag)) return;
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

/** Tensors that one dispatch takes in, one element at a time or four. */
export interface Part<T> {
  readonly element: 'f32' | 'vec4f';
  readonly items: readonly T[];
}

/** Parts of at most `count` items; four elements at a time where the sizes of the items allow it. */
export function partsBySize<T>(items: readonly T[], sizeOf: (item: T) => number, count: number): Part<T>[] {
  const cut = (element: Part<T>['element'], some: readonly T[]): Part<T>[] =>
    chunks(some, count).map((part) => ({ element, items: part }));
  const isWide = (item: T): boolean => sizeOf(item) % 4 === 0;
  return [
    ...cut('vec4f', items.filter(isWide)),
    ...cut(
      'f32',
      items.filter((item) => !isWide(item)),
    ),
  ];
}

/** More in one shader would make it long, and some adapters name no limit. */
const mostBindings = 32;

/** So many tuples of `buffers` storage buffers fit beside `others` in one shader of the device. */
export function tuplesPerDispatch({ device }: GpuBackend, buffers: number, others = 1): number {
  const bindings = Math.min(device.limits.maxStorageBuffersPerShaderStage, mostBindings);
  return Math.max(1, Math.floor((bindings - others) / buffers));
}
