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

/**
 * Per channel `sum (x - shift)` and `sum (x - shift)^2` over the rows.
 *
 * @param shift anything near the mean: it keeps the digits of a small spread around a large mean.
 */
export function shiftedSums(x: Float32Array, shift: Float64Array, { from, to }: Rows): Sums {
  const channels = shift.length;
  const first = new Float64Array(channels);
  const second = new Float64Array(channels);
  let channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    const k0 = at(shift, channel);
    const k1 = at(shift, channel + 1);
    const k2 = at(shift, channel + 2);
    const k3 = at(shift, channel + 3);
    let s0 = 0;
    let s1 = 0;
    let s2 = 0;
    let s3 = 0;
    let q0 = 0;
    let q1 = 0;
    let q2 = 0;
    let q3 = 0;
    for (let i = from * channels + channel, end = to * channels; i < end; i += channels) {
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
    first.set([s0, s1, s2, s3], channel);
    second.set([q0, q1, q2, q3], channel);
  }
  for (; channel < channels; channel++) {
    const k = at(shift, channel);
    let s = 0;
    let q = 0;
    for (let i = from * channels + channel, end = to * channels; i < end; i += channels) {
      const d = at(x, i) - k;
      s += d;
      q += d * d;
    }
    first[channel] = s;
    second[channel] = q;
  }
  return { first, second };
}

/** Per channel `sum dy` and `sum dy (x - center)` over all rows. */
export function gradientSums(x: Float32Array, dy: Float32Array, center: Float32Array): Sums {
  const channels = center.length;
  const first = new Float64Array(channels);
  const second = new Float64Array(channels);
  let channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
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
    for (let i = channel, end = dy.length; i < end; i += channels) {
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
    first.set([s0, s1, s2, s3], channel);
    second.set([q0, q1, q2, q3], channel);
  }
  for (; channel < channels; channel++) {
    const k = at(center, channel);
    let s = 0;
    let q = 0;
    for (let i = channel, end = dy.length; i < end; i += channels) {
      const g = at(dy, i);
      s += g;
      q += g * (at(x, i) - k);
    }
    first[channel] = s;
    second[channel] = q;
  }
  return { first, second };
}

/** `out = (x - center) * scale + offset`, each constant per channel. */
export function affine(
  x: Float32Array,
  out: Float32Array,
  constants: { center: Float64Array; scale: Float64Array; offset: Float64Array },
  { from, to }: Rows,
): void {
  const { center, scale, offset } = constants;
  const channels = center.length;
  for (let row = from, i = from * channels; row < to; row++) {
    for (let channel = 0; channel < channels; channel++, i++) {
      out[i] = (at(x, i) - at(center, channel)) * at(scale, channel) + at(offset, channel);
    }
  }
}

/** `dx = dy * gain + (x - center) * slope + offset`, each constant per channel. */
export function combine(
  arrays: { x: Float32Array; dy: Float32Array; dx: Float32Array },
  constants: { gain: Float64Array; center: Float64Array; slope: Float64Array; offset: Float64Array },
  { from, to }: Rows,
): void {
  const { x, dy, dx } = arrays;
  const { gain, center, slope, offset } = constants;
  const channels = center.length;
  for (let row = from, i = from * channels; row < to; row++) {
    for (let channel = 0; channel < channels; channel++, i++) {
      dx[i] =
        at(dy, i) * at(gain, channel) + (at(x, i) - at(center, channel)) * at(slope, channel) + at(offset, channel);
    }
  }
}
