import type { StoredTensor } from './storedTensor';

/** Half the distance between neighbours: relative to the value, and near 0. */
const halfSteps: Readonly<Record<string, readonly [number, number]>> = {
  float16: [2 ** -11, 2 ** -25],
  bfloat16: [2 ** -8, 2 ** -134],
};

/**
 * The largest difference that a tensor's own type makes to a value that it can hold: 0 where nothing is rounded.
 *
 * @param value as it was before it was stored
 */
export function roundingOf({ stored, quantization }: StoredTensor, value: number): number {
  // Codes are widened in float32, which rounds too.
  if (quantization)
    return Math.abs(quantization.scale) / 2 + 2 ** -22 * (Math.abs(value) + Math.abs(quantization.minimum));
  const [relative, absolute] = halfSteps[stored] ?? [0, 0];
  return Math.max(Math.abs(value) * relative, absolute);
}
