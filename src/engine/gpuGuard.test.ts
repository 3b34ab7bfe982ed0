import { describe, expect, it } from 'vitest';
import { StudioError } from '../shared/failure';
import { guardSteps } from './gpuGuard';
import type { GuardedDevice } from './gpuGuard';

type Scope = 'out-of-memory' | 'validation' | 'internal';

/** A device whose errors the test makes; scopes nest as on a real one. */
function fakeDevice() {
  const scopes: { filter: string; error: GPUError | null }[] = [];
  let lose: (info: GPUDeviceLostInfo) => void = () => undefined;
  let stray: (event: Event) => void = () => undefined;
  const device = {
    lost: new Promise<GPUDeviceLostInfo>((resolve) => (lose = resolve)),
    pushErrorScope: (filter: GPUErrorFilter) => scopes.push({ filter, error: null }),
    popErrorScope: () => Promise.resolve(scopes.pop()?.error ?? null),
    addEventListener: (_: string, listener: (event: Event) => void) => (stray = listener),
  } as unknown as GuardedDevice;
  return {
    device,
    fail: (filter: Scope, message: string) => {
      const scope = scopes.findLast((candidate) => candidate.filter === filter);
      if (scope) scope.error = { message };
    },
    lose: () => {
      lose({ reason: 'unknown', message: 'gone' } as GPUDeviceLostInfo);
    },
    stray: (message: string) => {
      stray({ error: { message } } as unknown as Event);
    },
    openScopes: () => scopes.length,
  };
}

const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
  promise.then(
    () => null,
    (error: unknown) => (error instanceof StudioError ? error.failure.code : String(error)),
  );

describe('a guarded step', () => {
  it('gives its result when the device is silent, and closes its scopes', async () => {
    const gpu = fakeDevice();
    expect(await guardSteps(gpu.device)(() => Promise.resolve(5))).toBe(5);
    expect(gpu.openScopes()).toBe(0);
  });

  it.each(['out-of-memory', 'validation', 'internal'] as const)(
    'is thrown away after an error of kind %s',
    async (kind) => {
      const gpu = fakeDevice();
      const work = (): Promise<number> => {
        gpu.fail(kind, 'too big');
        return Promise.resolve(0);
      };
      await expect(guardSteps(gpu.device)(work)).rejects.toMatchObject({
        failure: { code: 'gpu-error', detail: 'too big' },
      });
    },
  );

  it('says so when it was memory', async () => {
    const gpu = fakeDevice();
    const work = (): Promise<void> => {
      gpu.fail('out-of-memory', '8 GiB');
      return Promise.resolve();
    };
    await expect(guardSteps(gpu.device)(work)).rejects.toThrow('does not fit in GPU memory');
  });

  it('is thrown away after an error that no scope caught', async () => {
    const gpu = fakeDevice();
    const work = (): Promise<void> => {
      gpu.stray('late');
      return Promise.resolve();
    };
    expect(await codeOf(guardSteps(gpu.device)(work))).toBe('gpu-error');
  });

  it('is a lost device, whatever the exception says, when the loss becomes known right after it', async () => {
    const gpu = fakeDevice();
    const work = (): Promise<never> => {
      queueMicrotask(gpu.lose);
      return Promise.reject(new RangeError('createBuffer failed, size (4096) is too large'));
    };
    expect(await codeOf(guardSteps(gpu.device)(work))).toBe('gpu-lost');
  });

  it('ends when the device is lost and the work never settles; later steps fail at once', async () => {
    const gpu = fakeDevice();
    const guard = guardSteps(gpu.device);
    const hanging = codeOf(guard(() => new Promise(() => undefined)));
    gpu.lose();
    expect(await hanging).toBe('gpu-lost');
    expect(await codeOf(guard(() => Promise.resolve(1)))).toBe('gpu-lost');
  });

  it('keeps a failure of the work itself', async () => {
    const gpu = fakeDevice();
    const failure = { code: 'not-finite', message: 'NaN', remedy: 'Less.' } as const;
    expect(await codeOf(guardSteps(gpu.device)(() => Promise.reject(new StudioError(failure))))).toBe('not-finite');
  });
});
