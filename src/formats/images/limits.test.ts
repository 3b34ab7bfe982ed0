import { expect, it } from 'vitest';
import { toFailure } from '../../shared/failure';
import { checkGrowth } from './limits';

const codeOf = (unpackedBytes: number, fileBytes: number): string | null => {
  try {
    checkGrowth(unpackedBytes, fileBytes, 'a.png');
    return null;
  } catch (error) {
    return toFailure(error).code;
  }
};

it.each([
  [64 * 2 ** 20, 1, null],
  [64 * 2 ** 20 + 1, 1, 'too-large'],
  [200e6, 1e6, null],
  [200e6, 1e6 - 1, 'too-large'],
])('a file may grow to 64 MiB, and beyond that to 200 times its size: %i bytes from %i', (unpacked, file, code) => {
  expect(codeOf(unpacked, file)).toBe(code);
});
