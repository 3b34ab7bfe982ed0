/**
 * Loops over `[rows, channels]` arrays (channels last), the inner work of batch normalisation. They accumulate in
 * float64 and keep four channels at a time in registers, which makes them as fast as memory allows in one thread.
 */

/** Sums over a range of rows, per channel. */
export interface Sums {
  readonly first: Float64Array;
  readonly second: Float64Array;
}

/** Rows `from` (inclusive) to `to` (exclusive). */
export interface Rows {
  readonly from: number;
  readonly to: number;
}

/** A typed array that every index of the loops below is inside of. */
function at(values: Float32Array | Float64Array, index: number): number {
  return values[index] as number;
}

/** So many values are worked on at a time: they stay in the cache while the groups of channels go over them. */
const blockValues = 4096;

/**
 * Runs over blocks of rows, and in each over groups of four channels and the channels that are left.
 *
 * @param visit gets the first channel, the index range of the block from that channel on (a step of `channels` leads
 * to the next row), and whether four channels are meant or one.
 */
export function forBlocks(
  channels: number,
  { from, to }: Rows,
  visit: (channel: number, block: Rows, four: boolean) => void,
): void {
  const step = Math.max(1, Math.floor(blockValues / channels));
  for (let row = from; row < to; row += step) {
    const start = row * channels;
    const end = Math.min(to, row + step) * channels;
    let channel = 0;
    for (; channel + 4 <= channels; channel += 4) visit(channel, { from: start + channel, to: end }, true);
    for (; channel < channels; channel++) visit(channel, { from: start + channel, to: end }, false);
  }
}

/** What is summed and where to. */
interface Operands {
  readonly x: Float32Array;
  /** The second factor, or x itself where it is not used. */
  readonly dy: Float32Array;
  readonly center: Float64Array;
  readonly sums: Sums;
}

function addTo(sums: Sums, channel: number, first: number, second: number): void {
  sums.first[channel] = at(sums.first, channel) + first;
  sums.second[channel] = at(sums.second, channel) + second;
}

function shiftedFour({ x, center, sums }: Operands, channel: number, { from, to }: Rows): void {
  const channels = center.length;
  const k0 = at(center, channel);
  const k1 = at(center, channel + 1);
  const k2 = at(center, channel + 2);
  const k3 = at(center, channel + 3);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let i = from; i < to; i += channels) {
    const d0 = at(x, i) - k0;
    const d1 = at(x, i + 1) - k1;
    const d2 = at(x, i + 2) - k2;
    const d3 = at(x, i + 3) - k3;
    s0 += d0;
    s1 += d1;
    s2 += d2;
    s3 += d3;
    q0 += d0 * d0;
    q1 += d1 * d1;
    q2 += d2 * d2;
    q3 += d3 * d3;
  }
  addTo(sums, channel, s0, q0);
  addTo(sums, channel + 1, s1, q1);
  addTo(sums, channel + 2, s2, q2);
  addTo(sums, channel + 3, s3, q3);
}

function shiftedOne({ x, center, sums }: Operands, channel: number, { from, to }: Rows): void {
  const k = at(center, channel);
  let s = 0;
  let q = 0;
  for (let i = from; i < to; i += center.length) {
    const d = at(x, i) - k;
    s += d;
    q += d * d;
  }
  addTo(sums, channel, s, q);
}

function gradientFour({ x, dy, center, sums }: Operands, channel: number, { from, to }: Rows): void {
  const channels = center.length;
  const k0 = at(center, channel);
  const k1 = at(center, channel + 1);
  const k2 = at(center, channel + 2);
  const k3 = at(center, channel + 3);
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let q0 = 0;
  let q1 = 0;
  let q2 = 0;
  let q3 = 0;
  for (let i = from; i < to; i += channels) {
    const g0 = at(dy, i);
    const g1 = at(dy, i + 1);
    const g2 = at(dy, i + 2);
    const g3 = at(dy, i + 3);
    s0 += g0;
    s1 += g1;
    s2 += g2;
    s3 += g3;
    q0 += g0 * (at(x, i) - k0);
    q1 += g1 * (at(x, i + 1) - k1);
    q2 += g2 * (at(x, i + 2) - k2);
    q3 += g3 * (at(x, i + 3) - k3);
  }
  addTo(sums, channel, s0, q0);
  addTo(sums, channel + 1, s1, q1);
  addTo(sums, channel + 2, s2, q2);
  addTo(sums, channel + 3, s3, q3);
}

function gradientOne({ x, dy, center, sums }: Operands, channel: number, { from, to }: Rows): void {
  const k = at(center, channel);
  let s = 0;
  let q = 0;
  for (let i = from; i < to; i += center.length) {
    const g = at(dy, i);
    s += g;
    q += g * (at(x, i) - k);
  }
  addTo(sums, channel, s, q);
}

