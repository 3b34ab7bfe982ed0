import { turboTable } from './turboTable';

/** Writes red, green and blue, each 0..1, of a value in 0..1 to three places of `out` from `at` on. */
export type ColourMap = (value: number, out: Float32Array, at: number) => void;

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/**
 * Jet as MATLAB and OpenCV (`COLORMAP_JET`) draw it, without its steps: red, green and blue are
 * `clamp(1.5 - |4 v - c|)` with c = 3, 2 and 1. (The `jet` of matplotlib has other corners.)
 */
const jet: ColourMap = (value, out, at) => {
  out[at] = clamp(1.5 - Math.abs(4 * value - 3));
  out[at + 1] = clamp(1.5 - Math.abs(4 * value - 2));
  out[at + 2] = clamp(1.5 - Math.abs(4 * value - 1));
};

/** Turbo, interpolated linearly between the 256 colours of its table. */
const turbo: ColourMap = (value, out, at) => {
  const place = value * 255;
  const lower = Math.min(254, Math.floor(place));
  const share = place - lower;
  for (let channel = 0; channel < 3; channel++) {
    const low = turboTable[lower * 3 + channel] ?? 0;
    const high = turboTable[lower * 3 + 3 + channel] ?? 0;
    out[at + channel] = (low + share * (high - low)) / 255;
  }
};

export const colourMaps = { jet, turbo } as const;
