/** IEEE 754 binary16 to a number. */
export function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The nearest binary16, ties to even; what is too large becomes the largest finite value. */
export function numberToHalf(value: number): number {
  if (Number.isNaN(value)) return 0x7e00;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.min(Math.abs(value), 65504);
  const exponent = size === 0 ? -15 : Math.max(Math.floor(Math.log2(size)), -14);
  const unit = 2 ** (Math.max(exponent, -14) - 10);
  const count = roundToEven(size / unit);
  // A count of 1024 or 2048 carries into the exponent by itself.
  const bits = size < 2 ** -14 ? count : ((exponent + 14) << 10) + count;
  return sign | Math.min(bits, 0x7bff);
}

function roundToEven(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}