function zeroSums(channels: number): Sums {
  return { first: new Float64Array(channels), second: new Float64Array(channels) };
}

/**
 * Per channel `sum (x - shift)` and `sum (x - shift)^2` over the rows.
 *
 * @param shift anything near the mean: it keeps the digits of a small spread around a large mean.
 */
export function shiftedSums(x: Float32Array, shift: Float64Array, rows: Rows): Sums {
  const operands = { x, dy: x, center: shift, sums: zeroSums(shift.length) };
  forBlocks(shift.length, rows, (channel, block, four) => {
    (four ? shiftedFour : shiftedOne)(operands, channel, block);
  });
  return operands.sums;
}

/** Per channel `sum dy` and `sum dy (x - center)` over all rows. */
export function gradientSums(x: Float32Array, dy: Float32Array, center: Float64Array): Sums {
  const rows = { from: 0, to: dy.length / center.length };
  const operands = { x, dy, center, sums: zeroSums(center.length) };
  forBlocks(center.length, rows, (channel, block, four) => {
    (four ? gradientFour : gradientOne)(operands, channel, block);
  });
  return operands.sums;
}

/** Constants per channel. */
export interface AffineConstants {
  readonly scale: Float64Array;
  readonly offset: Float64Array;
}

function affineFour(
  { x, out, constants }: { x: Float32Array; out: Float32Array; constants: AffineConstants },
  channel: number,
  { from, to }: Rows,
): void {
  const { scale, offset } = constants;
  const a0 = at(scale, channel);
  const a1 = at(scale, channel + 1);
  const a2 = at(scale, channel + 2);
  const a3 = at(scale, channel + 3);
  const b0 = at(offset, channel);
  const b1 = at(offset, channel + 1);
  const b2 = at(offset, channel + 2);
  const b3 = at(offset, channel + 3);
  for (let i = from; i < to; i += scale.length) {
    out[i] = at(x, i) * a0 + b0;
    out[i + 1] = at(x, i + 1) * a1 + b1;
    out[i + 2] = at(x, i + 2) * a2 + b2;
    out[i + 3] = at(x, i + 3) * a3 + b3;
  }
}

/** `out = x * scale + offset` over the rows. */
export function affine(x: Float32Array, out: Float32Array, constants: AffineConstants, rows: Rows): void {
  const { scale, offset } = constants;
  forBlocks(scale.length, rows, (channel, block, four) => {
    if (four) {
      affineFour({ x, out, constants }, channel, block);
      return;
    }
    const [a, b] = [at(scale, channel), at(offset, channel)];
    for (let i = block.from; i < block.to; i += scale.length) out[i] = at(x, i) * a + b;
  });
}

/** Constants per channel, and what they are applied to. dx may be dy itself. */
interface Combination {
  readonly x: Float32Array;
  readonly dy: Float32Array;
  readonly dx: Float32Array;
  readonly gain: Float64Array;
  readonly slope: Float64Array;
  readonly offset: Float64Array;
}

function combineFour({ x, dy, dx, gain, slope, offset }: Combination, channel: number, { from, to }: Rows): void {
  const a0 = at(gain, channel);
  const a1 = at(gain, channel + 1);
  const a2 = at(gain, channel + 2);
  const a3 = at(gain, channel + 3);
  const b0 = at(slope, channel);
  const b1 = at(slope, channel + 1);
  const b2 = at(slope, channel + 2);
  const b3 = at(slope, channel + 3);
  const c0 = at(offset, channel);
  const c1 = at(offset, channel + 1);
  const c2 = at(offset, channel + 2);
  const c3 = at(offset, channel + 3);
  for (let i = from; i < to; i += gain.length) {
    dx[i] = at(dy, i) * a0 + (at(x, i) * b0 + c0);
    dx[i + 1] = at(dy, i + 1) * a1 + (at(x, i + 1) * b1 + c1);
    dx[i + 2] = at(dy, i + 2) * a2 + (at(x, i + 2) * b2 + c2);
    dx[i + 3] = at(dy, i + 3) * a3 + (at(x, i + 3) * b3 + c3);
  }
}

/** `dx = dy * gain + x * slope + offset` over the rows. */
export function combine(combination: Combination, rows: Rows): void {
  const { x, dy, dx, gain, slope, offset } = combination;
  forBlocks(gain.length, rows, (channel, block, four) => {
    if (four) {
      combineFour(combination, channel, block);
      return;
    }
    const [a, b, c] = [at(gain, channel), at(slope, channel), at(offset, channel)];
    for (let i = block.from; i < block.to; i += gain.length) dx[i] = at(dy, i) * a + (at(x, i) * b + c);
  });
}
