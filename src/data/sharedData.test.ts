import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { centerView } from '../shared/imageSet';
import { preparedHere } from '../tests/preparedHere';
import { createImageSet } from './batches';
import { openFolder } from './folder';
import { createLocalDesk } from './imageDesk';
import { fromDropped } from './sourceFile';
import type { OpenedFolder } from './folder';
import type { DroppedFile, ImageRole } from '../shared/images';

const root = join(process.env['SHARED_DIR'] ?? '../shared', 'data');

function drop(folder: string): DroppedFile[] {
  const name = folder.split('/').at(-1) ?? '';
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const relative = `${name}/${path.slice(join(root, folder).length + 1)}`;
      return { path: relative, file: new File([readFileSync(path)], entry.name) };
    });
}

const open = (folder: string, role: ImageRole): Promise<OpenedFolder> =>
  openFolder({
    role,
    files: drop(folder).map(fromDropped),
    desk: createLocalDesk(),
  });

const halves = { preset: 'own' as const, mean: [0.45, 0.45, 0.45] as const, std: [0.25, 0.25, 0.25] as const };

/** Pillow's antialiased bilinear filter written as the plain sum that it is, in double precision. */
function plainResize(values: readonly number[], size: number, target: number): number[] {
  const support = Math.max(1, size / target);
  const weights = (out: number): number[] => {
    const center = ((out + 0.5) * size) / target;
    const row = Array.from({ length: size }, (_, i) => Math.max(0, 1 - Math.abs(i + 0.5 - center) / support));
    const sum = row.reduce((a, b) => a + b, 0);
    return row.map((weight) => weight / sum);
  };
  const axis = Array.from({ length: target }, (_, out) => weights(out));
  return axis.flatMap((rowWeights) =>
    axis.map((columnWeights) => {
      let sum = 0;
      rowWeights.forEach((a, y) => {
        if (a !== 0) columnWeights.forEach((b, x) => (sum += a * b * (values[y * size + x] ?? 0)));
      });
      return sum;
    }),
  );
}

/** Linear percentile of plain numbers. */
function plainPercentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = ((sorted.length - 1) * percent) / 100;
  const [low, high] = [sorted[Math.floor(rank)] ?? 0, sorted[Math.ceil(rank)] ?? 0];
  return low + (rank - Math.floor(rank)) * (high - low);
}

function centerCrop(values: readonly number[], size: number, crop: number): number[] {
  const offset = Math.floor((size - crop) / 2); // 4 for 63 of 72, where torchvision's CenterCrop cuts
  return Array.from(
    { length: crop * crop },
    (_, i) => values[(offset + Math.floor(i / crop)) * size + offset + (i % crop)] ?? 0,
  );
}

describe.skipIf(!existsSync(root))('real folders (shared data)', () => {
  it.each([
    ['epfl-scenes-nir/target_nir', 'target', 455, 7, 'full'],
    ['epfl-scenes-nir/irrelevant_nir', 'pairsTarget', 182, 0, 'full'],
    ['epfl-scenes-nir/irrelevant_rgb', 'pairsRgb', 182, 0, 'full'],
    ['nyu-objects-depth/target_depth', 'target', 362, 6, 'percentile'],
    ['nyu-objects-depth/irrelevant_depth', 'pairsTarget', 210, 0, 'percentile'],
    ['nyu-objects-depth/irrelevant_rgb', 'pairsRgb', 210, 0, 'full'],
  ] as const)('opens %s as %s: %i images, %i classes, scaled by %s', async (folder, role, count, classes, scaling) => {
    const opened = await open(folder, role);
    expect(opened.entries).toHaveLength(count);
    expect(opened.classes?.length ?? 0).toBe(classes);
    expect(opened.skipped).toEqual([]);
    expect(opened.recipe.scaling.kind).toBe(scaling);
    expect(opened.recipe.holes).toBe('keep');
    expect(opened.summary().warnings).toEqual([]);
  });

  it.each([
    ['epfl-scenes-nir/target_nir', 72],
    ['nyu-objects-depth/target_depth', 64],
  ])('reads an image of %s as an independent computation does', async (folder, size) => {
    const opened = await open(folder, 'target');
    const source = preparedHere(opened.entries.length, opened.raw, opened.recipe, [72, 72], 3);
    const images = createImageSet({ source, shape: [63, 63, 3], resize: [72, 72], preprocessing: halves });
    const index = 100;
    const raw = [
      ...decode(readFileSync(join(root, folder, opened.entries[index]?.path.split('/').slice(1).join('/') ?? ''))).data,
    ];
    const [low, high] = size === 72 ? [0, 255] : [plainPercentile(raw, 1), plainPercentile(raw, 99)];
    const scaled = raw.map((value) => Math.min(1, Math.max(0, (value - low) / (high - low))));
    const expected = centerCrop(size === 72 ? scaled : plainResize(scaled, size, 72), 72, 63).map(
      (value) => (value - 0.45) / 0.25,
    );
    const pixels = await images.read([{ index, view: centerView }]);
    expect(pixels).toHaveLength(63 * 63 * 3);
    let worst = 0;
    expected.forEach((value, pixel) => {
      for (let channel = 0; channel < 3; channel++)
        worst = Math.max(worst, Math.abs((pixels[pixel * 3 + channel] ?? NaN) - value));
    });
    // Half a step of 16 bits, and what float32 loses.
    expect(worst).toBeLessThan(0.5 / 65_534 / 0.25 + 2e-6);
  });
});
