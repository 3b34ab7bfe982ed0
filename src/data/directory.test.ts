import { describe, expect, it } from 'vitest';
import { fakeDirectory } from '../tests/fakeDirectory';
import type { FakeFolder } from '../tests/fakeDirectory';
import { walkDirectory } from './directory';
import { readSource } from './sourceFile';

const file = (text: string): File => new File([text], 'any', { lastModified: 1_700_000_000_000 });
const fault = (name: string): DOMException => new DOMException('as the test wants it', name);

describe('a directory that was chosen', () => {
  it('gives the files of all levels with their path, size and time, and can read them', async () => {
    const tree = { 'a.png': file('abc'), chair: { s1: { '10.png': file('de') }, '9.png': file('f') } };
    const { files, skipped } = await walkDirectory(fakeDirectory('set', tree));
    expect(skipped).toEqual([]);
    expect(files.map(({ path, size, lastModified }) => [path, size, lastModified])).toEqual([
      ['set/a.png', 3, 1_700_000_000_000],
      ['set/chair/9.png', 1, 1_700_000_000_000],
      ['set/chair/s1/10.png', 2, 1_700_000_000_000],
    ]);
    expect(new TextDecoder().decode(await readSource(files[2]!))).toBe('de');
  });

  it('leaves hidden files and leftovers of systems aside, also whole folders', async () => {
    const tree = {
      '.git': { 'a.png': file('x') },
      __MACOSX: { 'b.png': file('x') },
      'Thumbs.db': file('x'),
      'c.png': file('x'),
    };
    const { files, skipped } = await walkDirectory(fakeDirectory('set', tree));
    expect(files.map(({ path }) => path)).toEqual(['set/c.png']);
    expect(skipped).toEqual([]);
  });

  it('names what vanished or cannot be read, and reads on', async () => {
    const tree = {
      'a.png': fault('NotFoundError'),
      'b.png': fault('NotReadableError'),
      locked: fault('NotReadableError'),
      'c.png': file('x'),
    };
    const { files, skipped } = await walkDirectory(fakeDirectory('set', tree));
    expect(files.map(({ path }) => path)).toEqual(['set/c.png']);
    expect(skipped).toEqual([
      { path: 'set/a.png', reason: 'vanished while the folder was read' },
      { path: 'set/b.png', reason: 'cannot be read: the system refuses it' },
      { path: 'set/locked', reason: 'cannot be read: the system refuses it' },
    ]);
  });

  it.each([
    [fault('NotFoundError'), 'missing-file', 'The folder "set" was moved, renamed or removed.'],
    [fault('NotAllowedError'), 'missing-file', 'The browser has no permission any more to read "set".'],
  ])('fails as a whole when it cannot be read itself: %s', async (thrown, code, message) => {
    await expect(walkDirectory(fakeDirectory('set', thrown))).rejects.toMatchObject({
      failure: { code, message: expect.stringContaining(message) as string },
    });
  });

  it('fails as a whole when the permission is lost on the way', async () => {
    const tree = { 'a.png': file('x'), 'b.png': fault('NotAllowedError') };
    await expect(walkDirectory(fakeDirectory('set', tree))).rejects.toThrow(/no permission any more to read "set"/);
  });

  it('lets a fault of the studio surface', async () => {
    await expect(walkDirectory(fakeDirectory('set', { 'a.png': new TypeError('oops') }))).rejects.toThrow(TypeError);
  });

  it('ends in a folder that leads into itself', async () => {
    const loop: Record<string, FakeFolder | File> = { 'a.png': file('x') };
    loop.again = loop;
    const { files, skipped } = await walkDirectory(fakeDirectory('set', loop));
    expect(files).toHaveLength(41);
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.reason).toContain('lies more than 40 folders deep');
  });

  it('refuses more files than any set of images has', async () => {
    const tree = Object.fromEntries(Array.from({ length: 5 }, (_, at) => [`${at}.png`, file('x')]));
    await expect(walkDirectory(fakeDirectory('disk', tree), { mostFiles: 4 })).rejects.toMatchObject({
      failure: { code: 'too-large', message: '"disk" holds more than 4 files.' },
    });
    expect((await walkDirectory(fakeDirectory('disk', tree), { mostFiles: 5 })).files).toHaveLength(5);
  });

  /** Two folders, each of which leads back to both: twice as many at each level. */
  const maze = (): FakeFolder => {
    const folder: Record<string, FakeFolder | File> = { 'a.png': file('x') };
    folder.one = folder;
    folder.two = folder;
    return folder;
  };

  it('refuses more folders than any set of images has', async () => {
    await expect(walkDirectory(fakeDirectory('disk', maze()), { mostFolders: 500 })).rejects.toMatchObject({
      failure: { code: 'too-large', message: '"disk" holds more than 500 folders.' },
    });
  });

  it('ends when the folder is not wanted any more, while it is listed and while its files are looked at', async () => {
    const stop = new AbortController();
    const onProgress = (count: number): void => {
      if (count === 3) stop.abort(new Error('enough'));
    };
    const options = { onProgress, mostFolders: 500, signal: stop.signal };
    await expect(walkDirectory(fakeDirectory('disk', maze()), options)).rejects.toThrow('enough');

    const late = new AbortController();
    const looking = walkDirectory(
      fakeDirectory('set', Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`${at}.png`, file('x')]))),
      {
        signal: late.signal,
        onProgress: (_, total) => {
          if (total > 0) late.abort(new Error('enough'));
        },
      },
    );
    await expect(looking).rejects.toThrow('enough');
  });

  it('tells how many it found, then how many of them it looked at', async () => {
    const told: [number, number][] = [];
    const tree = { 'a.png': file('x'), b: { 'c.png': file('x') } };
    await walkDirectory(fakeDirectory('set', tree), { onProgress: (done, total) => told.push([done, total]) });
    expect(told).toEqual([[1, 0], [2, 0], [1, 2], [2, 2]]); // prettier-ignore
  });
});
