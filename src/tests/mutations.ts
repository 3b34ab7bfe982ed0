import { createRng } from '../shared/rng';
import { StudioError } from '../shared/failure';

/** Damage that a file may have, for the tests of readers; the same every time. */

/** A file cut off at every place of its first `header` bytes and at `count` places of the rest. */
export function* truncations(bytes: Uint8Array, header: number, count = 200): Generator<Uint8Array> {
  const rng = createRng(1);
  const dense = Math.min(header, bytes.length);
  for (let length = 0; length < dense; length += 1) yield bytes.subarray(0, length);
  for (let index = 0; index < count; index += 1) {
    yield bytes.subarray(0, dense + Math.floor(rng.next() * (bytes.length - dense)));
  }
}

/** Copies with one byte changed to another value, `count` of them; half in the first `header` bytes. */
export function* byteChanges(bytes: Uint8Array, header: number, count = 500): Generator<Uint8Array> {
  const rng = createRng(2);
  for (let index = 0; index < count; index += 1) {
    const copy = bytes.slice();
    const range = index % 2 === 0 ? Math.min(header, bytes.length) : bytes.length;
    const at = Math.floor(rng.next() * range);
    copy[at] = (copy[at] ?? 0) ^ (1 + Math.floor(rng.next() * 255));
    yield copy;
  }
}

/** What a reader made of damaged files. */
export interface Handling {
  readonly opened: number;
  readonly refused: number;
  /** Of the slowest file. */
  readonly milliseconds: number;
  /** Growth of the process' largest memory. */
  readonly bytes: number;
}

/**
 * Reads every file; it must be read or refused with a StudioError that has a remedy.
 *
 * @throws whatever else a reader throws, with the file's position in its message
 */
export async function handle(
  files: Iterable<Uint8Array>,
  read: (bytes: Uint8Array) => Promise<unknown>,
): Promise<Handling> {
  const before = process.resourceUsage().maxRSS;
  let [opened, refused, milliseconds, position] = [0, 0, 0, 0];
  for (const bytes of files) {
    const start = performance.now();
    try {
      await read(bytes);
      opened += 1;
    } catch (error) {
      if (!(error instanceof StudioError) || error.failure.remedy.length === 0) {
        throw new Error(`Damaged file ${position} was neither read nor refused: ${String(error)}`, { cause: error });
      }
      refused += 1;
    }
    milliseconds = Math.max(milliseconds, performance.now() - start);
    position += 1;
  }
  return { opened, refused, milliseconds, bytes: (process.resourceUsage().maxRSS - before) * 1024 };
}
