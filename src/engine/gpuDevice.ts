import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { tuneDevice } from '../kernels/webgpu/tuning';
import { describeAdapter } from './adapter';

/** Used where the adapter has them: time of kernels, and sharing of values among the invocations that run in step. */
const features: readonly GPUFeatureName[] = ['timestamp-query', 'subgroups'];

/** What is asked for as far as the adapter goes; a device has the smallest that any GPU has of the rest. */
const limits = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupStorageSize',
] as const satisfies readonly (keyof GPUSupportedLimits)[];

/** tfjs' backend on a device of our own, whose kernels are cut for its adapter. */
async function start(): Promise<tf.KernelBackend> {
  const adapter = await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('The browser found no usable GPU.');
  const device = await adapter.requestDevice({
    requiredFeatures: features.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(limits.map((name) => [name, adapter.limits[name]])),
  });
  tuneDevice(device, { software: describeAdapter(adapter.info).software });
  return new WebGPUBackend(device, adapter.info);
}

/** That of tfjs: before the WASM backend. */
const priority = 3;

/**
 * Makes tfjs start its WebGPU backend on a device of ours: with all that the adapter has, and with kernels cut for it.
 * A backend that runs is ended.
 */
export function registerWebGpu(): void {
  tf.removeBackend('webgpu');
  tf.registerBackend('webgpu', start, priority);
}
