import { plainRecipe } from '../shared/recipe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centerView } from '../shared/imageSet';
import { createImageSet, resizeFor, selectImages } from './batches';
import { prepareImage } from './transforms/prepare';
import { fullPacked, maskedPacked, packImage } from './transforms/packed';
import { writeView } from './transforms/views';
import { preparedHere } from '../tests/preparedHere';
import type { PreparedSource } from './preparedSource';
import type { PackedImage } from './transforms/packed';
import type { ScaledImage } from './transforms/scaling';
import type { RawImage } from '../formats/images/format';
import type { ImageRecipe } from '../shared/recipe';

const plain = { preset: '0to1' as const, mean: [0, 0, 0] as const, std: [1, 1, 1] as const };
const full: ImageRecipe = plainRecipe;
const row = (...values: readonly number[]): ScaledImage => ({
  width: values.length,
  height: 1,
  channels: 1,
  values: Float32Array.from(values),
});
const grey = (value: number, side: number): RawImage => ({
  width: side,
  height: side,
  channels: 1,
  bitDepth: 8,
  samples: new Uint8Array(side * side).fill(value),
});

describe('the size to resize to', () => {
  it('is 8/7 of the input size', () => {
    expect([224, 63, 32].map(resizeFor)).toEqual([256, 72, 37]);
  });
});

describe('views', () => {
  /** Pixel i holds i / 100. */
  const hundredths = (width: number, height: number): PackedImage =>
    packImage({
      width,
      height,
      channels: 1,
      values: Float32Array.from({ length: width * height }, (_, i) => i / 100),
    });
  const inHundredths = (values: Float32Array): number[] => Array.from(values, (value) => Math.round(value * 100));
  const ramp = hundredths(4, 3);
  const cut = (x: number, y: number, flip: boolean): number[] => {
    const out = new Float32Array(4);
    writeView(ramp, { x, y, flip }, [2, 2, 1], plain, out);
    return inHundredths(out);
  };

  it('cuts at fractions of the free border and mirrors the cut', () => {
    expect(cut(0, 0, false)).toEqual([0, 1, 4, 5]);
    expect(cut(1, 1, false)).toEqual([6, 7, 10, 11]);
    expect(cut(0.5, 1, false)).toEqual([5, 6, 9, 10]);
    expect(cut(0.5, 1, true)).toEqual([6, 5, 10, 9]);
  });

  it('reaches every place equally often, and cuts 63 of 72 at 4 as torchvision does', () => {
    const strip = hundredths(72, 1);
    const firstAt = (x: number): number => {
      const out = new Float32Array(63);
      writeView(strip, { x, y: 0, flip: false }, [1, 63, 1], plain, out);
      return inHundredths(out)[0] ?? NaN;
    };
    expect(firstAt(0.5)).toBe(4);
    expect([firstAt(0), firstAt(1)]).toEqual([0, 9]);
    const counts = new Array<number>(10).fill(0);
    for (let i = 0; i < 1000; i++) {
      const place = firstAt((i + 0.5) / 1000);
      counts[place] = (counts[place] ?? 0) + 1;
    }
    expect(counts).toEqual(new Array<number>(10).fill(100));
  });

  it('repeats a single channel and normalises each with its own constants', () => {
    const out = new Float32Array(3);
    writeView(
      packImage(row(0.5)),
      centerView,
      [1, 1, 3],
      { preset: 'own', mean: [0, 0.25, 0.5], std: [1, 0.5, 0.1] },
      out,
    );
    expect([...out]).toEqual([0.5, 0.5, 0]);
  });

  it('mirrors colour pixels without mixing their channels', () => {
    const out = new Float32Array(6);
    writeView(
      packImage({ width: 2, height: 1, channels: 3, values: Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6) }),
      { x: 0, y: 0, flip: true },
      [1, 2, 3],
      plain,
      out,
    );
    expect(inHundredths(out)).toEqual([40, 50, 60, 10, 20, 30]);
  });

  it('gives masked pixels exactly 0, whatever the constants', () => {
    const out = new Float32Array(6);
    const image = packImage(row(NaN, 1));
    writeView(image, centerView, [1, 2, 3], { preset: 'own', mean: [0.1, 0.2, 0.3], std: [0.1, 0.2, 0.7] }, out);
    expect([...out]).toEqual([0, 0, 0, 9, 4, 1].map(Math.fround));
  });

  it('keeps every value to 8e-6, 0 and 1 exactly', () => {
    const value = fc.float({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(value, (fraction) => {
        const out = new Float32Array(1);
        writeView(packImage(row(fraction)), centerView, [1, 1, 1], plain, out);
        expect(Math.abs((out[0] ?? NaN) - fraction)).toBeLessThan(8e-6);
      }),
    );
    expect([...packImage(row(0, 1, -0.5, 2, NaN)).values]).toEqual([0, fullPacked, 0, fullPacked, maskedPacked]);
  });
});

