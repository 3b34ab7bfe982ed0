import * as tf from '@tensorflow/tfjs-core';
import type { GpuBackend } from './backend';
import { onGpu } from './recording';
import { compileOnlyFlag, programsCompiling } from './runner';

/** What is used of tfjs-backend-webgpu to compile its own programs off the thread. */
interface CompilingBackend {
  readonly pipelineCache: Readonly<Record<string, unknown>>;
  checkCompileCompletionAsync(): Promise<void>;
}

/**
 * Compiles every GPU program that work needs, ours and tfjs's, many at a time and off the thread. The work is gone
 * through without computing anything: what it returns or leaves in variables of its own is meaningless.
 *
 * @param onProgress told how many of all programs are ready, each time one is.
 */
export async function compilePrograms(
  backend: GpuBackend,
  work: () => void,
  onProgress: (done: number, all: number) => void,
): Promise<void> {
  const compiling = backend as unknown as CompilingBackend;
  const before = tf.env().getBool(compileOnlyFlag);
  tf.env().set(compileOnlyFlag, true);
  try {
    onGpu(work);
  } finally {
    tf.env().set(compileOnlyFlag, before);
  }
  const stock = Object.values(compiling.pipelineCache).filter((entry) => entry instanceof Promise);
  const programs: Promise<unknown>[] = [...programsCompiling(backend.device), ...stock];
  let done = 0;
  const told = programs.map(async (program) => {
    await program;
    onProgress(++done, programs.length);
  });
  await Promise.all(told);
  await compiling.checkCompileCompletionAsync();
}
