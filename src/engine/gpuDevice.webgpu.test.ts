import * as tf from '@tensorflow/tfjs-core';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { gpuBackend } from '../kernels/webgpu/backend';
import { tuningOf } from '../kernels/webgpu/tuning';
import { registerKernels } from '../kernels/register';
import { selectDevice } from './device';

const deviceNow = (): GPUDevice => gpuBackend().device;

describe('the WebGPU engine', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  afterAll(() => {
    registerKernels('webgpu', 'own');
  });

  it('computes with our kernels, cut for the adapter, on a device with all that the adapter has', async () => {
    const { summary } = await selectDevice('webgpu');
    expect(summary).toMatchObject({ backend: 'webgpu', kernels: { origin: 'own', tiles: 'registers' } });
    expect(tuningOf(deviceNow()).tiles).toBe('registers');
    const adapter = await navigator.gpu.requestAdapter();
    for (const limit of [
      'maxBufferSize',
      'maxStorageBuffersPerShaderStage',
      'maxComputeWorkgroupStorageSize',
    ] as const) {
      expect(deviceNow().limits[limit]).toBe(adapter?.limits[limit]);
    }
    expect(Array.from(await tf.add([1, 2], 3).data())).toEqual([4, 5]);
  });

  it('can compute with those of the library, on another device, and with ours again', async () => {
    await selectDevice('webgpu');
    const first = deviceNow();
    expect((await selectDevice('webgpu', { kernels: 'stock' })).summary.kernels).toEqual({ origin: 'stock' });
    expect(deviceNow()).not.toBe(first);
    expect((await selectDevice('webgpu')).summary.kernels).toEqual({ origin: 'own', tiles: 'registers' });
  });

  it('says that the GPU is unavailable when its device cannot be had', async () => {
    vi.spyOn(GPUAdapter.prototype, 'requestDevice').mockRejectedValue(new Error('none left'));
    await expect(selectDevice('webgpu')).rejects.toMatchObject({ failure: { code: 'gpu-unavailable' } });
    vi.restoreAllMocks();
    expect((await selectDevice('webgpu')).summary.backend).toBe('webgpu');
  });
});
