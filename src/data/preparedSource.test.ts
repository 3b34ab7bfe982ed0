import { describe, expect, it } from 'vitest';
import { createPreparedSource } from './preparedSource';
import type { PackedImage } from './transforms/packed';

const image = (value: number): PackedImage => ({ width: 1, height: 1, channels: 1, values: Uint16Array.of(value) });

/** A source of ten images, every third of which is kept, and what it has decoded so far. */
function watched(ahead = 3, fail?: number) {
  const decoded: number[] = [];
  const isKept = (index: number): boolean => index % 3 === 0;
  const source = createPreparedSource({
    count: 10,
    isKept,
    kept: (index) => (isKept(index) ? image(index) : null),
    prepare: (index) => {
      decoded.push(index);
      return index === fail ? Promise.reject(new Error('damaged')) : Promise.resolve(image(index));
    },
    ahead,
  });
  const taken = async (index: number): Promise<number | undefined> => (await source.take(index)).values[0];
  return { source, decoded, taken };
}

describe('a source of prepared images', () => {
  it('gives kept images at once and decodes the others', async () => {
    const { source, decoded, taken } = watched();
    expect(source.take(3)).toEqual(image(3));
    expect(await taken(4)).toBe(4);
    expect(decoded).toEqual([4]);
  });

  it('decodes ahead what is expected and not kept, in order, so many at a time', async () => {
    const { source, decoded, taken } = watched();
    source.expect([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    expect(decoded).toEqual([1, 2, 4]);
    expect(await taken(0)).toBe(0);
    expect(await taken(1)).toBe(1);
    expect(decoded).toEqual([1, 2, 4, 5]);
    for (const index of [2, 4, 5, 7, 8]) expect(await taken(index)).toBe(index);
    expect(decoded).toEqual([1, 2, 4, 5, 7, 8]);
  });

  it('keeps what is still expected when other images are, and gives up the rest', async () => {
    const { source, decoded, taken } = watched();
    source.expect([1, 2, 4]);
    source.expect([4, 5, 7, 8]);
    expect(decoded).toEqual([1, 2, 4, 5, 7]);
    expect(await taken(4)).toBe(4);
    expect(await taken(1)).toBe(1);
    expect(decoded).toEqual([1, 2, 4, 5, 7, 8, 1]);
  });

  it('gives the failure of an image to whoever takes it, and to nobody else', async () => {
    const { source, taken } = watched(3, 2);
    source.expect([1, 2, 4]);
    expect(await taken(1)).toBe(1);
    await expect(taken(2)).rejects.toThrow('damaged');
    source.expect([2]);
    source.expect([]);
    expect(await taken(4)).toBe(4);
  });

  it('may be asked for an image twice in a batch', async () => {
    const { source, taken } = watched();
    source.expect([1, 1, 2]);
    expect(await Promise.all([taken(1), taken(1), taken(2)])).toEqual([1, 1, 2]);
  });
});
