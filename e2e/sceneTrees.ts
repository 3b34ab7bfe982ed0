import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { encode } from 'fast-png';

const size = 48;

/** Height of a room with a few boxes in it; another seed is another room. */
function sceneAt(x: number, y: number, seed: number): number {
  const boxes = [0, 1, 2, 3].map((box) => ({
    left: (seed * 13 + box * 17) % (size - 12),
    top: (seed * 7 + box * 23) % (size - 12),
    height: 200 + 150 * box,
  }));
  const hit = boxes.findLast(({ left, top }) => x >= left && x < left + 12 && y >= top && y < top + 12);
  return hit?.height ?? 0;
}

const each = <T>(value: (x: number, y: number) => T): T[] =>
  Array.from({ length: size * size }, (_, at) => value(at % size, Math.floor(at / size)));

/** Depth of a scene in millimetres; boxes stand nearer than the wall. */
export function sceneDepth(seed: number): Uint8Array {
  const data = Uint16Array.from(each((x, y) => 3000 - sceneAt(x, y, seed)));
  return encode({ width: size, height: size, data, channels: 1, depth: 16 });
}

/** The same scene in colour; its wallpaper has stripes that depth has not. */
export function sceneRgb(seed: number): Uint8Array {
  const data = Uint8Array.from(
    each((x, y) => {
      const light = 60 + sceneAt(x, y, seed) / 5 + (y % 8 < 4 ? 12 : 0);
      return [light, light * 0.9, 255 - light];
    }).flat(),
  );
  return encode({ width: size, height: size, data, channels: 3, depth: 8 });
}

/** Writes files below a new temporary folder. @returns that folder */
export function writeTree(files: Readonly<Record<string, Uint8Array | string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'socket-studio-'));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/**
 * A small SUN RGB-D: two frames of every scene of each camera. `classroom` and `office` are in all cameras; one frame
 * has no depth image.
 */
export function writeSunRgbd(): string {
  const scenes = {
    'kv1/b3dodata': ['classroom', 'office', 'lab'],
    'kv2/kinect2data': ['classroom', 'office', 'library'],
    'realsense/lg': ['classroom', 'office', 'kitchen'],
    'xtion/sun3ddata': ['classroom', 'office', 'corridor'],
  };
  const files: Record<string, Uint8Array | string> = {};
  let seed = 0;
  for (const [camera, names] of Object.entries(scenes)) {
    for (const scene of names) {
      for (const take of [1, 2]) {
        const frame = `SUNRGBD/${camera}/${scene}_${String(take)}`;
        seed += 1;
        files[`${frame}/image/img.jpg`] = sceneRgb(seed);
        if (seed !== 5) files[`${frame}/depth/img.png`] = sceneDepth(seed);
        files[`${frame}/depth_bfx/img.png`] = sceneDepth(seed);
        files[`${frame}/scene.txt`] = `${scene}\n`;
        files[`${frame}/intrinsics.txt`] = '570 0 24 0 570 24 0 0 1';
      }
    }
  }
  return join(writeTree(files), 'SUNRGBD');
}
