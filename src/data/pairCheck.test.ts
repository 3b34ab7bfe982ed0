import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeImage } from '../formats/images/registry';
import { StudioError } from '../shared/failure';
import { createRng } from '../shared/rng';
import { edgeCorrelation, edgeMap } from './edges';
import { checkPairs } from './pairCheck';
import type { RawImage } from '../formats/images/format';
import type { PairCheck } from '../shared/pairs';

type Picture = Parameters<typeof edgeMap>[0];

const grey = (width: number, height: number, value: (x: number, y: number) => number, bitDepth = 8): RawImage => ({
  width,
  height,
  channels: 1,
  bitDepth,
  samples: Uint16Array.from({ length: width * height }, (_, at) => value(at % width, Math.floor(at / width))),
  notes: [],
});

const folder = (images: readonly Picture[]): Parameters<typeof checkPairs>[1] => ({
  entries: images.map((_, at) => ({ path: `${String(at)}.png`, label: null })),
  raw: (index) => {
    const image = images[index];
    return image ? Promise.resolve(image) : Promise.reject(new RangeError('no such image'));
  },
});

const straight = (count: number): (readonly [number, number])[] => Array.from({ length: count }, (_, at) => [at, at]);
const check = (
  rgb: readonly Picture[],
  target: readonly Picture[],
  matches = straight(rgb.length),
): Promise<PairCheck> => checkPairs({ matches }, folder(rgb), folder(target));

/** Boxes at random places; the same seed gives the same scene, `look` says how a camera sees it. */
function scene(seed: number, look: (box: number) => number, size = 80): RawImage {
  const rng = createRng(seed + 1);
  const boxes = Array.from({ length: 6 }, () => [rng.next() * size, rng.next() * size, 8 + rng.next() * 20]);
  return grey(size, size, (x, y) => {
    const box = boxes.findLastIndex(([left = 0, top = 0, side = 0]) => x >= left && x < left + side && y >= top && y < top + side); // prettier-ignore
    return look(box + 1);
  });
}
const seenByOne = (seed: number): RawImage => scene(seed, (box) => 40 + 30 * box);
const seenByOther = (seed: number): RawImage => scene(seed, (box) => 9000 - 800 * ((box * 3) % 7));

