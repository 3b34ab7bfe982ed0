import type { TensorInfo } from '@tensorflow/tfjs-core';
import { allocate, type GpuBackend } from './backend';
import { sumParts } from './convFilterGradient';
import { dispatch } from './runner';

/** A tensor for the parts of a sum, each of the given shape; the result itself where there is one part. */
export function partialOf(backend: GpuBackend, shape: readonly number[], parts: number): TensorInfo {
  return allocate(backend, parts === 1 ? shape : [parts, ...shape]);
}

/** The sum of the parts, which are given back. */
export function addParts(
  backend: GpuBackend,
  partial: TensorInfo,
  shape: readonly number[],
  parts: number,
): TensorInfo {
  if (parts === 1) return partial;
  const size = shape.reduce((a, b) => a * b, 1);
  const total = allocate(backend, shape);
  const call = { outputs: [total], inputs: [partial], dims: { size, parts }, groups: Math.ceil(size / 64) };
  dispatch(backend, sumParts, call);
  backend.disposeData(partial.dataId);
  return total;
}
