import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zlibSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { StudioError, toFailure } from '../../../shared/failure';
import { byteChanges, handle, truncations } from '../../../tests/mutations';
import { decodeTensor } from '../storedTensor';
import { openModel } from '../registry';
import { findObject, openHdf5 } from './hdf5/hdf5';

const folder = join(import.meta.dirname, '../../fixtures/keras');
const bytesOf = (name: string) => new Uint8Array(readFileSync(join(folder, name)));

describe('damaged files are read or refused, never a hang or a crash', () => {
  it.each(['keras2-split.h5', 'new-style.h5', 'keras3-legacy.h5', 'gzip.h5', 'keras2-13.keras'])(
    '%s within 2 s and 512 MB each',
    async (name) => {
      const bytes = bytesOf(name);
      const read = (damaged: Uint8Array) => openModel([{ path: name, bytes: damaged }]);
      const cut = await handle(truncations(bytes, 2048, 200), read);
      expect(cut).toMatchObject({ opened: 0, refused: 2248 });
      const changed = await handle(byteChanges(bytes, 4096, 500), read);
      expect(changed.opened).toBeGreaterThan(0);
      expect(changed.refused).toBeGreaterThan(0);
      for (const handling of [cut, changed]) {
        expect(handling.milliseconds).toBeLessThan(2000);
        expect(handling.bytes).toBeLessThan(2 ** 29);
      }
    },
  );
});

const u8 = (...values: number[]) => Uint8Array.from(values);
const le = (value: number, bytes: number) => Uint8Array.from({ length: bytes }, (_, at) => Math.floor(value / 256 ** at) % 256); // prettier-ignore
const text = (value: string) => new TextEncoder().encode(value);
const join8 = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));

/** A message of a version 1 header. */
const message = (type: number, ...parts: Uint8Array[]): Uint8Array => {
  const body = join8(...parts);
  return join8(le(type, 2), le(body.length, 2), le(0, 4), body);
};
const header = (...messages: Uint8Array[]): Uint8Array => {
  const body = join8(...messages);
  return join8(u8(1, 0), le(messages.length, 2), le(1, 4), le(body.length, 4), le(0, 4), body);
};

const ROOT = 96;
const nowhere = new Uint8Array(8).fill(255);

/** A file whose root group has this header, with the rest behind it. */
function file(root: Uint8Array, rest: Uint8Array = new Uint8Array()): Uint8Array {
  const length = ROOT + root.length + rest.length;
  const superblock = join8(
    u8(0x89, 0x48, 0x44, 0x46, 13, 10, 26, 10, 0, 0, 0, 0, 0, 8, 8, 0), le(4, 2), le(16, 2), le(0, 4),
    le(0, 8), nowhere, le(length, 8), nowhere, le(0, 8), le(ROOT, 8), le(0, 8), le(0, 16),
  ); // prettier-ignore
  return join8(superblock, root, rest);
}

/** Everything a reader of models asks for. */
function readAll(bytes: Uint8Array): unknown {
  const root = openHdf5({ path: 'hostile.h5', bytes });
  root.texts('model_config');
  return root.names().map((name) => {
    const object = findObject(root, `${name}/${'x/'.repeat(50_000)}`) ?? root.child(name);
    return object?.isDataset() ? decodeTensor(object.tensor(name)) : object?.names();
  });
}

const link = (name: string, address: number) => message(6, u8(1, 0, name.length), text(name), le(address, 8));
const shape = (...lengths: number[]) => message(1, u8(1, lengths.length, 0, 0, 0, 0, 0, 0), ...lengths.map((length) => le(length, 8))); // prettier-ignore
const float32 = message(3, u8(0x11, 0x20, 31, 0), le(4, 4), le(0, 2), le(32, 2), u8(23, 8, 0, 23), le(127, 4));
const tree = (type: number, level: number, children: readonly Uint8Array[]) =>
  join8(text('TREE'), u8(type, level), le(children.length, 2), nowhere, nowhere, ...children);

/** A dataset `x` whose header follows the root's. */
function dataset(...messages: Uint8Array[]): Uint8Array {
  const root = (at: number) => header(link('x', at));
  const at = ROOT + root(0).length;
  return file(root(at), header(...messages));
}

/** A group whose index has `levels` levels; each node names the one below it `width` times. */
function fanOut(levels: number, width: number): Uint8Array {
  const root = (at: number) => header(message(17, le(at, 8), le(ROOT, 8)));
  const start = ROOT + root(0).length;
  const nodes: Uint8Array[] = [];
  let [at, child] = [start, start];
  for (let level = 0; level < levels; level += 1) {
    const node = join8(
      tree(
        0,
        level,
        Array.from({ length: width }, () => join8(le(0, 8), le(child, 8))),
      ),
      le(0, 8),
    );
    nodes.push(node);
    child = at;
    at += node.length;
  }
  const heap = join8(text('HEAP'), le(0, 4), le(8, 8), nowhere, le(ROOT, 8));
  return file(header(message(17, le(child, 8), le(at, 8))), join8(...nodes, heap));
}

const chunkedLayout = (address: number, ...size: number[]) => message(8, u8(3, 2, size.length + 1), le(address, 8), ...size.map((length) => le(length, 4)), le(4, 4)); // prettier-ignore
const zeros = (count: number) => zlibSync(new Uint8Array(count));

