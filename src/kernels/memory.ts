import type { DataId, TensorInfo } from '@tensorflow/tfjs-core';

/** Tensors of a backend that keeps its data in memory that JavaScript can read and write directly. */
export interface Memory {
  /** A new float32 tensor whose values are not set. */
  readonly allocate: (shape: readonly number[]) => TensorInfo;
  /**
   * The values of a float32 tensor, shared, not copied. A later `allocate` may grow the memory and thereby detach
   * the view: allocate everything first.
   */
  readonly view: (tensor: TensorInfo) => Float32Array;
}

/** What is used of tfjs-backend-wasm. */
interface WasmBackend {
  makeOutput(shape: number[], dtype: 'float32'): TensorInfo;
  typedArrayFromHeap(tensor: TensorInfo): Float32Array;
}

/** What is used of tfjs-backend-cpu. */
interface CpuBackend {
  data: { get(id: DataId): { values: Float32Array } };
  makeTensorInfo(shape: number[], dtype: 'float32', values: Float32Array): TensorInfo;
}

/**
 * Direct access to the tensors of the wasm or the cpu backend.
 *
 * @param backend the backend a kernel function was called with.
 */
export function memoryOf(backend: unknown): Memory {
  const candidate = backend as WasmBackend | CpuBackend;
  if ('typedArrayFromHeap' in candidate) {
    return {
      allocate: (shape) => candidate.makeOutput([...shape], 'float32'),
      view: (tensor) => candidate.typedArrayFromHeap(tensor),
    };
  }
  return {
    allocate: (shape) =>
      candidate.makeTensorInfo([...shape], 'float32', new Float32Array(shape.reduce((a, b) => a * b, 1))),
    view: (tensor) => candidate.data.get(tensor.dataId).values,
  };
}
