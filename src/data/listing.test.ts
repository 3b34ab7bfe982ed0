import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareListings, listFiles } from './listing';

const entry = (path: string, size = 1, lastModified = 1000) => ({ path, size, lastModified });

describe('the listing of a folder', () => {
  it('is in order of the paths and leaves hidden files aside', () => {
    expect(listFiles([entry('set/b.png', 2), entry('set/.DS_Store'), entry('set/a.png', 3, 7)])).toEqual({
      paths: ['set/a.png', 'set/b.png'],
      sizes: Float64Array.of(3, 2),
      modified: Float64Array.of(7, 1000),
    });
  });
});

describe('a folder that is opened again', () => {
  const before = listFiles([entry('set/a/1.png'), entry('set/a/2.png'), entry('set/b/3.png')]);

  it('names what was changed, added and removed, below the folder', () => {
    const now = listFiles([entry('set/a/1.png', 5), entry('set/a/2.png', 1, 2000), entry('set/c/4.png')]);
    expect(compareListings(before, now)).toEqual({
      changed: ['a/1.png', 'a/2.png'],
      added: ['c/4.png'],
      removed: ['b/3.png'],
    });
  });

  it('is the same under another name of the folder itself', () => {
    const now = listFiles([entry('moved/a/1.png'), entry('moved/a/2.png'), entry('moved/b/3.png')]);
    expect(compareListings(before, now)).toBeNull();
  });

  it('is told apart from files that were chosen without a folder', () => {
    const loose = listFiles([entry('1.png'), entry('set/2.png')]);
    expect(compareListings(loose, listFiles([entry('1.png'), entry('set/2.png')]))).toBeNull();
    expect(compareListings(loose, listFiles([entry('1.png')]))).toMatchObject({ removed: ['set/2.png'] });
  });

  it('adds up: what stayed, changed and came is what is there now', () => {
    const tree = fc.uniqueArray(
      fc.record({
        path: fc.stringMatching(/^[a-c]\/[a-c0-9]{1,2}$/).map((path) => `set/${path}`),
        size: fc.integer({ min: 0, max: 1 }),
        lastModified: fc.integer({ min: 0, max: 1 }),
      }),
      { selector: ({ path }) => path },
    );
    fc.assert(
      fc.property(tree, tree, (old, now) => {
        const change = compareListings(listFiles(old), listFiles(now)) ?? { changed: [], added: [], removed: [] };
        const same = now.filter((file) => old.some((other) => JSON.stringify(other) === JSON.stringify(file)));
        expect(same.length + change.changed.length + change.added.length).toBe(now.length);
        expect(old.length - change.removed.length + change.added.length).toBe(now.length);
        expect(compareListings(listFiles(now), listFiles(now))).toBeNull();
      }),
    );
  });
});
