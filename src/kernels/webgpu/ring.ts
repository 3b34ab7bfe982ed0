import * as tf from '@tensorflow/tfjs-core';
import { allocate, gpuBackend, type GpuBackend } from './backend';
import type { Program } from './program';
import { dispatch } from './runner';
import { readTensors, writeTensor } from './transfer';

/** A row is short: one invocation writes it, so that nobody moves the cursor too early. */
const appendProgram: Program = {
  key: 'appendRow',
  outputs: { rows: 'f32', cursor: 'i32' },
  inputs: { row: 'f32' },
  dims: ['columns', 'capacity'],
  workgroup: [1],
  body: `
  if (index > 0) { return; }
  let at = cursor[0] % dims.capacity;
  for (var column = 0; column < dims.columns; column++) { rows[at * dims.columns + column] = row[column]; }
  cursor[0] = cursor[0] + 1;`,
};

/** Rows of numbers that gather on the GPU until they are read, all at once. */
export interface RowLog {
  /** Appends a row, a float32 tensor of so many values as there are columns. */
  append(row: tf.Tensor): void;
  /** The first `count` rows since the last read, each a plain array; the log is empty then. */
  take(count: number): Promise<number[][]>;
  dispose(): void;
}

/** @param capacity rows that can gather before they must be read. */
export function createRowLog(columns: number, capacity: number, backend: GpuBackend = gpuBackend()): RowLog {
  const make = (size: number, dtype: 'float32' | 'int32'): tf.Tensor =>
    tf.engine().makeTensorFromTensorInfo(allocate(backend, [size], dtype));
  const rows = make(columns * capacity, 'float32');
  const cursor = make(1, 'int32');
  const rewind = (): void => writeTensor(backend, cursor, Int32Array.of(0));
  rewind();
  return {
    append(row) {
      dispatch(backend, appendProgram, {
        outputs: [rows, cursor],
        inputs: [row],
        dims: { columns, capacity },
        groups: 1,
      });
    },
    async take(count) {
      if (count > capacity) throw new RangeError(`${count} rows were asked of a log of ${capacity}.`);
      const reading = readTensors(backend, [rows]);
      rewind();
      const [values = new Float32Array()] = await reading;
      return Array.from({ length: count }, (_, row) => [...values.subarray(row * columns, (row + 1) * columns)]);
    },
    dispose: () => tf.dispose([rows, cursor]),
  };
}
