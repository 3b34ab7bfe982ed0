import { describe, expect, it } from 'vitest';
import { colourMaps } from './colourMaps';

const bytes = (map: keyof typeof colourMaps, code: number): number[] => {
  const out = new Float32Array(3);
  colourMaps[map](code / 255, out, 0);
  return Array.from(out, (value) => value * 255);
};

describe('colour maps', () => {
  // Of cv2.applyColorMap, OpenCV 4.6, which rounds to bytes.
  it.each([
    [0, [0, 0, 128]],
    [1, [0, 0, 132]],
    [32, [0, 0, 255]],
    [63, [0, 124, 255]],
    [100, [18, 255, 238]],
    [128, [130, 255, 126]],
    [200, [255, 92, 0]],
    [255, [128, 0, 0]],
  ])('jet has the colours of COLORMAP_JET at %i', (code, expected) => {
    bytes('jet', code).forEach((value, channel) => {
      expect(Math.abs(value - (expected[channel] ?? NaN))).toBeLessThanOrEqual(0.5 + 1e-4);
    });
  });

  it.each([
    [0, [48, 18, 59]],
    [1, [50, 21, 67]],
    [64, [40, 188, 235]],
    [100, [63, 246, 138]],
    [128, [164, 252, 60]],
    [200, [244, 102, 23]],
    [255, [122, 4, 3]],
  ])('turbo has the colours of COLORMAP_TURBO at %i', (code, expected) => {
    expect(bytes('turbo', code).map(Math.round)).toEqual(expected);
  });

  it('go on between two colours of the table', () => {
    // Halfway between 48 18 59 and 50 21 67.
    bytes('turbo', 0.5).forEach((value, channel) => expect(value).toBeCloseTo([49, 19.5, 63][channel] ?? NaN, 4));
  });
});
