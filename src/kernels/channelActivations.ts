import type { FusedActivation } from './channelLayout';
import { affine, forBlocks, type AffineConstants, type Rows } from './channelLoops';

/**
 * Loops that apply an activation and its gradient, in the same pass as the affine function before it. Products with
 * comparisons instead of branches: the signs of activations cannot be predicted. So an infinity on a flat side becomes
 * NaN, not 0; no network trains through either.
 */

/** Every index of the loops below is inside. */
function at(values: Float32Array | Float64Array, index: number): number {
  return values[index] as number;
}

/** Above it an activation is flat; below 0 each of them is. */
const limits: Readonly<Record<Exclude<FusedActivation, 'none'>, number>> = { relu: Number.MAX_VALUE, relu6: 6 };

interface Operands {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly out: Float32Array;
  readonly constants: AffineConstants;
  readonly limit: number;
}

/** What each loop does with one channel of a block of rows. */
type Loop = (operands: Operands, channel: number, rows: Rows) => void;

function reluFour({ x, out, constants }: Operands, channel: number, { from, to }: Rows): void {
  const { scale, offset } = constants;
  const [a0, b0] = [at(scale, channel), at(offset, channel)];
  const [a1, b1] = [at(scale, channel + 1), at(offset, channel + 1)];
  const [a2, b2] = [at(scale, channel + 2), at(offset, channel + 2)];
  const [a3, b3] = [at(scale, channel + 3), at(offset, channel + 3)];
  for (let i = from; i < to; i += scale.length) {
    const y0 = at(x, i) * a0 + b0;
    const y1 = at(x, i + 1) * a1 + b1;
    const y2 = at(x, i + 2) * a2 + b2;
    const y3 = at(x, i + 3) * a3 + b3;
    out[i] = y0 * Number(y0 >= 0);
    out[i + 1] = y1 * Number(y1 >= 0);
    out[i + 2] = y2 * Number(y2 >= 0);
    out[i + 3] = y3 * Number(y3 >= 0);
  }
}

function activateOne({ x, out, constants, limit }: Operands, channel: number, { from, to }: Rows): void {
  const { scale, offset } = constants;
  const [a, b] = [at(scale, channel), at(offset, channel)];
  for (let i = from; i < to; i += scale.length) {
    const y = at(x, i) * a + b;
    out[i] = y * Number(y >= 0) - (y - limit) * Number(y > limit);
  }
}

/** Values are rounded as stored outputs are, so that they are on the same side of a kink. */
function reluMaskFour({ x, dy, out, constants }: Operands, channel: number, { from, to }: Rows): void {
  const { scale, offset } = constants;
  const [a0, b0] = [at(scale, channel), at(offset, channel)];
  const [a1, b1] = [at(scale, channel + 1), at(offset, channel + 1)];
  const [a2, b2] = [at(scale, channel + 2), at(offset, channel + 2)];
  const [a3, b3] = [at(scale, channel + 3), at(offset, channel + 3)];
  for (let i = from; i < to; i += scale.length) {
    const y0 = Math.fround(at(x, i) * a0 + b0);
    const y1 = Math.fround(at(x, i + 1) * a1 + b1);
    const y2 = Math.fround(at(x, i + 2) * a2 + b2);
    const y3 = Math.fround(at(x, i + 3) * a3 + b3);
    out[i] = at(dy, i) * Number(y0 > 0);
    out[i + 1] = at(dy, i + 1) * Number(y1 > 0);
    out[i + 2] = at(dy, i + 2) * Number(y2 > 0);
    out[i + 3] = at(dy, i + 3) * Number(y3 > 0);
  }
}

function maskOne({ x, dy, out, constants, limit }: Operands, channel: number, { from, to }: Rows): void {
  const { scale, offset } = constants;
  const [a, b] = [at(scale, channel), at(offset, channel)];
  for (let i = from; i < to; i += scale.length) {
    const y = Math.fround(at(x, i) * a + b);
    out[i] = at(dy, i) * Number(y > 0) * Number(y <= limit);
  }
}

/** @param four four channels at a time, for a ReLU without a limit. */
function overAll(four: Loop, one: Loop, operands: Operands, activation: FusedActivation): void {
  const channels = operands.constants.scale.length;
  forBlocks(channels, { from: 0, to: operands.x.length / channels }, (channel, block, isFour) => {
    if (isFour && activation === 'relu') {
      four(operands, channel, block);
      return;
    }
    for (let next = 0; next < (isFour ? 4 : 1); next++) {
      one(operands, channel + next, { from: block.from + next, to: block.to });
    }
  });
}

/** `out = activation(x * scale + offset)`. */
export function affineActivated(
  x: Float32Array,
  out: Float32Array,
  constants: AffineConstants,
  activation: FusedActivation,
): void {
  if (activation === 'none') affine(x, out, constants, { from: 0, to: x.length / constants.scale.length });
  else overAll(reluFour, activateOne, { x, dy: x, out, constants, limit: limits[activation] }, activation);
}

/**
 * The gradient at `x * scale + offset`, before an activation, which is as tfjs has it at the kinks.
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
  overAll(reluMaskFour, maskOne, { x, dy, out, constants, limit: limits[activation] }, activation);
  return out;
}
