import { plainRecipe } from '../shared/recipe';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { centerView } from '../shared/imageSet';
import { digestImage, summarizeDigests } from './digest';
import { previewImage } from './preview';
import { percentileOf, sortReadings } from './readings';
import { recipeOfSameCamera, suggestRecipe } from './transforms/recipes';
import { warningsFor } from './transforms/warnings';
import { checkRecipe } from './transforms/checkRecipe';
import { prepareImage } from './transforms/prepare';
import { scaleImage } from './transforms/scaling';
import { writeView } from './transforms/views';
import type { ImageDigest } from './digest';
import type { RawImage, Samples } from '../formats/images/format';
import type { Encoding, Holes, ImageRecipe, Resize, Scaling } from '../shared/recipe';

/** A single-channel image of one row; its bit depth is that of the type. */
const row = (samples: Samples, extra: Partial<RawImage> = {}): RawImage => ({
  width: samples.length,
  height: 1,
  channels: 1,
  bitDepth: samples.BYTES_PER_ELEMENT * 8,
  samples,
  ...extra,
});
const minMax: ImageRecipe = { ...plainRecipe, scaling: { kind: 'minMax' }, holes: 'keep', eightBit: false };
const stretched = { kind: 'percentile', low: 1, high: 99 };
const digestsOf = (...images: RawImage[]): Promise<ImageDigest[]> => Promise.all(images.map(digestImage));

/** Evenly spread from `low` to `high`, in an order of its own. */
const spread = (low: number, high: number, count = 500): number[] =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * ((i * 7919) % count)) / (count - 1));

describe('readings', () => {
  it('below 0 are readings, and 0 between them is one too', async () => {
    const [digest] = await digestsOf(row(Int16Array.of(-300, 0, 200, -32_768, 32_767)));
    expect(digest).toMatchObject({ min: -32_768, max: 32_767, median: 0, readings: 5, holes: 0, fullScale: 32_767 });
  });

  it('of 32 bits keep every digit', async () => {
    const [unsigned, signed] = await digestsOf(
      row(Uint32Array.of(4_294_967_295, 4_294_967_294, 0, 4_294_967_293)),
      row(Int32Array.of(-2_147_483_648, 2_147_483_647, 5)),
    );
    expect(unsigned).toMatchObject({ min: 4_294_967_293, median: 4_294_967_294, max: 4_294_967_295, holes: 1 });
    expect(signed).toMatchObject({ min: -2_147_483_648, median: 5, max: 2_147_483_647, holes: 0 });
  });

  it('in metres are sorted as numbers, percentiles between them', () => {
    const readings = sortReadings(row(Float32Array.of(10, 0.5, 2, 0, NaN, 9)));
    expect([0, 1, 2, 3].map(readings.at)).toEqual([0.5, 2, 9, 10]);
    expect(percentileOf(readings, 50)).toBe(5.5);
    expect(readings).toMatchObject({ total: 4, holes: 2, zeroHoles: 1 });
  });

  it.each([
    ['NaN and infinite values', row(Float32Array.of(NaN, Infinity, -Infinity, 1, 2))],
    ['what a file names', row(Float32Array.of(-9999, -9999, -9999, 1, 2), { noReading: -9999 })],
    ['what a file names in integers', row(Uint16Array.of(65_535, 65_535, 65_535, 1, 2), { noReading: 65_535 })],
    ['zeros of distances', row(Float64Array.of(0, 0, 0, 1, 2), { unit: 'metre' })],
  ])('are none: %s', async (_, image) => {
    const [digest] = await digestsOf(image);
    expect(digest).toMatchObject({ readings: 2, holes: 3, min: 1, max: 2 });
    expect([...scaleImage(image, minMax).values]).toEqual([0, 0, 0, 0, 1]);
    expect([...scaleImage(image, { ...minMax, holes: 'mask' }).values]).toEqual([NaN, NaN, NaN, 0, 1]);
    const filled = { ...minMax, scaling: { kind: 'clip', low: 0, high: 4 }, holes: 'nearest' } as const;
    expect([...scaleImage(image, filled).values]).toEqual([0.25, 0.25, 0.25, 0.25, 0.5]);
  });

  it('are zeros where a file names another value, and where 0 is a temperature', async () => {
    const [named, celsius] = await digestsOf(
      row(Uint16Array.of(0, 5, 65_535), { noReading: 65_535 }),
      row(Float32Array.of(0, 5, 30), { unit: 'degreeCelsius' }),
    );
    expect(named).toMatchObject({ min: 0, holes: 1, zeroHoles: 0 });
    expect(celsius).toMatchObject({ min: 0, holes: 0 });
  });

  it('of one value, and none at all, are measured without a NaN', async () => {
    const digests = await digestsOf(row(Float32Array.of(7.5, 7.5)), row(Float32Array.of(NaN, NaN)));
    expect(digests[0]).toMatchObject({ min: 7.5, max: 7.5, median: 7.5 });
    expect(digests[1]).toMatchObject({ min: 0, max: 0, readings: 0, holes: 2 });
    expect(summarizeDigests(digests.slice(1)).valueRange).toEqual([0, 0]);
    expect(warningsFor('target', digests, minMax)).toContain(
      '2 images hold a single value everywhere and tell the network nothing.',
    );
  });

  it('of the same bytes in another type are other pixels', async () => {
    const samples = Uint16Array.of(1, 40_000);
    const [unsigned, signed] = await digestsOf(row(samples), row(new Int16Array(samples.buffer)));
    expect(unsigned?.contentKey).not.toBe(signed?.contentKey);
  });
});

