import type { TensorInfo } from '@tensorflow/tfjs-core';
import { bufferOf, type GpuBackend } from './backend';
import { submit } from './recording';

/** Overwrites a tensor's values in its buffer. Commands that were given before still see the old ones. */
export function writeTensor(backend: GpuBackend, tensor: TensorInfo, values: Float32Array | Int32Array): void {
  const buffer = bufferOf(backend, tensor);
  if (values.byteLength !== buffer.size) {
    throw new Error(`A tensor of ${buffer.size} bytes cannot take ${values.byteLength} bytes.`);
  }
  submit(backend);
  backend.queue.writeBuffer(buffer, 0, values.buffer, values.byteOffset, values.byteLength);
  backend.tensorMap.get(tensor.dataId).values = null;
}

/**
 * Reads float32 tensors as they are after all commands given so far, all in one transfer. tfjs's own `data()` would
 * keep what it read, and give it again after the tensors have been overwritten.
 */
export async function readTensors(backend: GpuBackend, tensors: readonly TensorInfo[]): Promise<Float32Array[]> {
  const buffers = tensors.map((tensor) => bufferOf(backend, tensor));
  submit(backend);
  const size = buffers.reduce((sum, buffer) => sum + buffer.size, 0);
  const usage = GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ;
  const staging = backend.bufferManager.acquireBuffer(size, usage);
  const encoder = backend.device.createCommandEncoder();
  const offsets: number[] = [];
  let at = 0;
  for (const buffer of buffers) {
    encoder.copyBufferToBuffer(buffer, 0, staging, at, buffer.size);
    offsets.push(at);
    at += buffer.size;
  }
  backend.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const all = staging.getMappedRange().slice(0);
  staging.unmap();
  backend.bufferManager.releaseBuffer(staging);
  return buffers.map(({ size: bytes }, index) => new Float32Array(all, offsets[index], bytes / 4));
}
