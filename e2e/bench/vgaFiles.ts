import { linkSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../src/cli/encodePng';
import { createRng } from '../../src/shared/rng';
import type { RawImage } from '../../src/formats/images/format';

const width = 640;
const height = 480;

/** Depth in millimetres as a camera sees it: a tilted floor, a box, noise of a few millimetres, a share of holes. */
export function vgaDepth(seed: number): RawImage {
  const rng = createRng(seed);
  const [left, top, tilt] = [rng.integer(400), rng.integer(300), 1 + rng.next()];
  const samples = new Uint16Array(width * height);
  for (let at = 0; at < samples.length; at++) {
    const [x, y] = [at % width, Math.floor(at / width)];
    const inBox = x > left && x < left + 160 && y > top && y < top + 120;
    samples[at] = rng.next() < 0.05 ? 0 : (inBox ? 900 : 4000 - tilt * y) + rng.integer(8);
  }
  return { width, height, channels: 1, bitDepth: 16, samples };
}

/**
 * Writes a folder of 640x480 16-bit PNGs in class folders. Of the images only some are distinct; the others are hard
 * links to them, which the browser sees as files of their own.
 */
export function writeVgaFolder(images: number, distinct: number): string {
  const folder = join(mkdtempSync(join(tmpdir(), 'socket-vga-')), 'depth');
  const classes = 50;
  for (let at = 0; at < classes; at++) mkdirSync(join(folder, `class${String(at)}`), { recursive: true });
  const originals: string[] = [];
  for (let at = 0; at < images; at++) {
    const path = join(folder, `class${String(at % classes)}`, `${String(at).padStart(6, '0')}.png`);
    const original = originals[at % distinct];
    if (original === undefined) {
      writeFileSync(path, encodePng(vgaDepth(at)));
      originals.push(path);
    } else linkSync(original, path);
  }
  return folder;
}
