import * as tf from '@tensorflow/tfjs-core';
import { createRng } from '../../../src/shared/rng';
import type { BenchEvent, KernelRow } from '../protocol';
import { use } from './engines';
import type { EngineName } from './engines';
import { compare } from './meter';
import type { Meter } from './meter';
import type { PeakProbe } from './peak';

/** What a section gets. */
export interface SectionScope {
  readonly meter: Meter;
  readonly peak: PeakProbe;
  readonly emit: (event: BenchEvent) => void;
}

/** One kernel (or a few that belong together) of both engines. */
export interface KernelCase extends Pick<KernelRow, 'section' | 'group' | 'name' | 'gated' | 'flops' | 'bytes'> {
  /** Makes the inputs, which the case owns, on the current engine. */
  readonly inputs: () => Record<string, tf.Tensor>;
  /** One run of each engine; returns what the two must agree on. */
  readonly run: Readonly<Record<EngineName, (inputs: Record<string, tf.Tensor>) => tf.Tensor[]>>;
}

/** Normal numbers, the same for the same seed. */
export function normal(shape: readonly number[], seed: number, { mean = 0, deviation = 1 } = {}): tf.Tensor {
  const rng = createRng(seed);
  const size = shape.reduce((a, b) => a * b, 1);
  // Pairs of uniform numbers are slow to turn into normal ones; a sum of four is near enough.
  const sample = (): number => (rng.next() + rng.next() + rng.next() + rng.next() - 2) * 1.732;
  return tf.tensor(
    Float32Array.from({ length: size }, () => mean + deviation * sample()),
    [...shape],
  );
}

/** A tensor of `tensors` that has to be there. */
export function get(tensors: Record<string, tf.Tensor>, name: string): tf.Tensor {
  const tensor = tensors[name];
  if (!tensor) throw new Error(`There is no input ${name}.`);
  return tensor;
}

/** Largest difference of two sets of arrays over the largest value of the second. */
function differenceOf(own: readonly Float32Array[], stock: readonly Float32Array[]): number {
  if (own.length !== stock.length) return Infinity;
  return Math.max(
    ...own.map((values, at) => {
      const expected = stock[at];
      if (expected?.length !== values.length) return Infinity;
      let [difference, largest] = [0, 0];
      for (let i = 0; i < values.length; i++) {
        const gap = Math.abs((values[i] ?? NaN) - (expected[i] ?? NaN));
        difference = Number.isNaN(gap) ? Infinity : Math.max(difference, gap);
        largest = Math.max(largest, Math.abs(expected[i] ?? 0));
      }
      // Nothing but zeros is what a backend leaves that failed without a word.
      return largest === 0 ? Infinity : difference / largest;
    }),
  );
}

async function warmUp(kernelCase: KernelCase, engine: EngineName, inputs: Record<string, tf.Tensor>) {
  const results = tf.tidy(() => kernelCase.run[engine](inputs));
  const values: Float32Array[] = [];
  for (const result of results) values.push((await result.data<'float32'>()).slice());
  tf.dispose(results);
  return values;
}

/** Measures a case, compares the results of its first runs, and reports the row. */
export async function runCase({ meter, peak, emit }: SectionScope, kernelCase: KernelCase): Promise<void> {
  const { section, group, name, gated, flops, bytes } = kernelCase;
  await use('own');
  const own = kernelCase.inputs();
  await use('stock');
  const stock = kernelCase.inputs();
  const expected = await warmUp(kernelCase, 'stock', stock);
  await use('own');
  const actual = await warmUp(kernelCase, 'own', own);
  const spreads = await compare(meter, {
    own: () => tf.dispose(tf.tidy(() => kernelCase.run.own(own))),
    stock: () => tf.dispose(tf.tidy(() => kernelCase.run.stock(stock))),
  });
  tf.dispose([own, stock]);
  const peakGflops = flops > 0 ? await peak() : 0;
  const difference = differenceOf(actual, expected);
  emit({ type: 'kernel', row: { section, group, name, gated, flops, bytes, peakGflops, ...spreads, difference } });
}
