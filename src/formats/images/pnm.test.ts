import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StudioError } from '../../shared/failure';
import { byteChanges, handle, truncations } from '../../tests/mutations';
import { decodeImage } from './registry';

const file = (header: string, ...raster: readonly number[]): Uint8Array =>
  Uint8Array.of(...new TextEncoder().encode(header), ...raster);

async function failureOf(bytes: Uint8Array): Promise<StudioError['failure']> {
  const outcome: unknown = await decodeImage(bytes, 'a.pnm').catch((error: unknown) => error);
  if (!(outcome instanceof StudioError)) throw new Error(`expected a StudioError, got ${String(outcome)}`);
  return outcome.failure;
}

describe('PNM', () => {
  it.each([
    ['P1 of digits side by side', file('P1\n3 2\n010\n1 1 1\n'), [1, 1], [1, 0, 1, 0, 0, 0]],
    ['P2 with remarks anywhere', file('P2 # grey\n2 #w\n1\n300 7 # first\n300'), [1, 9], [7, 300]],
    ['P3', file('P3 1 2 15\n1 2 3\n4 5 15\n'), [3, 4], [1, 2, 3, 4, 5, 15]],
    [
      'P4 with padded rows',
      file('P4 9 2\n', 0x80, 0x7f, 0x01, 0xff),
      [1, 1],
      [0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0],
    ],
    ['P5 of 8 bits', file('P5\n# made by\n2 1\n255\n', 10, 13), [1, 8], [10, 13]],
    ['P5 of 12 bits, high byte first', file('P5 2 1 4095\n', 0x0f, 0xff, 0x01, 0x02), [1, 12], [4095, 258]],
    ['P6', file('P6 1 1 255 ', 1, 2, 3), [3, 8], [1, 2, 3]],
    [
      'P7 with alpha',
      file('P7\nWIDTH 1\nHEIGHT 1\nDEPTH 2\nMAXVAL 65535\nTUPLTYPE GRAYSCALE_ALPHA\nENDHDR\n', 1, 0, 255, 255),
      [2, 16],
      [256, 65535],
    ],
    [
      'P7 without a name for its samples',
      file('P7 HEIGHT 1 WIDTH 1 MAXVAL 255 DEPTH 4 ENDHDR\n', 1, 2, 3, 4),
      [4, 8],
      [1, 2, 3, 4],
    ],
  ] as const)('reads %s unscaled', async (_, bytes, [channels, bitDepth], samples) => {
    const image = await decodeImage(bytes, 'a.pnm');
    expect(image).toMatchObject({ channels, bitDepth });
    expect([...image.samples]).toEqual(samples);
    expect(image.samples).toBeInstanceOf(bitDepth > 8 ? Uint16Array : Uint8Array);
    expect(image.notes).toBeUndefined();
  });

  it('says that only the first of several pictures was read', async () => {
    const { notes } = await decodeImage(file('P5 1 1 255\n', 7, ...file('P5 1 1 255\n', 8)), 'a.pgm');
    expect(notes).toEqual(['Only the first of several pictures was read (12 more bytes).']);
  });

  it.each([
    ['a cut raster', file('P5 2 2 255\n', 1, 2, 3), /ends at least 1 bytes early/],
    ['a cut text', file('P2 2 2 9\n1 2  3 '), /ends before sample 3/],
    ['a value above the largest', file('P5 1 1 100\n', 101), /sample 0 is 101, above its largest value 100/],
    ['a text value above the largest', file('P2 2 1 9 1 10'), /sample 1 is 10, above/],
    ['a digit that is none', file('P1 2 1 0 2'), /pixel 1 is neither 0 nor 1/],
    ['a word for a number', file('P5 two 1 255\n', 1), /its width is not a number \("two"\)/],
    ['no size', file('P5 0 1 255\n', 1), /a size of 0x1 pixels/],
    ['a largest value of 17 bits', file('P5 1 1 65536\n', 1, 1), /largest value is given as 65536/],
    ['no end of its header', file('P7 WIDTH 1 HEIGHT 1 '), /header has no end/],
    ['no depth', file('P7 WIDTH 1 HEIGHT 1 MAXVAL 1 ENDHDR\n', 1), /does not name its DEPTH/],
    ['five channels', file('P7 WIDTH 1 HEIGHT 1 DEPTH 5 MAXVAL 1 ENDHDR\n', 1), /5 samples a pixel/],
    ['a nameless field', file('P7 WIDHT 1 ENDHDR\n', 1), /header names "WIDHT"/],
  ])('is refused with %s', async (_, bytes, fault) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe('damaged-file');
    expect(failure.message).toMatch(/^a\.pnm is a damaged PNM image: /);
    expect(failure.message).toMatch(fault);
  });

  it.each(['P5 99999 1 255\n', 'P5 16384 16384 65535\n', 'P2 999999999 999999999 1\n'])(
    'refuses %j before it allocates',
    async (header) => {
      expect((await failureOf(file(header))).code).toBe('too-large');
    },
  );

  it('reads back what was written, as text and as bytes', async () => {
    const picture = fc.record({
      width: fc.integer({ min: 1, max: 9 }),
      height: fc.integer({ min: 1, max: 9 }),
      maxval: fc.integer({ min: 1, max: 65535 }),
      colour: fc.boolean(),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(picture, async ({ width, height, maxval, colour, seed }) => {
        const count = width * height * (colour ? 3 : 1);
        const values = Array.from({ length: count }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 8) % (maxval + 1));
        const raster = values.flatMap((value) => (maxval > 255 ? [value >> 8, value & 255] : [value]));
        const size = `${width} ${height} ${maxval}\n`;
        const binary = await decodeImage(file(`P${colour ? 6 : 5} ${size}`, ...raster), 'a');
        const text = await decodeImage(file(`P${colour ? 3 : 2} ${size}${values.join(' ')}`), 'a');
        expect([...binary.samples]).toEqual(values);
        expect(text).toEqual(binary);
      }),
    );
  });

  it.each([
    [
      'bytes',
      file('P5 # remark\n40 30\n4095\n', ...Array.from({ length: 2400 }, (_, i) => (i % 2 === 0 ? 15 : i & 255))),
    ],
    ['text', file(`P2\n40 30\n255\n${Array.from({ length: 1200 }, (_, i) => i & 255).join(' ')}`)],
    [
      'PAM',
      file('P7 WIDTH 20 HEIGHT 30 DEPTH 2 MAXVAL 255 ENDHDR\n', ...Array.from({ length: 1200 }, (_, i) => i & 255)),
    ],
  ])('is read or refused at once, whatever happens to its %s', async (_, bytes) => {
    const damaged = [...truncations(bytes, 60), ...byteChanges(bytes, 60)];
    const handling = await handle(damaged, (content) => decodeImage(content, 'a.pnm'));
    expect(handling.refused).toBeGreaterThan(200);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});

describe('PFM', () => {
  const floats = (littleEndian: boolean, ...values: readonly number[]): number[] => {
    const view = new DataView(new ArrayBuffer(values.length * 4));
    values.forEach((value, i) => view.setFloat32(i * 4, value, littleEndian));
    return [...new Uint8Array(view.buffer)];
  };

  it.each([
    ['little endian', 'Pf\n2 2\n-1.0\n', true],
    ['big endian', 'Pf 2 2 1\n', false],
  ])('has its rows turned upright in %s', async (_, header, littleEndian) => {
    const image = await decodeImage(file(header, ...floats(littleEndian, 1, NaN, 3.5, Infinity)), 'a.pfm');
    expect(image).toMatchObject({ width: 2, height: 2, channels: 1, bitDepth: 32 });
    expect([...image.samples]).toEqual([3.5, Infinity, 1, NaN]);
    expect(image.samples).toBeInstanceOf(Float32Array);
    expect(image.notes).toBeUndefined();
  });

  it('reads colour, and tells a factor without applying it', async () => {
    const image = await decodeImage(file('PF 1 1 -0.5\n', ...floats(true, 1, 2, 3)), 'a.pfm');
    expect(image).toMatchObject({
      channels: 3,
      notes: ['The file names a factor of 0.5; the values are as stored, without it.'],
    });
    expect([...image.samples]).toEqual([1, 2, 3]);
  });

  it.each([
    [file('Pf 2 1 -1\n', ...floats(true, 1)), /ends 4 bytes early/],
    [file('Pf 1 1 0\n', ...floats(true, 1)), /byte order is given as "0"/],
    [file('Pf 0 1 -1\n'), /0x1 pixels/],
    [file('Pf 1 x'), /its height is not a number/],
  ])('is refused when damaged', async (bytes, fault) => {
    const failure = await failureOf(bytes);
    expect(failure.code).toBe('damaged-file');
    expect(failure.message).toMatch(/^a\.pnm is a damaged PFM image: /);
    expect(failure.message).toMatch(fault);
  });

  it('is read or refused at once, whatever happens to its bytes', async () => {
    const bytes = file('Pf 20 30 -1.5\n', ...floats(true, ...Array.from({ length: 600 }, (_, i) => i / 7)));
    const handling = await handle([...truncations(bytes, 20), ...byteChanges(bytes, 20)], (b) =>
      decodeImage(b, 'a.pfm'),
    );
    expect(handling.refused).toBeGreaterThan(200);
    expect(handling.milliseconds).toBeLessThan(2000);
  });
});
