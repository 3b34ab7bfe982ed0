import type { StepColumn } from '../../shared/protocol';
import { stepColumns } from '../../shared/protocol';

/** Every step of a run in growing typed columns. Lives outside the store: charts are told only that it grew. */
export interface StepLog {
  /** Adds rows of {@link stepColumns}, row-major. */
  append(rows: Float32Array): void;
  clear(): void;
  length(): number;
  /** View of one column, valid until the next `append`. */
  column(name: StepColumn): Float32Array;
}

const firstCapacity = 1024;

export function createStepLog(): StepLog {
  const width = stepColumns.length;
  let capacity = firstCapacity;
  let length = 0;
  let columns = stepColumns.map(() => new Float32Array(capacity));

  const grow = (needed: number): void => {
    while (capacity < needed) capacity *= 2;
    columns = columns.map((column) => {
      const larger = new Float32Array(capacity);
      larger.set(column);
      return larger;
    });
  };

  return {
    append(rows) {
      const count = Math.floor(rows.length / width);
      if (length + count > capacity) grow(length + count);
      columns.forEach((column, at) => {
        for (let row = 0; row < count; row += 1) column[length + row] = rows[row * width + at] ?? Number.NaN;
      });
      length += count;
    },
    clear() {
      length = 0;
    },
    length: () => length,
    column(name) {
      const column = columns[stepColumns.indexOf(name)];
      return column === undefined ? new Float32Array(0) : column.subarray(0, length);
    },
  };
}
