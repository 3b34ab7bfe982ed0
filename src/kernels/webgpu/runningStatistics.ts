import type * as tf from '@tensorflow/tfjs-core';
import { gpuBackend } from './backend';
import { chunks, prepareInPlace, tuplesPerDispatch } from './inPlace';
import type { Program } from './program';
import { dispatch } from './runner';

/** A running statistic that takes in the one of a batch, of the same shape. */
export interface RunningUpdate {
  /** Changed in place. */
  readonly running: tf.Variable;
  readonly batch: tf.Tensor;
  /** Share of the old value that stays. */
  readonly momentum: number;
  /** Multiplies the batch's value. */
  readonly correction: number;
}

const threads = 64;

const programs = new Map<number, Program>();

function programOf(count: number): Program {
  let program = programs.get(count);
  if (!program) {
    const numbered = (name: string): string[] => Array.from({ length: count }, (_, at) => `${name}${at}`);
    const buffers = (names: readonly string[]): Record<string, 'f32'> =>
      Object.fromEntries(names.map((name) => [name, 'f32']));
    const floats = [...numbered('kept'), ...numbered('taken')];
    const statements = Array.from(
      { length: count },
      (_, at) =>
        `  if (index < dims.size${at}) { running${at}[index] = dims.kept${at} * running${at}[index] + dims.taken${at} * batch${at}[index]; }`,
    );
    program = {
      key: `runningStatistics${count}`,
      outputs: buffers(numbered('running')),
      inputs: buffers(['control', ...numbered('batch')]),
      dims: [...floats, ...numbered('size')],
      floats,
      workgroup: [threads],
      body: ['  if (control[2] == 0.0) { return; }', ...statements].join('\n'),
    };
    programs.set(count, program);
  }
  return program;
}

/**
 * `running = momentum running + (1 - momentum) correction batch`, in place.
 *
 * @param control see `stepControl.ts`: where the step does not go, nothing moves.
 */
export function runningStatisticsInPlace(updates: readonly RunningUpdate[], control: tf.Tensor1D): void {
  const backend = gpuBackend();
  prepareInPlace(updates.map(({ running }) => running));
  for (const part of chunks(updates, tuplesPerDispatch(backend, 2))) {
    const numbers = part.flatMap(({ running, momentum, correction }, at) => [
      [`size${at}`, running.size],
      [`kept${at}`, momentum],
      [`taken${at}`, (1 - momentum) * correction],
    ]);
    dispatch(backend, programOf(part.length), {
      outputs: part.map(({ running }) => running),
      inputs: [control, ...part.map(({ batch }) => batch)],
      dims: Object.fromEntries(numbers) as Record<string, number>,
      groups: Math.max(1, Math.ceil(Math.max(...part.map(({ running }) => running.size)) / threads)),
    });
  }
}