describe('the check of pairs', () => {
  it('finds that pictures of the same scenes belong together, and that shifted ones do not', async () => {
    const [one, other] = [Array.from({ length: 60 }, (_, at) => seenByOne(at)), Array.from({ length: 60 }, (_, at) => seenByOther(at))]; // prettier-ignore
    const right = await check(one, other);
    expect(right).toMatchObject({ sampled: 48, verdict: 'aligned', differentShapes: 0, duplicates: [] });
    expect(right.correlation).toBeGreaterThan(0.5);
    expect(Math.abs(right.shuffled)).toBeLessThan(0.06);
    const shifted = await check(
      one,
      other,
      Array.from({ length: 60 }, (_, at) => [at, (at + 1) % 60]),
    );
    expect(shifted.verdict).toBe('unpaired');
    expect(await check(one, other)).toEqual(right);
  });

  it('does not call pictures aligned that are the same on both sides, also when one is stored with more bits', async () => {
    const one = Array.from({ length: 12 }, (_, at) => seenByOne(at));
    expect(await check(one, one)).toMatchObject({ verdict: 'same' });
    const wider = one.map((image): RawImage => ({ ...image, bitDepth: 16, samples: image.samples.map((value) => value * 256) }));
    expect(await check(one, wider)).toMatchObject({ verdict: 'same' });
    const mostly = one.map((image, at) => (at < 4 ? image : seenByOther(at)));
    expect(await check(one, mostly)).toMatchObject({ verdict: 'aligned' });
  }); // prettier-ignore

  it('names the least alike pairs by their place among the pairs, worst first', async () => {
    const one = Array.from({ length: 12 }, (_, at) => seenByOne(at));
    const other = Array.from({ length: 12 }, (_, at) => seenByOther(at === 7 ? 100 : at));
    const { worst, verdict } = await check(one, other);
    expect(verdict).toBe('aligned');
    expect(worst[0]).toMatchObject({ index: 7, rgb: '7.png', target: '7.png' });
    expect(worst.map(({ correlation }) => correlation)).toEqual(
      worst.map(({ correlation }) => correlation).sort((a, b) => a - b),
    );
  });

  it('counts other shapes and names pictures with the same pixels', async () => {
    const [one, other] = [[0, 1, 2, 1].map(seenByOne), [0, 1, 2, 3].map(seenByOther)];
    const wide = grey(120, 80, (x) => x);
    const result = await check(one, [...other.slice(0, 3), wide]);
    expect(result.differentShapes).toBe(1);
    expect(result.duplicates).toEqual([{ paths: ['1.png', '3.png'] }]);
  });

  it('does not judge a few pairs, and says nothing of pictures without edges', async () => {
    expect((await check([seenByOne(1)], [seenByOther(2)])).verdict).toBe('unclear');
    const flat = grey(80, 80, () => 7);
    expect(edgeCorrelation(edgeMap(flat), edgeMap(seenByOne(1)))).toBe(0);
    const holes = grey(80, 80, () => 0);
    expect(edgeCorrelation(edgeMap(holes), edgeMap(seenByOne(1)))).toBe(0);
  });

  it('does not take the rim of a hole for an edge', () => {
    const hole = (x: number, y: number): boolean => x > 20 && x < 50 && y > 20 && y < 50;
    const ramp = edgeMap(grey(64, 64, (x, y) => (hole(x, y) ? 0 : 100 + x), 16));
    const readings = ramp.filter(Number.isFinite);
    expect(readings.length).toBeLessThan(62 * 62);
    expect(Math.max(...readings)).toBeCloseTo(Math.SQRT2, 5);
    expect(Math.min(...readings)).toBeCloseTo(Math.SQRT2, 5);
  });

  it('leaves out pairs that cannot be read, and fails with the file when none can', async () => {
    const broken = new StudioError({ code: 'damaged-file', message: '1.png is damaged.', remedy: 'Copy it again.' });
    const [one, other] = [[0, 1, 2].map(seenByOne), [0, 1, 2].map(seenByOther)];
    const failing = (bad: (index: number) => boolean): Parameters<typeof checkPairs>[1] => ({
      ...folder(one),
      raw: (index) => (bad(index) ? Promise.reject(broken) : folder(one).raw(index)),
    });
    expect((await checkPairs({ matches: straight(3) }, failing((at) => at === 1), folder(other))).sampled).toBe(2); // prettier-ignore
    await expect(checkPairs({ matches: straight(3) }, failing(() => true), folder(other))).rejects.toBe(broken); // prettier-ignore
  });
});

const shared = join(process.env['SHARED_DIR'] ?? '../shared', 'data');

function mirrored(image: RawImage): RawImage {
  const { width, channels } = image;
  const samples = image.samples.map((_: number, at: number) => {
    const [pixel, channel] = [Math.floor(at / channels), at % channels];
    const row = pixel - (pixel % width);
    return image.samples[(row + width - 1 - (pixel % width)) * channels + channel] ?? 0;
  });
  return { ...image, samples };
}

describe.skipIf(!existsSync(shared))('the check of real pairs (shared data)', () => {
  it.each([
    ['epfl-scenes-nir', 'irrelevant_nir', 0.45, 'unclear'],
    ['nyu-objects-depth', 'irrelevant_depth', 0.17, 'unpaired'],
  ])('tells right pairs of %s from shifted and mirrored ones', async (set, target, least, ofMirrored) => {
    const read = (part: string): Promise<RawImage[]> => {
      const root = join(shared, set, part);
      return Promise.all(readdirSync(root).sort().map((name) => decodeImage(new Uint8Array(readFileSync(join(root, name))), name))); // prettier-ignore
    };
    const [rgb, other] = [await read('irrelevant_rgb'), await read(target)];
    const excess = ({ correlation, shuffled }: PairCheck): number => correlation - shuffled;
    const right = await check(rgb, other);
    expect(right.verdict).toBe('aligned');
    expect(excess(right)).toBeGreaterThan(least);
    const shifted = await check(rgb, other, rgb.map((_, at) => [at, (at + 1) % other.length])); // prettier-ignore
    expect(shifted.verdict).toBe('unpaired');
    const turned = await check(rgb, other.map(mirrored));
    expect(turned.verdict).toBe(ofMirrored);
  });
});