describe('scaling', () => {
  it('stretches a range of less than one unit in metres', () => {
    expect([...scaleImage(row(Float32Array.of(0.5, 0.625, 0.75)), minMax).values]).toEqual([0, 0.5, 1]);
  });

  it('cuts a fixed range that begins below 0', () => {
    const recipe: ImageRecipe = {
      ...plainRecipe,
      scaling: { kind: 'clip', low: -20, high: 60 },
      holes: 'keep',
      eightBit: false,
    };
    expect([...scaleImage(row(Int16Array.of(-40, -20, 0, 20, 60, 90)), recipe).values]).toEqual([
      0, 0, 0.25, 0.5, 1, 1,
    ]);
  });

  it('spans the largest numbers that there are', () => {
    const image = row(Float64Array.of(-Number.MAX_VALUE, 1, Number.MAX_VALUE));
    expect([...scaleImage(image, minMax).values]).toEqual([0, 0.5, 1]);
  });

  it('refuses to divide floats by a full scale that they have not', () => {
    expect(() => scaleImage(row(Float32Array.of(1)), { ...minMax, scaling: { kind: 'full' } })).toThrow(
      'Values cannot be divided by full scale where they are floats, which have none.',
    );
  });
});

describe('the suggested recipe', () => {
  it('stretches metres, fills their holes and says from where to where they go', async () => {
    const image = row(Float32Array.from([NaN, NaN, ...spread(0.4, 7.92)]), { unit: 'metre' });
    expect(suggestRecipe(await digestsOf(image, image))).toEqual({
      recipe: { ...plainRecipe, scaling: stretched, holes: 'nearest', eightBit: false },
      reason:
        'Values are floats from 0.4 to 7.92 m, which have no full scale, so each image is stretched from its 1st to its 99th percentile; pixels without a reading (NaN or as the file says) are filled with the nearest one.',
    });
  });

  it('stretches temperatures below and above 0', async () => {
    const image = row(Int16Array.from(spread(-200, 600), Math.round));
    expect(suggestRecipe(await digestsOf(image, image))).toEqual({
      recipe: { ...plainRecipe, scaling: stretched, holes: 'keep', eightBit: false },
      reason:
        'Values are numbers below and above 0 from -200 to 600, which have no full scale, so each image is stretched from its 1st to its 99th percentile.',
    });
  });

  it('takes floats that use 0 to 1 for brightness, and those that do not for measurements', async () => {
    const clip = { kind: 'clip', low: 0, high: 1 };
    const bright = row(Float32Array.from(spread(0.01, 1)));
    expect(suggestRecipe(await digestsOf(bright)).recipe.scaling).toEqual(clip);
    expect(suggestRecipe(await digestsOf({ ...bright, unit: 'metre' })).recipe.scaling).toEqual(stretched);
    expect(suggestRecipe(await digestsOf(row(Float32Array.from(spread(0.4, 0.5))))).recipe.scaling).toEqual(stretched);
    const colour: RawImage = { ...bright, width: 100, channels: 3, samples: Float32Array.from(spread(0, 1, 300)) };
    const { recipe, reason } = suggestRecipe(await digestsOf(colour));
    expect(recipe).toEqual({ ...plainRecipe, scaling: clip, holes: 'keep', eightBit: false });
    expect(reason).toMatch(/^Three-channel pictures: values are floats between 0 and 1/);
  });

  it('of 32-bit integers stretches', async () => {
    const image = row(Uint32Array.from(spread(500, 90_000), Math.round));
    expect(suggestRecipe(await digestsOf(image)).recipe.scaling).toEqual(stretched);
  });

  it('is not taken over by files of another type or unit', async () => {
    const values = spread(1, 30);
    const [metres, celsius, plain, integers] = await digestsOf(
      row(Float32Array.from(values), { unit: 'metre' }),
      row(Float32Array.from(values), { unit: 'degreeCelsius' }),
      row(Float32Array.from(values)),
      row(Uint32Array.from(values)),
    );
    const taken = (a?: ImageDigest, b?: ImageDigest): boolean =>
      recipeOfSameCamera({ digests: a ? [a] : [], recipe: minMax }, { digests: b ? [b] : [] }) !== null;
    expect(taken(metres, metres)).toBe(true);
    expect([taken(metres, celsius), taken(metres, plain), taken(plain, integers)]).toEqual([false, false, false]);
  });
});

