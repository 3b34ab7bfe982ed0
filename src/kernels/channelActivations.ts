import type { FusedActivation } from './channelLayout';
import { affine, type AffineConstants } from './channelLoops';

/**
 * Loops that apply an activation and its gradient. Products with comparisons instead of branches: the signs of
 * activations cannot be predicted. So an infinity on the flat side becomes NaN, not 0; no network trains through either.
 */

function at(values: Float32Array, index: number): number {
  return values[index] as number;
}

const activate: Readonly<Record<FusedActivation, (y: Float32Array, from: number, to: number) => void>> = {
  none: () => undefined,
  relu: (y, from, to) => {
    for (let i = from; i < to; i++) y[i] = at(y, i) * Number(at(y, i) >= 0);
  },
  relu6: (y, from, to) => {
    for (let i = from; i < to; i++) {
      const value = at(y, i) * Number(at(y, i) >= 0);
      y[i] = value * Number(value <= 6) + 6 * Number(value > 6);
    }
  },
};

type Mask = (y: Float32Array, dy: Float32Array, from: number, to: number) => void;

/** `y = dy` where the activation of y rises, 0 elsewhere; at the kinks as tfjs has it. */
const mask: Readonly<Record<Exclude<FusedActivation, 'none'>, Mask>> = {
  relu: (y, dy, from, to) => {
    for (let i = from; i < to; i++) y[i] = at(dy, i) * Number(at(y, i) > 0);
  },
  relu6: (y, dy, from, to) => {
    for (let i = from; i < to; i++) y[i] = at(dy, i) * (Number(at(y, i) > 0) * Number(at(y, i) <= 6));
  },
};

/** Runs over so many rows that their values stay in the cache for a second pass. */
function forRows(size: number, channels: number, visit: (from: number, to: number) => void): void {
  const step = Math.max(1, Math.floor(4096 / channels));
  const rows = size / channels;
  for (let row = 0; row < rows; row += step) visit(row, Math.min(rows, row + step));
}

/** `out = activation(x * scale + offset)`. */
export function affineActivated(
  x: Float32Array,
  out: Float32Array,
  constants: AffineConstants,
  activation: FusedActivation,
): void {
  const channels = constants.scale.length;
  forRows(x.length, channels, (from, to) => {
    affine(x, out, constants, { from, to });
    activate[activation](out, from * channels, to * channels);
  });
}

/**
 * The gradient at `x * scale + offset`, before an activation.
 *
 * @param out where it is written to unless it is dy itself.
 * @returns dy or out.
 */
export function gradientBeforeActivation(
  { x, dy, out }: { x: Float32Array; dy: Float32Array; out: Float32Array },
  constants: AffineConstants,
  activation: FusedActivation,
): Float32Array {
  if (activation === 'none') return dy;
  const channels = constants.scale.length;
  forRows(x.length, channels, (from, to) => {
    affine(x, out, constants, { from, to });
    mask[activation](out, dy, from * channels, to * channels);
  });
  return out;
}
