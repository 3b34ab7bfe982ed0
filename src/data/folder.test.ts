import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../formats/images/registry';
import { zip } from '../formats/zip';
import { StudioError } from '../shared/failure';
import { openFolder } from './folder';
import type { OpenedFolder, OpenFolderArgs } from './folder';
import type { Decoder } from './rawStore';
import type { DroppedFile } from '../shared/images';

const decode: Decoder = async (blob, path) => decodeImage(new Uint8Array(await blob.arrayBuffer()), path);

const pngOf = (seed: number): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    encode({
      width: 6,
      height: 5,
      channels: 1,
      depth: 8,
      data: Uint8Array.from({ length: 30 }, (_, i) => (seed * 37 + i * 8) % 256),
    }),
  );
const dropped = (path: string, content: Uint8Array<ArrayBuffer> | string = pngOf(path.length)): DroppedFile => ({
  path,
  file: new File([content], path.split('/').at(-1) ?? ''),
});
const open = (files: readonly DroppedFile[], more: Partial<OpenFolderArgs> = {}): Promise<OpenedFolder> =>
  openFolder({ role: 'target', files, decode, ...more });

async function failureOf(promise: Promise<unknown>): Promise<StudioError['failure']> {
  const outcome: unknown = await promise.catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

describe('opening a folder', () => {
  it('lists, labels and measures the images, and passes over what systems leave behind', async () => {
    const folder = await open([
      dropped('set/b/10.png', pngOf(1)),
      dropped('set/b/9.png', pngOf(2)),
      dropped('set/a/1.png', pngOf(3)),
      dropped('set/.DS_Store', 'x'),
      dropped('set/a/Thumbs.db', 'x'),
      dropped('__MACOSX/set/a/._1.png', 'x'),
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
    expect([...(await folder.raw(1)).samples]).toEqual([...(await decodeImage(pngOf(2), '')).samples]);
  });

  it('skips what it cannot use, and says what it is', async () => {
    const damaged = pngOf(5).slice(0, 60);
    const { entries, skipped, summary } = await open([
      dropped('s/1.png', pngOf(1)),
      dropped('s/2.png', pngOf(2)),
      dropped('s/damaged.png', damaged),
      dropped('s/empty.png', ''),
      dropped('s/page.png', '<!DOCTYPE html><html>'),
      dropped('s/notes.txt', 'hello there'),
      dropped('s/lfs.png', 'version https://git-lfs.github.com/spec/v1\noid sha256:00'),
      dropped('s/scan.tif', 'II*\0aaaaaaa'),
      dropped('s/really a png.dat', pngOf(3)),
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
      open([dropped('scans/a.mat', 'MATLAB 5.0'), dropped('scans/b.mat', 'MATLAB 5.0'), dropped('scans/c.txt', 'c')]),
    );
    expect(nothing).toMatchObject({
      code: 'no-images',
      message: 'No readable images in "scans": 3 files (2 .mat, 1 .txt).',
    });
    expect(nothing.detail).toContain('scans/a.mat is a MATLAB file');
    expect((await failureOf(open([dropped('s/one.png')]))).message).toBe(
      'Only 1 readable image in "s", but target images need at least 2.',
    );
    expect((await failureOf(open([]))).message).toMatch(/it is empty/);
    expect((await open([dropped('s/one.png')], { role: 'pairsRgb' })).entries).toHaveLength(1);
  });

  it('takes labels from a list file', async () => {
    const folder = await open([
      dropped('s/my images/1.png', pngOf(1)),
      dropped('s/my images/2.png', pngOf(2)),
      dropped('s/list.txt', 'my images/1.png 1\nmy images/2.png 0\n'),
    ]);
    expect(folder.entries.map(({ label }) => label)).toEqual(['1', '0']);
    expect(folder.classes).toEqual(['0', '1']);
    expect(folder.skipped).toEqual([]);
  });

  it('opens a zip that is dropped alone', async () => {
    const archive = zip([
      { path: 'a/1.png', bytes: pngOf(1) },
      { path: 'b/2.png', bytes: pngOf(2) },
    ]);
    const folder = await open([dropped('night.zip', new Uint8Array(archive))]);
    expect(folder.name).toBe('night');
    expect(folder.classes).toEqual(['a', 'b']);
    expect((await failureOf(open([dropped('night.zip', new Uint8Array(archive.slice(0, 100)))]))).code).toBe(
      'damaged-file',
    );
  });

  it('decodes again what memory does not hold, and says when a file changed in between', async () => {
    let decodings = 0;
    let gone = false;
    const counting: Decoder = (blob, path) => {
      decodings++;
      return gone ? Promise.reject(new DOMException('gone', 'NotReadableError')) : decode(blob, path);
    };
    const files = [dropped('s/1.png', pngOf(1)), dropped('s/2.png', pngOf(2))];
    const folder = await open(files, { decode: counting, memoryBudgetBytes: 30, concurrency: 1 });
    expect(decodings).toBe(2);
    await folder.raw(0);
    expect(decodings).toBe(2);
    await folder.raw(1);
    expect(decodings).toBe(3);
    gone = true;
    await folder.raw(0);
    expect(await failureOf(folder.raw(1))).toMatchObject({
      code: 'missing-file',
      message: 's/2.png can no longer be read: it was changed, moved or removed after it was chosen.',
    });
  });

  it('lets a mistake of the studio surface instead of skipping files', async () => {
    const broken: Decoder = () => Promise.reject(new TypeError('bug'));
    await expect(open([dropped('s/1.png'), dropped('s/2.png')], { decode: broken })).rejects.toThrow(TypeError);
  });

  it('decodes at most as many files at a time as told, and reports each', async () => {
    let [running, most] = [0, 0];
    const progress: string[] = [];
    const watched: Decoder = async (blob, path) => {
      most = Math.max(most, ++running);
      const image = await decode(blob, path);
      running--;
      return image;
    };
    const files = Array.from({ length: 20 }, (_, i) => dropped(`s/${String(i)}.png`, pngOf(i)));
    await open(files, {
      decode: watched,
      concurrency: 3,
      onProgress: (done, total) => progress.push(`${String(done)}/${String(total)}`),
    });
    expect(most).toBe(3);
    expect(progress).toEqual(Array.from({ length: 20 }, (_, i) => `${String(i + 1)}/20`));
  });
});

describe('what names cannot reach', () => {
  const set = (names: readonly string[], root = 'set'): DroppedFile[] =>
    names.map((name, i) => dropped(`${root}/${name}/${String(i)}.png`, pngOf(i)));

  it('orders training by pixels alone: renamed class folders and files change nothing', async () => {
    const pixels = async (files: readonly DroppedFile[]): Promise<number[][]> => {
      const folder = await open(files);
      return Promise.all(folder.blindOrder.map(async (index) => [...(await folder.raw(index)).samples]));
    };
    const sorted = await pixels(set(['a', 'b', 'c', 'd']));
    expect(await pixels(set(['d', 'a', 'c', 'b']))).toEqual(sorted);
    expect(await pixels([3, 1, 0, 2].map((i) => dropped(`flat/${String(i * 7)}.png`, pngOf(i))))).toEqual(sorted);
    expect(new Set(sorted.map(String)).size).toBe(4);
  });

  it('gives the same fingerprint wherever the folder lies, and another when a pixel or a name changes', async () => {
    const of = async (files: readonly DroppedFile[]): Promise<string> => (await open(files)).fingerprint;
    const fingerprint = await of(set(['a', 'b']));
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await of(set(['a', 'b'], 'elsewhere'))).toBe(fingerprint);
    expect(await of(set(['a', 'c']))).not.toBe(fingerprint);
    expect(await of([dropped('set/a/0.png', pngOf(0)), dropped('set/b/1.png', pngOf(9))])).not.toBe(fingerprint);
  });
});
