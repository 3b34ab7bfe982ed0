import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toFailure } from '../../shared/failure';
import { roundingOf } from './rounding';
import { decodeTensor, encodeTensor, isTrainable, type StoredTensor, type StoredType } from './storedTensor';

const fileOf = (...parts: readonly { readonly buffer: ArrayBufferLike }[]) =>
  parts.map(({ buffer }, at) => ({ path: `file ${at}`, bytes: new Uint8Array(buffer) }));

/** A tensor whose values are the bytes of an array, all of it. */
function tensorOf(
  stored: StoredType,
  values: { readonly buffer: ArrayBufferLike; readonly length: number },
  more: Partial<StoredTensor> = {},
): StoredTensor {
  const pieces = fileOf(values).map((file) => ({ file, offset: 0, length: file.bytes.length }));
  return { name: 'w', shape: [values.length], stored, pieces, ...more };
}

/** What is read after writing. */
function written(tensor: StoredTensor, values: Float32Array) {
  const { bytes, quantization, loss } = encodeTensor(tensor, values);
  const piece = { file: { path: 'new', bytes }, offset: 0, length: bytes.length };
  const read = decodeTensor({ ...tensor, pieces: [piece], ...(quantization && { quantization }) });
  return { bytes, quantization, loss, read };
}

const allCodes = Uint16Array.from({ length: 65536 }, (_, code) => code);
const halves = ['float16', 'bfloat16'] as const;

describe.each(halves)('%s', (stored) => {
  const decoded = decodeTensor(tensorOf(stored, allCodes));
  const positive = [...allCodes].filter((code) => code < 0x8000 && Number.isFinite(decoded[code]));

  it('writes each of the finite codes back as itself, with its sign', () => {
    const finite = [...allCodes].filter((code) => Number.isFinite(decoded[code]));
    const values = Float32Array.from(finite, (code) => decoded[code]!);
    const { bytes } = written(tensorOf(stored, new Uint16Array(finite.length)), values);
    expect([...new Uint16Array(bytes.buffer)]).toEqual(finite);
    expect(positive.length).toBe(stored === 'float16' ? 31 * 1024 : 255 * 128);
  });

  it('rounds to the nearest code, and a tie to the even one', () => {
    const between = positive.slice(1).map((code) => [(decoded[code - 1]! + decoded[code]!) / 2, code] as const);
    const cases = between.flatMap(([middle, code]) => {
      // The next float32 on either side; below 2^-126 they are 2^-149 apart.
      const step = Math.max(middle * 2 ** -23, 2 ** -149);
      return [[middle, code % 2 === 0 ? code : code - 1], [middle + step, code], [middle - step, code - 1]] as const; // prettier-ignore
    });
    for (const sign of [1, -1]) {
      const values = Float32Array.from(cases, ([value]) => sign * value);
      const { bytes } = written(tensorOf(stored, new Uint16Array(values.length)), values);
      const wanted = cases.map(([, code]) => (sign === 1 ? code : code + 0x8000));
      expect([...new Uint16Array(bytes.buffer)].filter((code, at) => code !== wanted[at])).toEqual([]);
    }
  });

  it('keeps what is too large finite, and says what that costs', () => {
    const largest = decoded[stored === 'float16' ? 0x7bff : 0x7f7f]!;
    const value = Math.fround(3.402e38);
    const { read, loss } = written(tensorOf(stored, new Uint16Array(2)), Float32Array.of(value, -value));
    expect([...read]).toEqual([largest, -largest]);
    expect(loss).toBe(value - largest);
  });

  it('rounds no value by more than roundingOf says', () => {
    const tensor = tensorOf(stored, new Uint16Array(1));
    fc.assert(
      fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
        expect(written(tensor, Float32Array.of(value)).loss).toBeLessThanOrEqual(roundingOf(tensor, value));
      }),
      { numRuns: 2000 },
    );
  });
});

it.each<[StoredType, number, number]>([
  ['float16', 0x3c00, 1], ['float16', 0xc000, -2], ['float16', 0x7bff, 65504], ['float16', 0x0001, 2 ** -24],
  ['float16', 0x03ff, 1023 * 2 ** -24], ['float16', 0x0400, 2 ** -14], ['float16', 0x3555, 0.333251953125],
  ['float16', 0x7c00, Infinity], ['float16', 0xfc00, -Infinity], ['float16', 0x7e00, NaN],
  ['bfloat16', 0x3f80, 1], ['bfloat16', 0xc000, -2], ['bfloat16', 0x4049, 3.140625], ['bfloat16', 0x0001, 2 ** -133],
  ['bfloat16', 0x7f80, Infinity], ['bfloat16', 0x7fc0, NaN],
])('%s %i is %d', (stored, code, value) => {
  expect(decodeTensor(tensorOf(stored, Uint16Array.of(code)))[0]).toBe(value);
}); // prettier-ignore

