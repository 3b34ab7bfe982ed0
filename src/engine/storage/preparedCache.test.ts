import { expect, it, vi } from 'vitest';
import { plainRecipe } from '../../shared/recipe';
import { createPreparedCache } from './preparedCache';
import { createMemoryShelf } from './shelf';
import type { RandomFile, Shelf } from './shelf';

const surprise = (error: Error): never => {
  throw error;
};
/** 10x10 pixels of one channel: 200 bytes an image, and its line of the index. */
const form = { recipe: plainRecipe, resize: [10, 10] as const, channels: 3 };
const keysOf = (count: number): Set<string> => new Set(Array.from({ length: count }, (_, at) => `${at}.png`));

async function fill(
  shelf: Shelf,
  folder: string,
  count: number,
  cache = createPreparedCache(() => Promise.resolve(shelf), surprise),
) {
  cache.startRun();
  const set = await cache.open({ folder, form, channels: 1, keys: keysOf(count) });
  for (const key of keysOf(count)) set.put(key, `content of ${key}`, new Uint16Array(100).fill(count));
  set.flush();
  const kept = [...keysOf(count)].filter((key) => set.find(key)?.kind === 'kept').length;
  return { cache, kept };
}

it('finds the images of a folder again, apart from those of other folders, recipes and sizes', async () => {
  const shelf = createMemoryShelf(100_000);
  await fill(shelf, 'a', 3);
  const cache = createPreparedCache(() => Promise.resolve(shelf), surprise);
  const found = async (change: object) =>
    (await cache.open({ folder: 'a', form, channels: 1, keys: keysOf(3), ...change })).read('1.png')?.[0];
  expect(await found({})).toBe(3);
  expect(await found({ folder: 'b' })).toBeUndefined();
  expect(await found({ channels: 3 })).toBeUndefined();
  expect(await found({ form: { ...form, resize: [10, 11] } })).toBeUndefined();
  expect(await found({ form: { ...form, recipe: { ...plainRecipe, holes: 'nearest' } } })).toBeUndefined();
});

it('throws away the set that was used longest ago when there is no room', async () => {
  const shelf = createMemoryShelf(12_000);
  for (const folder of ['a', 'b', 'a']) await fill(shelf, folder, 10);
  const { cache, kept } = await fill(shelf, 'c', 10);
  expect(kept).toBe(10);
  const sizes = await Promise.all(
    ['a', 'b'].map(
      async (folder) => (await cache.open({ folder, form, channels: 1, keys: new Set() })).find('1.png')?.kind,
    ),
  );
  expect(sizes).toEqual(['kept', undefined]);
});

it('keeps as many as there is room for, and nothing that the run needs is thrown away', async () => {
  const shelf = createMemoryShelf(10_000);
  const cache = createPreparedCache(() => Promise.resolve(shelf), surprise);
  cache.startRun();
  const open = (folder: string) => cache.open({ folder, form, channels: 1, keys: keysOf(30) });
  const sets = [await open('target'), await open('pairs')];
  for (const set of sets) for (const key of keysOf(30)) set.put(key, key, new Uint16Array(100));
  const kept = sets.map((set) => [...keysOf(30)].filter((key) => set.find(key)?.kind === 'kept').length);
  expect(kept[0]).toBe(20);
  expect((await cache.summary()).bytes).toBeLessThan(15_000);
});

it('says what it holds, and is empty after clearing', async () => {
  const shelf = createMemoryShelf(100_000);
  const { cache } = await fill(shelf, 'a', 3);
  await fill(shelf, 'b', 4, cache);
  expect(await cache.summary()).toMatchObject({ sets: 2, limitBytes: 100_000 });
  expect((await cache.summary()).bytes).toBeGreaterThan(7 * 200);
  expect(await cache.clear()).toEqual({ bytes: 0, limitBytes: 100_000, sets: 0 });
  expect((await fill(shelf, 'a', 2, cache)).kept).toBe(2);
});

it('goes on without keeping anything when the storage cannot be opened', async () => {
  const shelf: Shelf = {
    ...createMemoryShelf(100_000),
    open: () => Promise.reject(new DOMException('locked', 'NoModificationAllowedError')),
  };
  const refusals: string[] = [];
  const cache = createPreparedCache(
    () => Promise.resolve(shelf),
    ({ name }) => refusals.push(name),
  );
  expect((await fill(shelf, 'a', 3, cache)).kept).toBe(0);
  expect(refusals).toEqual(['NoModificationAllowedError']);
});

const failingOpen = async (file: string, shelf: Shelf): Promise<RandomFile> => {
  if (file.endsWith('.index')) throw new TypeError('It broke.');
  return shelf.open(file);
};

/** A cache on a shelf, and what it says. */
function cacheOn(shelf: Shelf) {
  const told: string[] = [];
  const cache = createPreparedCache(
    () => Promise.resolve(shelf),
    ({ name }) => told.push(name),
  );
  return { cache, told };
}

it('goes on whatever a storage throws, and leaves no file open that it cannot use', async () => {
  const memory = createMemoryShelf(100_000);
  const closed = vi.fn();
  const shelf: Shelf = {
    ...memory,
    open: async (file) => ({ ...(await failingOpen(file, memory)), close: closed }),
  };
  const { cache, told } = cacheOn(shelf);
  expect((await fill(shelf, 'a', 3, cache)).kept).toBe(0);
  expect(told).toEqual(['TypeError']);
  expect(closed).toHaveBeenCalledTimes(1);
});

it.each([0, NaN, 499])('keeps nothing, and says so, where storage has room for %d bytes', async (limitBytes) => {
  const shelf = { ...createMemoryShelf(0), limitBytes };
  const { cache, told } = cacheOn(shelf);
  expect((await fill(shelf, 'a', 3, cache)).kept).toBe(0);
  expect(told).toEqual(['QuotaExceededError']);
});

it('says once a run that the storage is full, in however many folders', async () => {
  const memory = createMemoryShelf(100_000);
  const full = (): never => {
    throw new DOMException('full', 'QuotaExceededError');
  };
  const shelf: Shelf = {
    ...memory,
    open: async (file) => ({ ...(await memory.open(file)), ...(file.endsWith('.pixels') && { write: full }) }),
  };
  const { cache, told } = cacheOn(shelf);
  for (let runs = 1; runs <= 2; runs++) {
    cache.startRun();
    for (const folder of ['target', 'pairsRgb', 'pairsTarget']) {
      const set = await cache.open({ folder, form, channels: 1, keys: keysOf(2) });
      for (const key of keysOf(2)) set.put(key, key, new Uint16Array(100));
    }
    expect(told).toHaveLength(runs);
  }
});

it('leaves a set that cannot be removed, makes room with the others, and says so', async () => {
  const memory = createMemoryShelf(10_000);
  await fill(memory, 'a', 10);
  await fill(memory, 'b', 10);
  const [first] = await memory.list();
  const stuck = first?.name.replace(/\.\w+$/, '') ?? '';
  const shelf: Shelf = {
    ...memory,
    remove: async (file) => {
      if (file.startsWith(stuck)) throw new TypeError('It broke.');
      await memory.remove(file);
    },
  };
  const { cache, told } = cacheOn(shelf);
  expect((await fill(shelf, 'c', 10, cache)).kept).toBe(10);
  expect(told).toEqual(['TypeError']);
  expect((await cache.summary()).sets).toBe(2);
  expect(await cache.clear()).toMatchObject({ sets: 1 });
  expect(told).toHaveLength(2);
});
