import * as tf from '@tensorflow/tfjs-core';
import { StudioError } from '../../shared/failure';
import type { GpuBackend } from './backend';
import { onGpu } from './recording';
import { compileOnlyFlag, programsCompiling } from './runner';

/** What is used of tfjs-backend-webgpu: its pipelines by key, promises of those that are being compiled. */
interface CompilingBackend {
  readonly pipelineCache: Record<string, unknown>;
}

/** tfjs's programs that are being compiled; each is put in the place of its promise, or taken out when that fails. */
function stockCompiling(cache: Record<string, unknown>): Promise<void>[] {
  return Object.entries(cache)
    .filter((entry): entry is [string, Promise<unknown>] => entry[1] instanceof Promise)
    .map(async ([key, compiling]) => {
      try {
        cache[key] = await compiling;
      } catch (error) {
        Reflect.deleteProperty(cache, key);
        throw error;
      }
    });
}

/** Goes through work without computing anything. */
function goThrough(work: () => void): void {
  const before = tf.env().getBool(compileOnlyFlag);
  tf.env().set(compileOnlyFlag, true);
  try {
    onGpu(work);
  } finally {
    tf.env().set(compileOnlyFlag, before);
  }
}

/** Waits for all programs, whatever happens to some. */
async function settle(
  programs: readonly Promise<void>[],
  onProgress: (done: number, all: number) => void,
): Promise<void> {
  let done = 0;
  const told = programs.map((program) => program.finally(() => onProgress(++done, programs.length)));
  const failed = (await Promise.allSettled(told)).find((outcome) => outcome.status === 'rejected');
  if (!failed) return;
  const reason: unknown = failed.reason;
  throw new StudioError({
    code: 'gpu-error',
    message: 'The driver of the GPU refused a program that the run needs.',
    remedy: 'Start again. If that does not help, choose WebAssembly.',
    detail: reason instanceof Error ? reason.message : String(reason),
  });
}

/**
 * Compiles every GPU program that work needs, ours and tfjs's, many at a time and off the thread. The work is gone
 * through without computing anything: what it returns or leaves in variables of its own is meaningless.
 *
 * @param onProgress told how many of all programs are ready, each time one is.
 * @throws StudioError `gpu-error` where one cannot be compiled; whatever the work throws.
 */
export async function compilePrograms(
  backend: GpuBackend,
  work: () => void,
  onProgress: (done: number, all: number) => void,
): Promise<void> {
  const { pipelineCache } = backend as unknown as CompilingBackend;
  let thrown: { readonly error: unknown } | null = null;
  try {
    goThrough(work);
  } catch (error) {
    thrown = { error };
  }
  const settled = settle([...programsCompiling(backend.device), ...stockCompiling(pipelineCache)], onProgress);
  if (!thrown) return settled;
  await settled.catch(() => undefined);
  throw thrown.error;
}