describe('a value that did not change keeps its bytes', () => {
  const nearby = new Float64Array([0.1, 1 / 3, -Math.PI, 2 ** -1040, -0]);

  it.each<[string, StoredTensor]>([
    ['float64, which is read as the nearest float32', tensorOf('float64', nearby)],
    ['bfloat16, with any payload of a NaN', tensorOf('bfloat16', Uint16Array.of(0x7fc1, 0xff81, 0x3f80, 0x8000))],
    ['float16', tensorOf('float16', Uint16Array.of(0x7c00, 0xfc00, 0x7e01, 0x8000, 1))],
    ['codes that all mean the same', tensorOf('uint8', Uint8Array.of(3, 200), { quantization: { scale: 1e-30, minimum: 0.5 } })],
  ])('%s', (_, tensor) => {
    const { bytes, loss } = encodeTensor(tensor, decodeTensor(tensor));
    expect(bytes).toEqual(tensor.pieces[0]?.file.bytes);
    expect(Number.isNaN(loss) || loss === 0).toBe(true);
  }); // prettier-ignore

  it('and its neighbour gets the new one', () => {
    const { bytes } = encodeTensor(tensorOf('float64', nearby), Float32Array.from(nearby, (value, at) => (at === 1 ? 7 : value))); // prettier-ignore
    expect([...new Float64Array(bytes.buffer)]).toEqual([0.1, 7, -Math.PI, 2 ** -1040, -0]);
  });

  it('unless the scale has to change', () => {
    const tensor = tensorOf('uint8', Uint8Array.of(0, 255), { quantization: { scale: 1, minimum: 0 } });
    expect([...written(tensor, Float32Array.of(0, 510)).bytes]).toEqual([0, 255]);
    expect([...written(tensor, Float32Array.of(510, 255)).read]).toEqual([510, 255]);
  });
});

describe('where values lie', () => {
  it('reads and writes a transposed tensor, and leaves what lies between alone', () => {
    const file = Float32Array.of(1, 2, -9, 3, 4, -9, 5, 6, -9);
    // [[1, 3, 5], [2, 4, 6]] column after column, with a gap after each.
    const tensor = tensorOf('float32', file, { shape: [2, 3], strides: [1, 3] });
    expect([...decodeTensor(tensor)]).toEqual([1, 3, 5, 2, 4, 6]);
    const { bytes, read, loss } = written(tensor, Float32Array.of(10, 30, 50, 20, 40, 60));
    expect([...new Float32Array(bytes.buffer)]).toEqual([10, 20, -9, 30, 40, -9, 50, 60, -9]);
    expect([...read]).toEqual([10, 30, 50, 20, 40, 60]);
    expect(loss).toBe(0);
  });

  it('joins pieces of several files, wherever they are cut', () => {
    const all = new Uint8Array(Float64Array.of(0.1, -2, 3).buffer);
    const files = [5, 14, 24].map((end, at) => ({ path: 'f', bytes: Uint8Array.of(7, 7, ...all.slice([0, 5, 14][at], end)) })); // prettier-ignore
    const pieces = files.map((file) => ({ file, offset: 2, length: file.bytes.length - 2 }));
    const tensor: StoredTensor = { name: 'w', shape: [3], stored: 'float64', pieces };
    expect([...decodeTensor(tensor)]).toEqual([Math.fround(0.1), -2, 3]);
    expect(encodeTensor(tensor, Float32Array.of(1, 2, 3)).bytes).toEqual(new Uint8Array(Float64Array.of(1, 2, 3).buffer)); // prettier-ignore
  });

  it('gives any shape and order of axes back', () => {
    const shapes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(shapes, fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (shape, keys) => {
        const order = shape.map((_, axis) => axis).sort(() => (keys.next().value > 0.5 ? 1 : -1));
        const strides = shape.map(() => 0);
        order.reduce((step, axis) => {
          strides[axis] = step;
          return step * (shape[axis] ?? 0);
        }, 1);
        const size = shape.reduce((product, length) => product * length, 1);
        const tensor = tensorOf('float32', new Float32Array(size), { shape, strides });
        const values = Float32Array.from({ length: size }, (_, at) => at + 1);
        expect([...written(tensor, values).read]).toEqual([...values]);
      }),
    );
  });
});

