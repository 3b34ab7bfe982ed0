import { zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { byteChanges, handle, truncations } from '../../tests/mutations';
import { isImageArchive } from './npz';
import { decodeImage } from './registry';

/** A file as NumPy writes it: version 1, the header padded to 64 bytes. */
function npyOf(descr: string, shape: readonly number[], values: readonly number[], fortranOrder = false): Uint8Array {
  const tuple = shape.length === 1 ? `${String(shape[0])},` : shape.join(', ');
  const order = fortranOrder ? 'True' : 'False';
  return withHeader(`{'descr': '${descr}', 'fortran_order': ${order}, 'shape': (${tuple}), }`, values);
}

function withHeader(dictionary: string, values: readonly number[], version = 1): Uint8Array {
  const first = version === 1 ? 10 : 12;
  const header = `${dictionary.padEnd(Math.ceil((dictionary.length + first + 1) / 64) * 64 - first - 1)}\n`;
  const length =
    version === 1 ? [header.length & 255, header.length >> 8] : [header.length & 255, header.length >> 8, 0, 0];
  return Uint8Array.of(
    0x93,
    ...new TextEncoder().encode('NUMPY'),
    version,
    0,
    ...length,
    ...new TextEncoder().encode(header),
    ...values,
  );
}

const bytesOf = (array: ArrayBufferView): number[] => [
  ...new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
];

async function failureOf(bytes: Uint8Array): Promise<StudioError['failure']> {
  const outcome: unknown = await decodeImage(bytes, 'a.npy').catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

describe('NPY', () => {
  it.each([
    ['|b1', [0, 1], Uint8Array, 1, [0, 1]],
    ['|u1', [0, 255], Uint8Array, 8, [0, 255]],
    ['|i1', [0x80, 127], Int16Array, 8, [-128, 127]],
    ['<u2', [1, 2, 255, 255], Uint16Array, 16, [513, 65535]],
    ['>u2', [2, 1, 255, 255], Uint16Array, 16, [513, 65535]],
    ['<i2', [0, 0x80, 1, 0], Int16Array, 16, [-32768, 1]],
    ['>i2', [0x80, 0, 0, 1], Int16Array, 16, [-32768, 1]],
    ['<u4', bytesOf(Uint32Array.of(1, 4294967295)), Uint32Array, 32, [1, 4294967295]],
    ['>i4', [255, 255, 255, 254, 0, 0, 1, 0], Int32Array, 32, [-2, 256]],
    // Half floats: 1 + 1/1024, and the smallest one above 0.
    ['<f2', [0x01, 0x3c, 0x01, 0x00], Float32Array, 16, [1 + 2 ** -10, 2 ** -24]],
    ['>f2', [0xfc, 0x00, 0x7e, 0x00], Float32Array, 16, [-Infinity, NaN]],
    ['<f4', bytesOf(Float32Array.of(NaN, -1.5)), Float32Array, 32, [NaN, -1.5]],
    ['>f4', [0x3f, 0xc0, 0, 0, 0x7f, 0x80, 0, 0], Float32Array, 32, [1.5, Infinity]],
    ['<f8', bytesOf(Float64Array.of(0.1, 1e300)), Float64Array, 64, [0.1, 1e300]],
  ] as const)('reads %s exactly', async (descr, values, type, bitDepth, samples) => {
    const image = await decodeImage(npyOf(descr, [1, 2], values), 'a.npy');
    expect(image).toMatchObject({ width: 2, height: 1, channels: 1, bitDepth });
    expect(image.samples).toBeInstanceOf(type);
    expect([...image.samples]).toEqual(samples);
  });

  it.each([
    ['height, width', [2, 3], { width: 3, height: 2, channels: 1 }],
    ['one channel', [2, 3, 1], { width: 3, height: 2, channels: 1 }],
    ['RGB', [2, 5, 3], { width: 5, height: 2, channels: 3 }],
    ['RGBA', [2, 5, 4], { width: 5, height: 2, channels: 4 }],
    ['channels first, one', [1, 2, 5], { width: 5, height: 2, channels: 1 }],
    ['channels first, three', [3, 2, 5], { width: 5, height: 2, channels: 3 }],
    ['a batch of one', [1, 2, 5, 3], { width: 5, height: 2, channels: 3 }],
  ] as const)('takes shape %s', async (_, shape, size) => {
    const count = shape.reduce<number>((product, length) => product * length, 1);
    expect(
      await decodeImage(
        npyOf(
          '|u1',
          shape,
          Array.from({ length: count }, (_, i) => i),
        ),
        'a',
      ),
    ).toMatchObject(size);
  });

  it('interleaves channels that come first', async () => {
    const { samples } = await decodeImage(npyOf('|u1', [3, 1, 2], [1, 2, 10, 20, 100, 200]), 'a');
    expect([...samples]).toEqual([1, 10, 100, 2, 20, 200]);
  });

  it('reads the same pixels in Fortran order as in C order', async () => {
    const picture = fc.record({
      height: fc.integer({ min: 5, max: 9 }),
      width: fc.integer({ min: 5, max: 9 }),
      channels: fc.constantFrom(null, 1, 3, 4),
      first: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(picture, async ({ height, width, channels, first }) => {
        const shape =
          channels === null ? [height, width] : first ? [channels, height, width] : [height, width, channels];
        const values = Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 251);
        // Place of each value of C order when the first index runs fastest.
        const fortran = new Array<number>(values.length);
        values.forEach((value, index) => {
          let [rest, place] = [index, 0];
          for (let axis = shape.length - 1; axis >= 0; axis--) {
            const stride = shape.slice(0, axis).reduce((a, b) => a * b, 1);
            place += (rest % shape[axis]!) * stride;
            rest = Math.floor(rest / shape[axis]!);
          }
          fortran[place] = value;
        });
        expect(await decodeImage(npyOf('|u1', shape, fortran, true), 'a')).toEqual(
          await decodeImage(npyOf('|u1', shape, values), 'a'),
        );
      }),
    );
  });

  it('reads versions 2 and 3, keys in any order and no spaces', async () => {
    const dictionary = "{'shape':(1,2),'fortran_order':False,'descr':'|u1'}";
    for (const version of [2, 3]) {
      expect([...(await decodeImage(withHeader(dictionary, [7, 9], version), 'a')).samples]).toEqual([7, 9]);
    }
  });

  it('says that something follows the array', async () => {
    expect((await decodeImage(npyOf('|u1', [1, 1], [1, 2, 3]), 'a')).notes).toEqual([
      'What follows the array was not read (2 more bytes).',
    ]);
  });

  it.each([
    ['an end that is missing', npyOf('<f4', [2, 2], [0, 0, 0, 0]), 'damaged-file', /ends 12 bytes early/],
    ['another version', withHeader('{}', [], 9), 'damaged-file', /version is given as 9/],
    ['no dictionary', withHeader('import os', []), 'damaged-file', /does not name the type/],
    [
      'a key twice',
      withHeader("{'descr': '|u1', 'descr': '|u1', 'shape': (1, 1)}", [1]),
      'damaged-file',
      /does not name/,
    ],
    [
      'code for a shape',
      withHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (f(), 1)}", [1]),
      'damaged-file',
      /does not name/,
    ],
    ['no pixels', npyOf('|u1', [0, 4], []), 'damaged-file', /4x0 pixels/],
    [
      'whole numbers of 8 bytes',
      npyOf('<i8', [1, 1], [0, 0, 0, 0, 0, 0, 0, 0]),
      'unsupported-format',
      /values of type <i8/,
    ],
    ['objects', npyOf('|O', [1, 1], [0]), 'unsupported-format', /values of type \|O/],
    ['complex numbers', npyOf('<c8', [1, 1], [0]), 'unsupported-format', /type <c8/],
    [
      'records',
      withHeader("{'descr': [('x', '<f4')], 'fortran_order': False, 'shape': (1,)}", []),
      'unsupported-format',
      /several fields/,
    ],
    ['one axis', npyOf('|u1', [4], [1, 2, 3, 4]), 'unsupported-format', /shape \(4\)/],
    [
      'no axis',
      withHeader("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", [1]),
      'unsupported-format',
      /shape \(\)/,
    ],
    ['many pictures', npyOf('|u1', [2, 1, 1, 3], [1, 2, 3, 4, 5, 6]), 'unsupported-format', /shape \(2, 1, 1, 3\)/],
    [
      'channels in doubt',
      npyOf('|u1', [3, 1, 3], new Array<number>(9).fill(1)),
      'unsupported-format',
      /no clear place of its channels/,
    ],
    [
      'five channels',
      npyOf('|u1', [2, 2, 5], new Array<number>(20).fill(1)),
      'unsupported-format',
      /no clear place of its channels/,
    ],
    ['a huge size', npyOf('<f8', [16384, 4096], []), 'too-large', /4096x16384/],
    ['a size beyond numbers', npyOf('<f8', [99999999999999, 99999999999999], []), 'too-large', /too large/],
  ] as const)('is refused with %s', async (_, bytes, code, message) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
    expect(failure.remedy).not.toBe('');
  });

  it('does not spend time on a header of spaces', async () => {
    const header = `{'descr': '|u1'${' '.repeat(30_000)}'fortran_order': False${' '.repeat(30_000)}'shape': (1, 1)`;
    const start = performance.now();
    expect((await failureOf(withHeader(header, [1]))).code).toBe('damaged-file');
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('is read or refused at once, whatever happens to its bytes', async () => {
    const bytes = npyOf('<f4', [20, 30, 1], bytesOf(Float32Array.from({ length: 600 }, (_, i) => i / 7)));
    const handling = await handle([...truncations(bytes, 128), ...byteChanges(bytes, 128)], (b) => decodeImage(b, 'a'));
    expect(handling.refused).toBeGreaterThan(300);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});

describe('NPZ', () => {
  it.each([
    ['a.npz', ['arr_0.npy', 'arr_1.npy'], true],
    ['a.zip', ['depth.npy', 'mask.npy'], true],
    ['a.zip', ['7.npy'], true],
    ['a.zip', ['0001.npy', '0002.npy'], false],
    ['a.npz', ['0001.png', '0002.npy'], false],
    ['a.npz', [], false],
  ])('tells an image from a folder of arrays: %s of %j', (name, members, wanted) => {
    expect(isImageArchive(name, members)).toBe(wanted);
  });

  const depth = npyOf('<u2', [1, 2], [1, 0, 2, 0]);
  const rgb = npyOf('|u1', [1, 2, 3], [1, 2, 3, 4, 5, 6]);

  it('reads the only array, whatever its name', async () => {
    const image = await decodeImage(zipSync({ 'a very long name of an array that goes on.npy': depth }), 'a.npz');
    expect(image).toEqual({ width: 2, height: 1, channels: 1, bitDepth: 16, samples: Uint16Array.of(1, 2) });
  });

  it.each([['depth'], ['image'], ['arr_0']])('reads the array called %s, and says so', async (called) => {
    const image = await decodeImage(zipSync({ 'rgb.npy': rgb, [`${called}.npy`]: depth }), 'a.npz');
    expect([...image.samples]).toEqual([1, 2]);
    expect(image.notes).toEqual([`Of 2 arrays the one called ${called} was read.`]);
  });

  it('lists the arrays that it cannot choose from', async () => {
    expect(await failureOf(zipSync({ 'left.npy': rgb, 'right.npy': depth }))).toMatchObject({
      code: 'unsupported-format',
      message: 'a.npy holds 2 arrays (left, right), and none is called depth, image or arr_0.',
    });
  });

  it('names the array that is damaged', async () => {
    expect((await failureOf(zipSync({ 'depth.npy': depth.subarray(0, -1) }))).message).toBe(
      'a.npy/depth is a damaged NumPy array: it ends 1 bytes early.',
    );
  });

  it.each([
    ['one array', 80],
    ['several arrays together', 40],
  ])('is no larger than its limit: %s', async (_, megabytes) => {
    const bomb = zipSync({ 'depth.npy': depth, ...(megabytes < 64 && { 'mask.npy': rgb }) });
    // The table of contents says how long the arrays are: nothing is unpacked to find that they are not.
    const view = new DataView(bomb.buffer, bomb.byteOffset, bomb.byteLength);
    for (let at = 0; at < bomb.length - 46; at++)
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, megabytes * 2 ** 20, true);
    const failure = await failureOf(bomb);
    expect(failure.code).toBe('too-large');
    expect(failure.message).toMatch(/^a\.npy unpacks .*to more than 200 times its size, as a .* bomb does\.$/);
  });

  it('is read or refused at once, whatever happens to its bytes', async () => {
    const values = bytesOf(Uint16Array.from({ length: 600 }, (_, i) => i % 77));
    const bytes = zipSync({ 'arr_0.npy': npyOf('<u2', [20, 30], values), 'labels.npy': rgb });
    const handling = await handle([...truncations(bytes, 60), ...byteChanges(bytes, 60)], (b) => decodeImage(b, 'a'));
    expect(handling.refused).toBeGreaterThan(300);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});
