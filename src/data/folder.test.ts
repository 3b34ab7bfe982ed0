import { describe, expect, it, vi } from 'vitest';
import { decodeImage } from '../formats/images/registry';
import { zip } from '../formats/zip';
import { StudioError } from '../shared/failure';
import { openFolder } from './folder';
import type { OpenedFolder, OpenFolderArgs } from './folder';
import { createLocalDesk } from './imageDesk';
import { readSource } from './sourceFile';
import type { ImageDesk } from './imageDesk';
import type { SourceFile } from './sourceFile';
import { droppedSource, smallPng } from '../tests/smallPng';

const desk = createLocalDesk();

const open = (files: readonly SourceFile[], more: Partial<OpenFolderArgs> = {}): Promise<OpenedFolder> =>
  openFolder({ role: 'target', files, desk, ...more });

async function failureOf(promise: Promise<unknown>): Promise<StudioError['failure']> {
  const outcome: unknown = await promise.catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

describe('opening a folder', () => {
  it('lists, labels and measures the images, and passes over what systems leave behind', async () => {
    const folder = await open([
      droppedSource('set/b/10.png', smallPng(1)),
      droppedSource('set/b/9.png', smallPng(2)),
      droppedSource('set/a/1.png', smallPng(3)),
      droppedSource('set/.DS_Store', 'x'),
      droppedSource('set/a/Thumbs.db', 'x'),
      droppedSource('__MACOSX/set/a/._1.png', 'x'),
    ]);
    expect(folder.entries.map(({ path }) => path)).toEqual(['set/a/1.png', 'set/b/9.png', 'set/b/10.png']);
    const summary = folder.summary();
    expect(summary).toMatchObject({
      role: 'target',
      name: 'set',
      usable: 3,
      skipped: [],
      bitDepths: [8],
      channels: [1],
      sizes: [{ width: 6, height: 5, count: 3 }],
      classes: [
        { name: 'a', count: 1 },
        { name: 'b', count: 2 },
      ],
    });
    expect([...(await folder.raw(1)).samples]).toEqual([...(await decodeImage(smallPng(2), '')).samples]);
  });

  it('skips what it cannot use, and says what it is', async () => {
    const damaged = smallPng(5).slice(0, 60);
    const { entries, skipped, summary } = await open([
      droppedSource('s/1.png', smallPng(1)),
      droppedSource('s/2.png', smallPng(2)),
      droppedSource('s/damaged.png', damaged),
      droppedSource('s/empty.png', ''),
      droppedSource('s/page.png', '<!DOCTYPE html><html>'),
      droppedSource('s/notes.txt', 'hello there'),
      droppedSource('s/lfs.png', 'version https://git-lfs.github.com/spec/v1\noid sha256:00'),
      droppedSource('s/scan.tif', 'II*\0aaaaaaa'),
      droppedSource('s/really a png.dat', smallPng(3)),
    ]);
    expect(entries.map(({ path }) => path)).toEqual(['s/1.png', 's/2.png', 's/really a png.dat']);
    expect(Object.fromEntries(skipped.map(({ path, reason }) => [path, reason]))).toEqual({
      's/damaged.png': expect.stringMatching(/^is a damaged PNG image: it ends \d+ bytes early/) as string,
      's/empty.png': 'is an empty file',
      's/page.png': 'is a web page, not an image',
      's/notes.txt': 'is text, not an image',
      's/lfs.png': 'is a Git LFS pointer, a few lines of text that stand for the image',
      's/scan.tif': 'is a damaged TIFF image: it ends before its header does',
    });
    expect(summary().warnings).toContain('6 of 9 files were skipped. Look at the list before you start.');
  });

  it('says what it looked for and what it found when there is nothing to use', async () => {
    const nothing = await failureOf(
      open([
        droppedSource('scans/a.mat', 'MATLAB 5.0'),
        droppedSource('scans/b.mat', 'MATLAB 5.0'),
        droppedSource('scans/c.txt', 'c'),
      ]),
    );
    expect(nothing).toMatchObject({
      code: 'no-images',
      message: 'No readable images in "scans": 3 files (2 .mat, 1 .txt).',
    });
    expect(nothing.detail).toContain('scans/a.mat is a MATLAB file');
    expect((await failureOf(open([droppedSource('s/one.png')]))).message).toBe(
      'Only 1 readable image in "s", but target images need at least 2.',
    );
    expect((await failureOf(open([]))).message).toMatch(/it is empty/);
    expect((await open([droppedSource('s/one.png')], { role: 'pairsRgb' })).entries).toHaveLength(1);
  });

  it('takes labels from a list file', async () => {
    const folder = await open([
      droppedSource('s/my images/1.png', smallPng(1)),
      droppedSource('s/my images/2.png', smallPng(2)),
      droppedSource('s/list.txt', 'my images/1.png 1\nmy images/2.png 0\n'),
    ]);
    expect(folder.entries.map(({ label }) => label)).toEqual(['1', '0']);
    expect(folder.classes).toEqual(['0', '1']);
    expect(folder.skipped).toEqual([]);
  });

  it('opens a zip that is dropped alone', async () => {
    const archive = zip([
      { path: 'a/1.png', bytes: smallPng(1) },
      { path: 'b/2.png', bytes: smallPng(2) },
    ]);
    const folder = await open([droppedSource('night.zip', new Uint8Array(archive))]);
    expect(folder.name).toBe('night');
    expect(folder.classes).toEqual(['a', 'b']);
    expect((await folder.raw(1)).samples).toEqual((await decodeImage(smallPng(2), '')).samples);
    expect((await failureOf(open([droppedSource('night.zip', new Uint8Array(archive.slice(0, 100)))]))).code).toBe(
      'damaged-file',
    );
  });

  it('decodes each image once, and keeps the last few that were looked at', async () => {
    const decoded: string[] = [];
    const counting = createLocalDesk(async (file) => {
      decoded.push(file.path);
      return decodeImage(await readSource(file), file.path);
    });
    const files = [1, 2, 3, 4, 5, 6].map((i) => droppedSource(`s/${String(i)}.png`, smallPng(i)));
    const folder = await open(files, { desk: counting });
    expect(decoded.toSorted()).toEqual(files.map(({ path }) => path));
    await Promise.all([folder.raw(0), folder.raw(0)]);
    await folder.raw(0);
    expect(decoded.slice(6)).toEqual(['s/1.png']);
    for (const index of [1, 2, 3, 4, 0]) await folder.raw(index);
    expect(decoded.slice(6)).toEqual(['s/1.png', 's/2.png', 's/3.png', 's/4.png', 's/5.png', 's/1.png']);
  });

  it('asks again for an image that could not be read', async () => {
    let gone = true;
    const flaky = createLocalDesk(async (file) => {
      if (gone && file.path === 's/2.png')
        throw new StudioError({ code: 'missing-file', message: 's/2.png is away.', remedy: '' });
      return decodeImage(await readSource(file), file.path);
    });
    const folder = await open(
      [1, 2, 3].map((i) => droppedSource(`s/${String(i)}.png`, smallPng(i))),
      { desk: flaky, measureWhole: 2, sample: 1 },
    );
    expect(await failureOf(folder.raw(1))).toMatchObject({ code: 'missing-file' });
    gone = false;
    expect((await folder.raw(1)).width).toBe(6);
  });

  it('lets a mistake of the studio surface instead of skipping files', async () => {
    const broken = createLocalDesk(() => Promise.reject(new TypeError('bug')));
    await expect(open([droppedSource('s/1.png'), droppedSource('s/2.png')], { desk: broken })).rejects.toThrow(
      TypeError,
    );
  });

  it('decodes at most as many files at a time as keep the desk busy, and reports each', async () => {
    let [running, most] = [0, 0];
    const progress: string[] = [];
    const watched: ImageDesk = {
      ...desk,
      atOnce: 3,
      async measure(file) {
        most = Math.max(most, ++running);
        const digest = await desk.measure(file);
        running--;
        return digest;
      },
    };
    const files = Array.from({ length: 20 }, (_, i) => droppedSource(`s/${String(i)}.png`, smallPng(i)));
    await open(files, {
      desk: watched,
      onProgress: (done, total) => progress.push(`${String(done)}/${String(total)}`),
    });
    expect(most).toBe(3);
    // Each is looked at first, then decoded.
    expect(progress).toEqual(Array.from({ length: 40 }, (_, i) => `${String(i + 1)}/40`));
  });

  it('ends between two files when it is told to', async () => {
    const abort = new AbortController();
    const files = Array.from({ length: 20 }, (_, i) => droppedSource(`s/${String(i)}.png`, smallPng(i)));
    let last = 0;
    const opening = open(files, {
      signal: abort.signal,
      onProgress: (done) => {
        last = done;
        if (done === 25) abort.abort(new Error('enough'));
      },
    });
    await expect(opening).rejects.toThrow('enough');
    expect(last).toBeLessThan(40);
  });
});

describe('a large folder', () => {
  const damaged = smallPng(5).slice(0, 60);
  const files = Array.from({ length: 30 }, (_, i) =>
    droppedSource(`s/${String(i)}.png`, i === 7 || i === 6 ? damaged : i === 9 ? '' : smallPng(i)),
  );
  const sampled = () => open(files, { measureWhole: 20, sample: 5 });

  it('is listed by names and sizes, and measured in a sample spread over it', async () => {
    const folder = await sampled();
    // Of 29 images 0, 5, 11, 17 and 23 are decoded; the empty file is found by its size.
    expect(folder.digests).toHaveLength(5);
    expect(folder.contentKeys.flatMap((key, index) => (key === null ? [] : [index]))).toEqual([0, 5, 11, 17, 23]);
    expect(folder.fingerprint).toMatch(/^sample:/);
    expect(folder.summary()).toMatchObject({
      usable: 29,
      measured: 5,
      skippedCount: 1,
      skipped: [{ path: 's/9.png', reason: 'is an empty file' }],
    });
    expect(folder.summary({ ...folder.recipe, scaling: { kind: 'clip', low: 10_000, high: 20_000 } }).warnings).toEqual(
      ['In a sample of 5: These images look almost black to the network. Check the value range.'],
    );
  });

  it('reads only what is measured, and what is not called an image', async () => {
    const looked: string[] = [];
    const everything = [...files, droppedSource('s/notes', 'text'), droppedSource('s/scan', smallPng(40))];
    for (const { path, source } of everything) {
      vi.spyOn(source as Blob, 'slice').mockImplementation((...part) => {
        looked.push(path);
        return Blob.prototype.slice.apply(source as Blob, part);
      });
    }
    const { entries } = await open(everything, { measureWhole: 20, sample: 5 });
    expect(looked).toEqual(['s/9.png', 's/notes', 's/scan']);
    expect(entries.map(({ path }) => path)).toContain('s/scan');
  });

  it('loses what turns out to be damaged when all is decoded, and is then known by its pixels', async () => {
    const folder = await sampled();
    const keys = await Promise.all(
      folder.files.map((file) =>
        desk.measure(file).then(
          ({ contentKey }) => contentKey,
          () => null,
        ),
      ),
    );
    const whole = await folder.afterDecoding({
      contentKeys: keys,
      unreadable: new Map(keys.flatMap((key, index) => (key === null ? [[index, 'is damaged'] as const] : []))),
    });
    expect(whole.entries).toHaveLength(27);
    expect(whole.files.map(({ path }) => path)).toEqual(whole.entries.map(({ path }) => path));
    expect(whole.skipped.map(({ path }) => path)).toEqual(['s/9.png', 's/6.png', 's/7.png']);
    expect(whole.fingerprint).toBe((await open(files)).fingerprint);
    expect((await whole.raw(6)).samples).toEqual((await decodeImage(smallPng(8), '')).samples);
  });

  it('is no folder of images any more when too few are left', async () => {
    const folder = await open(files.slice(4, 8));
    const unreadable = new Map([0, 1].map((index) => [index, 'is damaged'] as const));
    const failure = await failureOf(folder.afterDecoding({ contentKeys: [null, null], unreadable }));
    expect(failure).toMatchObject({
      code: 'no-images',
      message: expect.stringMatching(/^No readable images in "s"/) as string,
    });
  });
});