describe('quantised tensors', () => {
  const quantization = { scale: 0.5, minimum: -10 };

  it('mean code times scale plus minimum', () => {
    expect([...decodeTensor(tensorOf('uint8', Uint8Array.of(0, 1, 255), { quantization }))]).toEqual([
      -10, -9.5, 117.5,
    ]);
    expect([...decodeTensor(tensorOf('uint16', Uint16Array.of(65535), { quantization }))]).toEqual([32757.5]);
  });

  it('keep their scale while the values fit, to within half a step of both ends', () => {
    const tensor = tensorOf('uint8', new Uint8Array(4), { quantization });
    const { read, loss, quantization: after } = written(tensor, Float32Array.of(-10.25, 0.2, 5.3, 117.75));
    expect(after).toBe(quantization);
    expect([...read]).toEqual([-10, 0, 5.5, 117.5]);
    expect(loss).toBe(0.25);
  });

  it.each([
    ['uint8', new Uint8Array(3), 255],
    ['uint16', new Uint16Array(3), 65535],
  ] as const)('%s gets the finest scale that holds values which do not fit', (stored, array, steps) => {
    const tensor = tensorOf(stored, array, { quantization });
    const values = Float32Array.of(-20, 3, 40000);
    const { read, loss, quantization: after } = written(tensor, values);
    expect(after).toEqual({ scale: 40020 / steps, minimum: -20 });
    expect(loss).toBeLessThanOrEqual(40020 / steps / 2 + 1e-2);
    expect(read[0]).toBe(-20);
  });

  it('hold values that are all the same exactly', () => {
    const tensor = tensorOf('uint8', new Uint8Array(2), { quantization });
    expect(written(tensor, Float32Array.of(500, 500))).toMatchObject({ loss: 0, quantization: { minimum: 500 } });
  });

  it('round no value by more than roundingOf says', () => {
    const numbers = fc.array(fc.float({ min: -1000, max: 1000, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(numbers, (values) => {
        const tensor = tensorOf('uint8', new Uint8Array(values.length), { quantization });
        const { read, quantization: after } = written(tensor, Float32Array.from(values));
        const now = { ...tensor, ...(after && { quantization: after }) };
        values.forEach((value, at) => {
          expect(Math.abs(value - read[at]!)).toBeLessThanOrEqual(roundingOf(now, value));
        });
      }),
    );
  });
});

function failureOf(work: () => unknown) {
  try {
    return work();
  } catch (thrown) {
    return toFailure(thrown);
  }
}

describe('refusals', () => {
  const eight = new Float32Array(2);

  it.each<[string, StoredTensor, string, string]>([
    ['too few bytes', tensorOf('float32', eight, { shape: [3] }), 'damaged-file', 'it needs 12 bytes and has 8'],
    ['too many bytes', tensorOf('float32', eight, { shape: [1] }), 'damaged-file', 'it needs 4 bytes and has 8'],
    ['strides beyond the end', tensorOf('float32', eight, { shape: [2], strides: [2] }), 'damaged-file', 'it needs 12 bytes'],
    ['a negative stride', tensorOf('float32', eight, { shape: [2], strides: [-1] }), 'damaged-file', 'The weight w is damaged'],
    ['a piece beyond its file', tensorOf('float32', eight, { pieces: [{ file: fileOf(eight)[0]!, offset: 4, length: 8 }] }), 'damaged-file', 'file 0 is too short'],
    ['whole numbers', tensorOf('int64', new BigInt64Array(1)), 'unsupported-format', 'w holds int64 values'],
    ['a size that nothing holds', tensorOf('float32', eight, { shape: [65536, 65536] }), 'too-large', 'more values than the studio can hold'],
  ])('%s', (_, tensor, code, message) => {
    const size = tensor.shape.reduce((product, length) => product * length, 1);
    for (const work of [() => decodeTensor(tensor), () => encodeTensor(tensor, new Float32Array(Math.min(size, 8)))]) {
      expect(failureOf(work)).toMatchObject({ code, message: expect.stringContaining(message) as string });
    }
  }); // prettier-ignore

  it('says which types can be trained', () => {
    const trainable = ['float64', 'float32', 'float16', 'bfloat16', 'int64', 'uint8', 'bool'] as const;
    const answers = trainable.map((stored) => isTrainable(tensorOf(stored, eight)));
    expect(answers).toEqual([true, true, true, true, false, false, false]);
    expect(isTrainable(tensorOf('uint8', eight, { quantization: { scale: 1, minimum: 0 } }))).toBe(true);
  });
});
