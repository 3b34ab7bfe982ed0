import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPages, readAllRows } from './pages';

/** A table whose answers are given by hand. */
function heldTable(total: number, pageSize = 10, keep = 3) {
  const waiting: { from: number; count: number; answer: () => Promise<void>; refuse: () => Promise<void> }[] = [];
  const asked: number[] = [];
  const settle = () => new Promise<void>((resolve) => setTimeout(resolve));
  const load = (from: number, count: number) =>
    new Promise<readonly string[]>((resolve, reject) => {
      asked.push(from);
      waiting.push({
        from,
        count,
        answer: () => {
          resolve(Array.from({ length: count }, (_, at) => `row ${from + at}`));
          return settle();
        },
        refuse: () => {
          reject(new Error('no answer'));
          return settle();
        },
      });
    });
  return { pages: createPages({ load, total, pageSize, keep }), waiting, asked, settle };
}

describe('pages of a long table', () => {
  it('asks for what is in view and no more than two pages at a time', async () => {
    const { pages, waiting, asked } = heldTable(100);
    pages.want(5, 38);
    expect(asked).toEqual([0, 10]);
    await waiting.shift()!.answer();
    expect(asked).toEqual([0, 10, 20]);
    expect(pages.at(7)).toBe('row 7');
    expect(pages.at(25)).toBeUndefined();
  });

  it('never asks for what was scrolled past before its turn came', async () => {
    const { pages, waiting, asked } = heldTable(50_000);
    for (let row = 0; row < 50_000; row += 100) pages.want(row, row + 30);
    expect(asked).toEqual([0, 10]);
    while (waiting.length > 0) await waiting.shift()!.answer();
    expect(asked).toEqual([0, 10, 49_900, 49_910, 49_920]);
  });

  it('forgets the pages that were out of view for longest, and asks for them anew', async () => {
    const { pages, waiting, asked } = heldTable(100);
    for (const row of [0, 10, 20, 30]) {
      pages.want(row, row + 10);
      await waiting.shift()!.answer();
    }
    expect(pages.at(0)).toBeUndefined();
    expect(pages.at(10)).toBe('row 10');
    pages.want(0, 10);
    expect(asked.at(-1)).toBe(0);
  });

  it('asks for the last page by what is left of it', () => {
    const { pages, waiting } = heldTable(23);
    pages.want(20, 30);
    expect(waiting[0]).toMatchObject({ from: 20, count: 3 });
  });

  it('keeps a refusal until the person tries again', async () => {
    const { pages, waiting, asked } = heldTable(100);
    pages.want(0, 10);
    await waiting.shift()!.refuse();
    expect(pages.failure()?.detail).toContain('no answer');
    pages.want(10, 20);
    expect(asked).toEqual([0]);
    pages.retry();
    expect(pages.failure()).toBeNull();
    expect(asked).toEqual([0, 10]);
  });

  it('has every row in view in the end, wherever a person scrolled', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 500 }),
        fc.array(fc.integer({ min: 0, max: 499 }), { minLength: 1, maxLength: 8 }),
        async (total, places) => {
          const load = (from: number, count: number) =>
            Promise.resolve(Array.from({ length: count }, (_, at) => from + at));
          const pages = createPages({ load, total, pageSize: 7, keep: 2 });
          for (const place of places) pages.want(place % total, (place % total) + 20);
          await new Promise((resolve) => setTimeout(resolve));
          const last = places.at(-1)! % total;
          for (let row = last; row < Math.min(total, last + 20); row += 1) expect(pages.at(row)).toBe(row);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('reads a whole table in steps', async () => {
    const load = (from: number, count: number) => Promise.resolve(Array.from({ length: count }, (_, at) => from + at));
    expect(await readAllRows(load, 7, 3)).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });
});
