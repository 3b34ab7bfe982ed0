import type { ScaledImage } from './scaling';

/** Which inputs make up each output along one axis, and with which weights. */
interface Taps {
  /** First input of every output. */
  readonly first: Int32Array;
  /** `[outputs, width]`; weights of an output add up to 1, unused ones are 0. */
  readonly weights: Float64Array;
  readonly width: number;
}

/**
 * Taps of the antialiased bilinear filter: a triangle as wide as one output pixel, but at least one input pixel
 * (what Pillow's BILINEAR computes, in floating point).
 */
function triangleTaps(inputs: number, outputs: number): Taps {
  const step = inputs / outputs;
  const support = Math.max(1, step);
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const weights = new Float64Array(outputs * width);
  for (let output = 0; output < outputs; output++) {
    const center = (output + 0.5) * step;
    const start = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(inputs, Math.floor(center + support + 0.5));
    let sum = 0;
    for (let input = start; input < end; input++) {
      const weight = Math.max(0, 1 - Math.abs(input + 0.5 - center) / support);
      weights[output * width + input - start] = weight;
      sum += weight;
    }
    for (let tap = 0; tap < end - start; tap++) {
      weights[output * width + tap] = (weights[output * width + tap] ?? 0) / sum;
    }
    first[output] = start;
  }
  return { first, weights, width };
}

/**
 * Resamples the middle axis of `[outer, inputs, inner]`.
 * @returns `[outer, outputs, inner]`
 */
function resampleAxis(
  values: Float32Array,
  outer: number,
  inputs: number,
  outputs: number,
  inner: number,
): Float32Array {
  if (inputs === outputs) return values;
  const { first, weights, width } = triangleTaps(inputs, outputs);
  const result = new Float32Array(outer * outputs * inner);
  for (let block = 0; block < outer; block++) {
    for (let output = 0; output < outputs; output++) {
      const start = first[output] ?? 0;
      const taps = Math.min(width, inputs - start);
      const target = (block * outputs + output) * inner;
      for (let offset = 0; offset < inner; offset++) {
        let sum = 0;
        for (let tap = 0; tap < taps; tap++) {
          sum += (weights[output * width + tap] ?? 0) * (values[(block * inputs + start + tap) * inner + offset] ?? 0);
        }
        result[target + offset] = sum;
      }
    }
  }
  return result;
}

/** Resizes to exactly `height` x `width` with the antialiased bilinear filter; the aspect ratio is not kept. */
export function resizeImage(image: ScaledImage, height: number, width: number): ScaledImage {
  const { channels } = image;
  const narrow = resampleAxis(image.values, image.height, image.width, width, channels);
  const values = resampleAxis(narrow, 1, image.height, height, width * channels);
  return { width, height, channels, values };
}
