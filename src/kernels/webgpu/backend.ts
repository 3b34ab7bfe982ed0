import * as tf from '@tensorflow/tfjs-core';
import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** What tfjs knows of a tensor on the GPU. */
interface TensorData {
  /** A copy in main memory; null or missing when there is none. */
  values: unknown;
  readonly resource?: GPUBuffer | null;
}

/** The pool that tfjs takes its buffers from and puts them back into. */
export interface BufferManager {
  acquireBuffer(size: number, usage: number, mappedAtCreation?: boolean, reuse?: boolean): GPUBuffer;
  releaseBuffer(buffer: GPUBuffer, reuse?: boolean): void;
}

/**
 * What the kernels use of tfjs-backend-webgpu (4.22): they put their work into its own command encoder, between its own
 * operations. Some of it is private in its types, though plain fields of its objects.
 */
export interface GpuBackend {
  readonly device: GPUDevice;
  readonly queue: GPUQueue;
  readonly tensorMap: { get(id: DataId): TensorData; has(id: DataId): boolean };
  /** Tensors used by commands that are not submitted yet: their buffers must not be given to others. */
  readonly commandQueueOwnedIds: WeakSet<DataId>;
  readonly commandEncoder: GPUCommandEncoder | null;
  computePassEncoder: GPUComputePassEncoder | null;
  dispatchCountInPass: number;
  bufferManager: BufferManager;
  makeTensorInfo(shape: number[], dtype: 'float32' | 'int32', values?: Int32Array): TensorInfo;
  uploadToGPU(id: DataId): void;
  ensureCommandEncoderReady(): void;
  endComputePassEncoder(): void;
  submitQueue(): void;
  disposeData(id: DataId): boolean;
}

/** The backend a kernel function was called with, or the current one. */
export function gpuBackend(backend: unknown = tf.backend()): GpuBackend {
  return backend as GpuBackend;
}

/** A new tensor whose values are not set. */
export function allocate(
  backend: GpuBackend,
  shape: readonly number[],
  dtype: 'float32' | 'int32' = 'float32',
): TensorInfo {
  return backend.makeTensorInfo([...shape], dtype);
}

/** The buffer of a tensor, uploaded if it is not on the GPU yet. */
export function bufferOf(backend: GpuBackend, { dataId }: TensorInfo): GPUBuffer {
  backend.uploadToGPU(dataId);
  const { resource } = backend.tensorMap.get(dataId);
  if (!resource) throw new Error('A tensor has no buffer on the GPU.');
  return resource;
}