describe('an image set', () => {
  const raw = (index: number): Promise<RawImage> => Promise.resolve(grey(index * 51, 8));
  const source = preparedHere(4, raw, full, [8, 8], 3);
  const args = { source, shape: [7, 7, 3], resize: [8, 8], preprocessing: plain } as const;
  const firstPixels = async (
    images: { read: (r: { index: number; view: typeof centerView }[]) => Promise<Float32Array> },
    ...indices: number[]
  ): Promise<number[]> => {
    const pixels = await images.read(indices.map((index) => ({ index, view: centerView })));
    expect(pixels).toHaveLength(indices.length * 7 * 7 * 3);
    return indices.map((_, place) => Number((pixels[place * 7 * 7 * 3] ?? NaN).toFixed(4)));
  };

  it('reads images in the order asked for', async () => {
    expect(await firstPixels(createImageSet(args), 3, 0, 3)).toEqual([0.6, 0, 0.6]);
  });

  it('reads the same of kept images as of decoded ones', async () => {
    const views = [0, 1, 2, 3].map((index) => ({ index, view: { x: 0.3, y: 0.9, flip: index % 2 === 0 } }));
    const prepared = await Promise.all([0, 1].map(async (index) => source.take(index)));
    const kept: PreparedSource = { ...source, take: (index) => (index < 2 ? prepared[index]! : source.take(index)) };
    expect(await createImageSet({ ...args, source: kept }).read(views)).toEqual(await createImageSet(args).read(views));
  });

  it('serves a choice of images under new numbers, and expects them under their own', async () => {
    const expected: number[] = [];
    const watched = createImageSet({ ...args, source: { ...source, expect: (indices) => expected.push(...indices) } });
    const selected = selectImages(watched, [3, 1]);
    expect(selected.count).toBe(2);
    expect(await firstPixels(selected, 0, 1)).toEqual([0.6, 0.2]);
    expect(() => selected.read([{ index: 2, view: centerView }])).toThrow(RangeError);
    selected.expect?.([1, 0, 1]);
    expect(expected).toEqual([1, 3, 1]);
  });

  it('passes on what is wrong with an image', async () => {
    const damaged = preparedHere(1, () => Promise.reject(new Error('damaged')), full, [8, 8], 3);
    const images = createImageSet({ ...args, source: damaged });
    await expect(images.read([{ index: 0, view: centerView }])).rejects.toThrow('damaged');
  });

  it('makes grey of colour for a network of one channel', () => {
    const colour: RawImage = { width: 1, height: 1, channels: 3, bitDepth: 8, samples: Uint8Array.of(255, 0, 255) };
    const { channels, values } = prepareImage(colour, full, [1, 1], 1);
    expect(channels).toBe(1);
    expect(values[0]).toBe(Math.round((0.299 + 0.114) * fullPacked));
  });

  it('fills holes only when the recipe says so', () => {
    const depth: RawImage = { width: 2, height: 1, channels: 1, bitDepth: 16, samples: Uint16Array.of(0, 65_535) };
    expect([...prepareImage(depth, full, [1, 2], 3).values]).toEqual([0, fullPacked]);
    expect([...prepareImage(depth, { ...full, holes: 'nearest' }, [1, 2], 3).values]).toEqual([fullPacked, fullPacked]);
  });

  it.each([
    [{ shape: [7, 7, 4] as const }, /4 channels/],
    [{ resize: [6, 8] as const }, /8x6 pixels cannot be cut to 7x7/],
  ])('refuses %j', (change, message) => {
    expect(() => createImageSet({ ...args, ...change })).toThrow(message);
  });
});