/** A compressed dataset of 4 values whose one piece is this. */
function compressed(packed: Uint8Array): Uint8Array {
  const filters = message(11, u8(1, 1, 0, 0, 0, 0, 0, 0), le(1, 2), le(0, 2), le(1, 2), le(1, 2), le(9, 4), le(0, 4));
  const parts = (index: number) => [shape(4), float32, chunkedLayout(index, 4), filters];
  const index = dataset(...parts(0)).length;
  const head = dataset(...parts(index));
  const entry = join8(le(packed.length, 4), le(0, 4), le(0, 8), le(0, 8));
  const node = (at: number) => tree(1, 0, [join8(entry, le(at, 8))]);
  const whole = join8(head, node(index + node(0).length), packed);
  whole.set(le(whole.length, 8), 40);
  return whole;
}

describe('hostile HDF5 files are refused or read at once', () => {
  it('the builder of these files makes readable ones', () => {
    const values = (bytes: Uint8Array) => [...decodeTensor(openHdf5({ path: 'a', bytes }).child('x')?.tensor('x') ?? (undefined as never))]; // prettier-ignore
    const compact = message(8, u8(3, 0), le(8, 2), new Uint8Array(Float32Array.of(1.5, -2).buffer));
    expect(values(dataset(shape(2), float32, compact))).toEqual([1.5, -2]);
    expect(values(compressed(zlibSync(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer))))).toEqual([1, 2, 3, 4]);
  });

  it('takes two bytes that are called bfloat16 for numbers, and no others', () => {
    const named = (name: string) => message(12, u8(1, 0), le(6, 2), le(8, 2), le(8, 2), text('dtype\0\0\0'), u8(0x13, 0, 0, 0), le(8, 4), u8(1, 0, 0, 0, 0, 0, 0, 0), text(name.padEnd(8, '\0'))); // prettier-ignore
    const opaque = message(3, u8(0x15, 0, 0, 0), le(2, 4));
    const values = message(8, u8(3, 0), le(4, 2), u8(0x80, 0x3f, 0x20, 0xc0)); // 1 and -2.5
    const tensor = (name: string) => openHdf5({ path: 'a.h5', bytes: dataset(shape(2), opaque, values, named(name)) }).child('x')?.tensor('x'); // prettier-ignore
    expect([...decodeTensor(tensor('bfloat16') ?? (undefined as never))]).toEqual([1, -2.5]);
    expect(() => tensor('secret')).toThrow('holds no numbers in the weight x');
  });

  it.each<[string, Uint8Array, RegExp | null]>([
    ['a group that holds itself', file(header(link('self', ROOT))), null],
    ['a header that continues in itself', file(header(message(16, le(ROOT + 16, 8), le(24, 8)))), /continues in itself/],
    ['a header of 30,000 parts that overlap', file(header(...Array.from({ length: 30_000 }, (_, at) => message(16, le(ROOT + 16 + 24 * (at + 1), 8), le(24 * (30_000 - at - 1), 8))))), /damaged/],
    ['an index that branches a thousandfold on five levels', fanOut(5, 1000), /used twice/],
    ['a weight of 2^60 bytes', dataset(shape(2 ** 50, 2 ** 10), float32, message(8, u8(3, 1), le(96, 8), le(64, 8))), /impossibly large/],
    ['a shape that overflows every number', dataset(shape(...Array.from({ length: 30 }, () => 2 ** 52)), float32, message(8, u8(3, 1), le(96, 8), le(64, 8))), /impossibly large/],
    ['a shape of everything times nothing', dataset(shape(...Array.from({ length: 30 }, () => 2 ** 52), 0), float32, message(8, u8(3, 1), le(96, 8), le(64, 8))), /impossibly large/],
    ['millions of pieces', dataset(shape(2 ** 24), float32, chunkedLayout(96, 1)), /without end/],
    ['pieces of length 0', dataset(shape(8), float32, chunkedLayout(96, 0)), /unreadable layout/],
    ['a piece far larger than its tensor', dataset(shape(4), float32, chunkedLayout(96, 2 ** 31)), /damaged/],
    ['a zlib bomb', compressed(zeros(50_000_000)), /cannot be unpacked/],
    ['too little in a piece', compressed(zeros(8)), /cannot be unpacked/],
    ['a list of a billion empty names', file(header(message(12, u8(1, 0), le(13, 2), le(8, 2), le(16, 2), text('model_config\0\0\0\0'), u8(0x13, 0, 0, 0), le(0, 4), u8(1, 1, 0, 0, 0, 0, 0, 0), le(1e9, 8)))), /without end/],
    ['a user block', (() => { const bytes = file(header()); bytes.set(le(512, 8), 24); return bytes; })(), /begins with other data/],
    ['addresses of 4 bytes', (() => { const bytes = file(header()); bytes[13] = 4; return bytes; })(), /another size than 8 bytes/],
    ['big-endian numbers', dataset(shape(2), message(3, u8(0x11, 0x21, 31, 0), le(4, 4), le(0, 2), le(32, 2), u8(23, 8, 0, 23), le(127, 4)), message(8, u8(3, 1), le(96, 8), le(8, 8))), /big-endian numbers/],
  ])('%s', (_, bytes, message) => {
    const start = performance.now();
    const result = attempt(() => readAll(bytes));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(result === null).toBe(message === null);
    if (message) expect(result?.message).toMatch(message);
  }); // prettier-ignore
});

/** The failure of a function, null if it works; what is no StudioError is thrown on. */
function attempt(run: () => unknown) {
  try {
    run();
    return null;
  } catch (error) {
    if (error instanceof StudioError) return toFailure(error);
    throw error;
  }
}