it('hands on what the readers of the files said', async () => {
  const image = row(Uint8Array.from(spread(1, 255)), { notes: ['Only the first of 3 pages was read.'] });
  expect(warningsFor('target', await digestsOf(image, image), minMax)).toEqual([
    '2 images: Only the first of 3 pages was read.',
  ]);
});

it('keeps the unit of a folder only where all files have it', async () => {
  const celsius = row(Float32Array.of(1, 2), { unit: 'degreeCelsius' });
  const plain = row(Float32Array.of(-4, 2));
  expect(summarizeDigests(await digestsOf(celsius))).toMatchObject({ unit: 'degreeCelsius', valueRange: [1, 2] });
  expect(summarizeDigests(await digestsOf(celsius, plain))).toMatchObject({ unit: undefined, valueRange: [-4, 2] });
  expect(summarizeDigests(await digestsOf(row(Int16Array.of(-9, -4)))).valueRange).toEqual([-9, -4]);
});

describe('the histogram', () => {
  const histogramOf = async (image: RawImage): Promise<{ bins: number[][]; range: readonly number[] }> => {
    const folder = { entries: [{ path: 'a', label: null }], raw: () => Promise.resolve(image) };
    const { histogram, histogramRange } = await previewImage(folder, 0, minMax, [1, image.width]);
    return { bins: [...histogram.entries()].filter(([, count]) => count > 0), range: histogramRange };
  };

  it('of metres goes from the smallest to the largest reading', async () => {
    const image = row(Float32Array.of(0, NaN, 2, 4, 6));
    expect(await histogramOf(image)).toEqual({ bins: [[0, 1], [32, 1], [63, 1]], range: [2, 6] }); // prettier-ignore
  });

  it('of integers begins below 0 where they do', async () => {
    // Eight values from -4 to 3 have a bin each.
    expect(await histogramOf(row(Int16Array.of(-4, 0, 3, 3)))).toEqual({
      bins: [[0, 1], [4, 1], [7, 2]], // prettier-ignore
      range: [-4, 3],
    });
  });
});

