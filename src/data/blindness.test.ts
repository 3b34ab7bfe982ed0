import { encode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { openFolder } from './folder';
import type { OpenedFolder } from './folder';
import { blindOrderOf } from './folderFacts';
import { createLocalDesk } from './imageDesk';
import type { SourceFile } from './sourceFile';
import { droppedSource, smallPng } from '../tests/smallPng';

const desk = createLocalDesk();

const open = (files: readonly SourceFile[]): Promise<OpenedFolder> => openFolder({ role: 'target', files, desk });

describe('what names cannot reach', () => {
  const set = (names: readonly string[], root = 'set'): SourceFile[] =>
    names.map((name, i) => droppedSource(`${root}/${name}/${String(i)}.png`, smallPng(i)));

  it('orders training by pixels alone: renamed class folders and files change nothing', async () => {
    const pixels = async (files: readonly SourceFile[]): Promise<number[][]> => {
      const folder = await open(files);
      const order = blindOrderOf(folder.contentKeys.map((key) => key ?? ''));
      return Promise.all(order.map(async (index) => [...(await folder.raw(index)).samples]));
    };
    const sorted = await pixels(set(['a', 'b', 'c', 'd']));
    expect(await pixels(set(['d', 'a', 'c', 'b']))).toEqual(sorted);
    expect(await pixels([3, 1, 0, 2].map((i) => droppedSource(`flat/${String(i * 7)}.png`, smallPng(i))))).toEqual(
      sorted,
    );
    expect(new Set(sorted.map(String)).size).toBe(4);
  });

  it('suggests the same recipe whatever the classes are called, also when class folders are dropped themselves', async () => {
    const dark = Uint8Array.from({ length: 30 }, (_, i) => (i % 10 === 0 ? 0 : 200 + i));
    const png = new Uint8Array(encode({ width: 6, height: 5, channels: 1, depth: 8, data: dark }));
    const suggested = async (root: string, first: string): Promise<OpenedFolder> =>
      open([1, 2, 3, 4].map((i) => droppedSource(`${root}${i < 4 ? first : 'oak'}/${String(i)}.png`, png)));
    for (const root of ['set/', '']) {
      const [plain, fir] = [await suggested(root, 'ash'), await suggested(root, 'fir')];
      expect(plain.recipe.holes).toBe('nearest');
      expect(fir.recipe).toEqual(plain.recipe);
      expect(fir.recipeReason).toBe(plain.recipeReason);
    }
    expect((await suggested('thermal/', 'ash')).recipe.holes).toBe('keep');
  });

  it('gives the same fingerprint wherever the folder lies, and another when a pixel or a name changes', async () => {
    const of = async (files: readonly SourceFile[]): Promise<string> => (await open(files)).fingerprint;
    const fingerprint = await of(set(['a', 'b']));
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    expect(await of(set(['a', 'b'], 'elsewhere'))).toBe(fingerprint);
    expect(await of(set(['a', 'c']))).not.toBe(fingerprint);
    expect(await of([droppedSource('set/a/0.png', smallPng(0)), droppedSource('set/b/1.png', smallPng(9))])).not.toBe(
      fingerprint,
    );
  });
});
