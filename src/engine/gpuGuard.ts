import { StudioError } from '../shared/failure';

/** Watches one piece of work: what it throws or leaves on the GPU's error channels becomes a clear failure. */
export type Guard = <T>(work: () => Promise<T>) => Promise<T>;

/** For backends whose errors are exceptions. */
export const unguarded: Guard = (work) => work();

/** What is used of a GPUDevice; a test gives its own. */
export type GuardedDevice = Pick<GPUDevice, 'lost' | 'pushErrorScope' | 'popErrorScope' | 'addEventListener'>;

/** Readbacks can reject a moment before the loss of the device is known. */
const lossNoticeMs = 1500;

/** In the order they are opened; they close in the opposite one. */
const scopes = ['out-of-memory', 'validation', 'internal'] as const;

/** How Chromium says that one tensor alone is larger than the device allows. */
const overLimit = /exceeds the max buffer size|larger than the maximum (?:storage )?(?:buffer )?binding size/i;

const lostFailure = (info: GPUDeviceLostInfo): StudioError =>
  new StudioError({
    code: 'gpu-lost',
    message: 'The GPU was reset (sleep, a driver update or heavy load), and what it was working on is lost.',
    remedy: 'Download the last good state if there is one, reload the page and start again.',
    detail: `${info.reason}: ${info.message}`,
  });

const errorFailure = (detail: string, outOfMemory: boolean): StudioError =>
  new StudioError({
    code: 'gpu-error',
    message: outOfMemory
      ? 'This batch does not fit in GPU memory, so the results of the step were thrown away.'
      : 'The GPU reported an error, so the results of the step were thrown away.',
    remedy: outOfMemory ? 'Use a smaller batch size, or choose WebAssembly.' : 'Start again, or choose WebAssembly.',
    detail,
  });

/**
 * Watches work on a WebGPU device. tfjs listens to none of a device's error channels, and a failed allocation reads
 * back as zeros: work that leaves an error there is poisoned and must not be used.
 *
 * @returns a guard for one piece of work at a time; it throws StudioError `gpu-lost` or `gpu-error`.
 */
export function guardSteps(device: GuardedDevice): Guard {
  let loss: StudioError | null = null;
  let stray: string | null = null;
  const requireDevice = (): void => {
    if (loss) throw loss;
  };
  const strayError = (): string | null => stray;
  const lost = device.lost.then((info) => (loss = lostFailure(info)));
  const lossThrows = lost.then((failure): never => {
    throw failure;
  });
  lossThrows.catch(() => undefined); // every piece of work that is under way reports it
  device.addEventListener('uncapturederror', (event) => {
    stray ??= event.error.message;
  });

  return async (work) => {
    requireDevice();
    stray = null;
    for (const scope of scopes) device.pushErrorScope(scope);
    const [outcome] = await Promise.allSettled([Promise.race([work(), lossThrows])]);
    // Only `device.lost` tells a loss from other errors, whatever the exception says.
    const unclear = outcome.status === 'rejected' && !(outcome.reason instanceof StudioError);
    if (unclear) await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, lossNoticeMs))]);
    const [internal, validation, memory] = await closeScopes(device, lost);
    requireDevice();
    const error = memory ?? validation ?? internal;
    const detail = error?.message ?? strayError();
    if (detail !== null) throw errorFailure(detail, Boolean(memory) || overLimit.test(detail));
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  };
}

/** What the scopes caught, innermost first; nothing once the device is lost. */
function closeScopes(device: GuardedDevice, lost: Promise<unknown>): Promise<(GPUError | null)[]> {
  return Promise.race([Promise.all(scopes.map(() => device.popErrorScope())), lost.then(() => [])]);
}
