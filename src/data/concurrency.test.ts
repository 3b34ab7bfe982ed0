import { describe, expect, it } from 'vitest';
import { mapConcurrently } from './concurrency';

/** Work that waits until it is let go, item by item. */
function heldWork() {
  const started: number[] = [];
  const doors = new Map<number, { open: () => void; fail: (reason: Error) => void }>();
  const work = async (item: number): Promise<string> => {
    started.push(item);
    await new Promise<void>((open, fail) => doors.set(item, { open, fail }));
    return `done ${item}`;
  };
  /** Lets an item go, and waits until what follows from it has happened. */
  const settle = async (act: () => void): Promise<void> => {
    act();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    started,
    work,
    finish: (item: number) => settle(() => doors.get(item)?.open()),
    fail: (item: number, reason: Error) => settle(() => doors.get(item)?.fail(reason)),
  };
}

describe('working on several items at a time', () => {
  it('starts no more than the limit, and keeps the order of the items whichever ends first', async () => {
    const { started, work, finish } = heldWork();
    const all = mapConcurrently([0, 1, 2, 3], 2, work);
    expect(started).toEqual([0, 1]);
    for (const item of [1, 2, 3, 0]) await finish(item);
    expect(started).toEqual([0, 1, 2, 3]);
    expect(await all).toEqual(['done 0', 'done 1', 'done 2', 'done 3']);
  });

  it('starts nothing after the first failure, and throws it', async () => {
    const { started, work, finish, fail } = heldWork();
    const reason = new Error('gone');
    const all = mapConcurrently([0, 1, 2, 3, 4], 3, work);
    const rejected = expect(all).rejects.toBe(reason);
    await fail(1, reason);
    await finish(0);
    await fail(2, new Error('gone too'));
    expect(started).toEqual([0, 1, 2]);
    await rejected;
  });
});
