/** A stretch `[from, to)` of a column that shares one bucket of pixels. */
export interface Bucket {
  readonly from: number;
  readonly to: number;
}

/** Cuts `length` samples into at most `count` buckets of nearly equal size, in order and without gaps. */
export function cutBuckets(length: number, count: number): readonly Bucket[] {
  const buckets = Math.max(0, Math.min(length, Math.floor(count)));
  return Array.from({ length: buckets }, (_, index) => ({
    from: Math.floor((index * length) / buckets),
    to: Math.floor(((index + 1) * length) / buckets),
  }));
}

/**
 * The smallest and largest finite value of a bucket, in the order in which they occur, so that a spike survives
 * decimation and keeps its side. Null where the bucket holds no finite value.
 */
export function extremes(values: Float32Array, { from, to }: Bucket): readonly [number, number] | null {
  let low = -1;
  let high = -1;
  for (let index = from; index < to; index += 1) {
    const value = values[index] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    if (low < 0 || value < (values[low] ?? 0)) low = index;
    if (high < 0 || value > (values[high] ?? 0)) high = index;
  }
  if (low < 0) return null;
  const first = values[Math.min(low, high)] ?? 0;
  const second = values[Math.max(low, high)] ?? 0;
  return [first, second];
}

/**
 * Exponential moving average over all samples, corrected for its start as Adam corrects its moments:
 *
 *     s_n = weight s_{n-1} + (1 - weight) x_n,   shown: s_n / (1 - weight^n)
 *
 * Values that are not finite are passed over and show as NaN.
 * @param weight share of the past, 0 (the values themselves) to below 1
 */
export function smooth(values: Float32Array, weight: number): Float32Array {
  const result = new Float32Array(values.length);
  let sum = 0;
  let correction = 1;
  values.forEach((value, index) => {
    if (!Number.isFinite(value)) {
      result[index] = Number.NaN;
      return;
    }
    sum = weight * sum + (1 - weight) * value;
    correction *= weight;
    result[index] = sum / (1 - correction);
  });
  return result;
}
