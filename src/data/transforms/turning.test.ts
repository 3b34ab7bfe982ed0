import { describe, expect, it } from 'vitest';
import { turnCamera, turnUpright } from './turning';
import type { RawImage } from '../../formats/images/format';

/** 1 2 3 over 4 5 6. */
const stored: RawImage = {
  width: 3,
  height: 2,
  channels: 1,
  bitDepth: 8,
  samples: Uint8Array.of(1, 2, 3, 4, 5, 6),
};
const rows = ({ width, samples }: RawImage): string =>
  Array.from({ length: samples.length / width }, (_, y) =>
    [...samples.slice(y * width, (y + 1) * width)].join(''),
  ).join('/');

describe('turning upright', () => {
  // What the first row and the first column of the stored pixels are in the upright picture (Exif 2.32, tag 274).
  it.each([
    [2, '321/654', 'top right'],
    [3, '654/321', 'bottom right'],
    [4, '456/123', 'bottom left'],
    [5, '14/25/36', 'left top'],
    [6, '41/52/63', 'right top'],
    [7, '63/52/41', 'right bottom'],
    [8, '36/25/14', 'left bottom'],
  ])('by %i gives %s (%s)', (orientation, expected) => {
    const upright = turnUpright({ ...stored, orientation });
    expect(rows(upright)).toBe(expected);
    expect(upright.orientation).toBeUndefined();
  });

  it('leaves an image without the tag alone', () => {
    expect(turnUpright(stored)).toBe(stored);
  });

  it('keeps channels together', () => {
    const samples = Uint8Array.of(1, 2, 3, 4, 5, 6);
    const upright = turnUpright({ ...stored, width: 2, height: 1, channels: 3, samples, orientation: 3 });
    expect([...upright.samples]).toEqual([4, 5, 6, 1, 2, 3]);
  });

  it('turns the camera with the pixels: every pixel is seen in the same direction as before', () => {
    const camera = { fx: 10, fy: 20, cx: 0.25, cy: 1.5 };
    for (const orientation of [2, 3, 4, 5, 6, 7, 8]) {
      const upright = turnUpright({ ...stored, orientation });
      const turned = turnCamera(camera, { ...stored, orientation });
      for (let pixel = 0; pixel < 6; pixel++) {
        const value = upright.samples[pixel] ?? 0;
        const before = [((value - 1) % 3) - camera.cx, Math.floor((value - 1) / 3) - camera.cy] as const;
        const across = ((pixel % upright.width) - turned.cx) / turned.fx;
        const down = (Math.floor(pixel / upright.width) - turned.cy) / turned.fy;
        const angles = [before[0] / camera.fx, before[1] / camera.fy].map(Math.abs).sort();
        expect([across, down].map(Math.abs).sort()).toEqual(angles.map((angle) => expect.closeTo(angle, 12) as number));
      }
    }
    expect(turnCamera(camera, stored)).toBe(camera);
  });
});