describe('the input of the network', () => {
  const special = [NaN, Infinity, -Infinity, 0, -0, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324, -9999];
  const value = fc.oneof(fc.double(), fc.constantFrom(...special), fc.integer());
  const types = [Uint8Array, Uint16Array, Int16Array, Uint32Array, Int32Array, Float32Array, Float64Array] as const;
  const scalings: readonly Scaling[] = [
    { kind: 'full' },
    { kind: 'minMax' },
    { kind: 'percentile', low: 1, high: 99 },
    { kind: 'clip', low: -Number.MAX_VALUE, high: Number.MAX_VALUE },
    { kind: 'clip', low: 0, high: 5e-324 },
    { kind: 'disparity', low: 5e-324, high: Number.MAX_VALUE },
    { kind: 'disparity', low: 400, high: 5000 },
    { kind: 'log', low: 0, high: 100 },
    { kind: 'log', low: 20, high: 60 },
    { kind: 'sunRgbd' },
  ];
  const extreme = { fx: 5e-324, fy: Number.MAX_VALUE, cx: -Number.MAX_VALUE, cy: 1 };
  const usual = { fx: 5, fy: 5, cx: 2, cy: 1 };
  const encodings: readonly Encoding[] = [
    { kind: 'replicate' },
    { kind: 'jet' },
    { kind: 'turbo' },
    ...[null, usual, extreme].map((intrinsics) => ({ kind: 'normals', intrinsics }) as const),
    ...[1, 0.001, Number.MAX_VALUE, 5e-324].map(
      (metresPerUnit) => ({ kind: 'hha', intrinsics: usual, metresPerUnit }) as const,
    ),
    { kind: 'hha', intrinsics: extreme, metresPerUnit: 1 },
  ];
  const anyRecipe = fc.record({
    scaling: fc.constantFrom(...scalings),
    holes: fc.constantFrom<Holes>('keep', 'nearest', 'mask'),
    encoding: fc.constantFrom(...encodings),
    resize: fc.constantFrom<Resize>('bilinear', 'area', 'nearest', 'holeAware'),
    eightBit: fc.boolean(),
    orientation: fc.constantFrom('ignore' as const, 'apply' as const),
  });
  const anyImage = fc
    .record({
      type: fc.constantFrom(...types),
      channels: fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const),
      width: fc.integer({ min: 1, max: 6 }),
      height: fc.integer({ min: 1, max: 6 }),
      values: fc.oneof(
        fc.array(value, { minLength: 144, maxLength: 144 }),
        fc.array(fc.integer({ min: 0, max: 9000 }), { minLength: 144, maxLength: 144 }),
        value.map((constant) => new Array<number>(144).fill(constant)),
      ),
      noReading: fc.option(fc.constantFrom(0, -9999, NaN), { nil: undefined }),
      orientation: fc.option(fc.integer({ min: 2, max: 8 }), { nil: undefined }),
    })
    .map(({ type, values, width, height, channels, noReading, orientation }): RawImage => {
      const samples = type.from(values.slice(0, width * height * channels));
      const bitDepth = samples.BYTES_PER_ELEMENT * 8;
      return {
        ...{ width, height, channels, bitDepth, samples },
        ...(noReading !== undefined && { noReading }),
        ...(orientation !== undefined && { orientation }),
      };
    });

  it('is finite and within 0 and 1 whatever the samples are', () => {
    const property = fc.property(anyImage, anyRecipe, (image, recipe) => {
      checkRecipe(recipe);
      const { samples } = image;
      const floats = samples instanceof Float32Array || samples instanceof Float64Array;
      const surfaces = image.channels < 3 && (recipe.encoding.kind === 'normals' || recipe.encoding.kind === 'hha');
      if (recipe.scaling.kind === 'full' && floats && !surfaces) {
        expect(() => prepareImage(image, recipe, [4, 4], 3)).toThrow(/full scale/);
        return;
      }
      const pixels = new Float32Array(3 * 3 * 3);
      const zeroToOne = { preset: 'own', mean: [0, 0, 0], std: [1, 1, 1] } as const;
      writeView(prepareImage(image, recipe, [4, 4], 3), centerView, [3, 3, 3], zeroToOne, pixels);
      expect(pixels.every((pixel) => pixel >= 0 && pixel <= 1 + 1e-6)).toBe(true);
      const isGrey = prepareImage(image, recipe, [2, 2], 1).channels === 1;
      expect(isGrey).toBe(true);
    });
    fc.assert(property, { numRuns: 2000 });
  });
});
