import '@tensorflow/tfjs-backend-webgpu';
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import * as tf from '@tensorflow/tfjs-core';
import { selectDevice } from '../../../src/engine/device';
import { registerKernels } from '../../../src/kernels/register';
import type { EngineSummary } from '../../../src/shared/protocol';

/** Backend names: ours, and tfjs as it comes. */
export const engines = { own: 'webgpu', stock: 'webgpu-stock' } as const;
export type EngineName = keyof typeof engines;

/** Both engines on one device. */
export interface Engines {
  readonly device: GPUDevice;
  readonly summary: EngineSummary;
}

const backendOf = (engine: EngineName): WebGPUBackend => tf.findBackend(engines[engine]) as unknown as WebGPUBackend;

/**
 * Starts our engine as the studio does, and tfjs with its own kernels under another name on the same device. The kernels
 * are copied before ours take their place.
 */
export async function startEngines(): Promise<Engines> {
  registerKernels(engines.own, 'stock');
  tf.copyRegisteredKernels(engines.own, engines.stock);
  const { summary } = await selectDevice('webgpu');
  const { device } = backendOf('own');
  tf.registerBackend(engines.stock, () => new WebGPUBackend(device, device.adapterInfo), 0);
  await use('stock');
  await use('own');
  return { device, summary };
}

/** Makes an engine the current one: new tensors live there. */
export async function use(engine: EngineName): Promise<void> {
  if (!(await tf.setBackend(engines[engine]))) throw new Error(`The backend ${engines[engine]} does not start.`);
}

/** Sends off all that an engine has recorded. */
export function flush(engine: EngineName): void {
  const backend = backendOf(engine);
  backend.ensureCommandEncoderReady();
  backend.endComputePassEncoder();
  backend.submitQueue();
}
