import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ImageSetFile } from './imageSetFile';
import { createMemoryShelf } from './shelf';
import type { RandomFile } from './shelf';

const length = 5;
const valuesOf = (seed: number): Uint16Array =>
  Uint16Array.from({ length }, (_, at) => (seed * 7919 + at * 31) % 65_536);
const ignore = (): void => undefined;

interface Files {
  readonly pixels: RandomFile;
  readonly index: RandomFile;
}
async function files(): Promise<Files> {
  const shelf = createMemoryShelf(2 ** 20);
  return { pixels: await shelf.open('pixels'), index: await shelf.open('index') };
}
function open(on: Files, { room = 100, title = 'depth', wanted = [] as readonly string[], onRefused = ignore } = {}) {
  const set = new ImageSetFile({ ...on, title, length, onRefused });
  set.makeRoom(room, new Set(wanted));
  return set;
}
const fill = (set: ImageSetFile, count: number, from = 0): void => {
  for (let at = from; at < from + count; at++) set.put(`${at}.png`, `key ${at}`, valuesOf(at));
};

describe('a set of prepared images', () => {
  it('gives back what was put, also when it is opened again', async () => {
    const on = await files();
    const set = open(on);
    fill(set, 3);
    expect(set.read('1.png')).toEqual(valuesOf(1));
    set.close();
    const again = open(on);
    expect([0, 1, 2].map((at) => again.read(`${at}.png`))).toEqual([0, 1, 2].map(valuesOf));
    expect(again.find('2.png')).toMatchObject({ kind: 'kept', contentKey: 'key 2' });
    expect(again.find('3.png')).toBeUndefined();
  });

  it('is begun anew when the files hold something else', async () => {
    const on = await files();
    const set = open(on);
    fill(set, 3);
    set.close();
    const other = open(on, { title: 'infrared' });
    expect(other.find('1.png')).toBeUndefined();
    expect(other.bytes()).toBeLessThan(100);
  });

  it('keeps no more than there is room for, and remembers the content of the others', async () => {
    const on = await files();
    const set = open(on, { room: 2 });
    fill(set, 3);
    expect(set.hasRoom()).toBe(false);
    expect(set.find('2.png')).toEqual({ kind: 'known', contentKey: 'key 2' });
    expect(set.read('2.png')).toBeNull();
    set.close();
    expect(open(on, { room: 2 }).find('2.png')).toEqual({ kind: 'known', contentKey: 'key 2' });
  });

  it('gives the place of images that are not wanted any more to others', async () => {
    const on = await files();
    const first = open(on, { room: 3 });
    fill(first, 3);
    first.close();
    const set = open(on, { room: 3, wanted: ['1.png', '7.png'] });
    set.put('7.png', 'key 7', valuesOf(7));
    set.flush();
    expect(on.pixels.size()).toBe(3 * length * 2);
    for (const reader of [set, open(on)]) {
      expect(reader.read('1.png')).toEqual(valuesOf(1));
      expect(reader.read('7.png')).toEqual(valuesOf(7));
      expect(['0.png', '2.png'].filter((key) => reader.read(key))).toHaveLength(1);
    }
  });

  it('forgets an image whose pixels are damaged, and keeps it anew', async () => {
    const on = await files();
    const first = open(on);
    fill(first, 3);
    first.close();
    on.pixels.write(Uint8Array.of(1, 2, 3), length * 2 + 4);
    const set = open(on);
    expect(set.read('1.png')).toBeNull();
    expect(set.find('1.png')).toEqual({ kind: 'known', contentKey: 'key 1' });
    set.put('1.png', 'key 1', valuesOf(1));
    expect([0, 1, 2].map((at) => set.read(`${at}.png`))).toEqual([0, 1, 2].map(valuesOf));
  });

  it('goes on without keeping when the storage is full, and says so once', async () => {
    const on = await files();
    const refusals: string[] = [];
    let writes = 0;
    const full: RandomFile = {
      ...on.pixels,
      write: (bytes, at) => {
        if (++writes > 2) throw new DOMException('full', 'QuotaExceededError');
        on.pixels.write(bytes, at);
      },
    };
    const set = open({ ...on, pixels: full }, { onRefused: ({ name }: Error) => void refusals.push(name) } as never);
    fill(set, 5);
    set.flush();
    expect(refusals).toEqual(['QuotaExceededError']);
    expect([0, 1, 2, 3].map((at) => set.read(`${at}.png`))).toEqual([valuesOf(0), valuesOf(1), null, null]);
    expect(set.find('4.png')).toEqual({ kind: 'known', contentKey: 'key 4' });
  });

  it('takes images for not kept where the storage does not give them back, and says so once', async () => {
    const on = await files();
    const first = open(on);
    fill(first, 3);
    first.close();
    const refusals: string[] = [];
    let reads = 0;
    const failing: RandomFile = {
      ...on.pixels,
      read: (into, at) => {
        if (++reads > 1) throw new TypeError('It broke.');
        return on.pixels.read(into, at);
      },
    };
    const set = open({ ...on, pixels: failing }, { onRefused: ({ name }: Error) => void refusals.push(name) } as never);
    expect([0, 1, 2].map((at) => set.read(`${at}.png`))).toEqual([valuesOf(0), null, null]);
    expect(set.find('1.png')).toEqual({ kind: 'known', contentKey: 'key 1' });
    expect(refusals).toEqual(['TypeError']);
  });

  it('does not fail where the storage can neither make what was written safe nor close it', async () => {
    const on = await files();
    const refusals: string[] = [];
    const fail = (): never => {
      throw new TypeError('It broke.');
    };
    const index: RandomFile = { ...on.index, flush: fail, close: fail };
    const set = open({ ...on, index }, { onRefused: ({ name }: Error) => void refusals.push(name) } as never);
    fill(set, 2);
    set.flush();
    set.close();
    expect(refusals).toEqual(['TypeError']);
    expect(open(on).read('1.png')).toEqual(valuesOf(1));
  });

  it('writes nothing of an image without room that is known already, however often it is decoded', async () => {
    const on = await files();
    const set = open(on, { room: 1 });
    fill(set, 3);
    set.flush();
    const bytes = on.index.size();
    for (let epoch = 0; epoch < 5; epoch++) fill(set, 2, 1);
    set.flush();
    expect(on.index.size()).toBe(bytes);
    set.put('2.png', 'other key', valuesOf(2));
    set.flush();
    expect(on.index.size()).toBeGreaterThan(bytes);
  });

  it('takes images again when room is made in a storage that was full, also one that could not be emptied', async () => {
    const on = await files();
    const first = open(on, { title: 'infrared' });
    fill(first, 3);
    first.close();
    let isFull = true;
    const whileFull = (act: () => void): void => {
      if (isFull) throw new DOMException('full', 'QuotaExceededError');
      act();
    };
    const index: RandomFile = {
      ...on.index,
      truncate: (bytes) => whileFull(() => on.index.truncate(bytes)),
      write: (bytes, at) => whileFull(() => on.index.write(bytes, at)),
    };
    const set = open({ ...on, index });
    fill(set, 2, 5);
    expect(set.read('5.png')).toBeNull();
    isFull = false;
    set.makeRoom(10, new Set());
    fill(set, 2, 5);
    set.close();
    const again = open(on);
    expect(again.read('6.png')).toEqual(valuesOf(6));
    expect(again.find('1.png')).toBeUndefined();
  });

  it('never gives wrong pixels, wherever a crash cut its files off or a disk lost a part of them', async () => {
    const damage = fc.record({
      file: fc.constantFrom<keyof Files>('pixels', 'index'),
      /** Where the file ends, or a stretch of zeros begins, as a share of its length. */
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      zeros: fc.option(fc.integer({ min: 1, max: 40 })),
    });
    await fc.assert(
      fc.asyncProperty(damage, fc.integer({ min: 1, max: 6 }), async ({ file, at, zeros }, room) => {
        const on = await files();
        // Slots are used a second time, so that old index lines point at newer pixels.
        const first = open(on, { room });
        fill(first, 6);
        first.close();
        const second = open(on, { room, wanted: ['0.png'] });
        fill(second, 4, 10);
        second.close();
        const place = Math.floor(on[file].size() * at);
        if (zeros === null) on[file].truncate(place);
        else on[file].write(new Uint8Array(zeros), place);
        const set = open(on, { room });
        for (let seed = 0; seed < 14; seed++) {
          const values = set.read(`${seed}.png`);
          if (values) expect(values).toEqual(valuesOf(seed));
        }
        set.put('new.png', 'new', valuesOf(99));
        set.close();
        expect(open(on).find('new.png')?.contentKey).toBe('new');
      }),
      { numRuns: 150 },
    );
  });
});
