import { describe, expect, it } from 'vitest';
import { switchBackend, useBackend } from '../tests/backend';
import { computeOperation, operationRows } from '../tests/operationRows';

describe('operations', () => {
  useBackend('webgpu');

  it.each(operationRows)('$op $attributes is on webgpu what it is on cpu, gradients included', async (row) => {
    const actual = await computeOperation(row);
    await switchBackend('cpu');
    const expected = await computeOperation(row);
    await switchBackend('webgpu');
    actual.values.forEach((values, index) => {
      expect(values).toBeAllClose(expected.values[index] ?? [], { relative: 1e-5, absolute: 1e-5 });
    });
  });
});
