import type { ScaledImage } from './scaling';
import type { Resize } from '../../shared/recipe';

/** Which inputs make up each output along one axis, and with which weights. */
interface Taps {
  /** First input of every output. */
  readonly first: Int32Array;
  /** `[outputs, width]`; weights of an output add up to 1, unused ones are 0. */
  readonly weights: Float64Array;
  readonly width: number;
}

/**
 * Taps of a filter that is 0 beyond its support.
 * @param support half of the width, in input pixels
 * @param weightAt of an input whose centre (input + 0.5) lies so far from the centre of the output, in input pixels
 */
function tapsOf(inputs: number, outputs: number, support: number, weightAt: (distance: number) => number): Taps {
  const step = inputs / outputs;
  const width = Math.ceil(support) * 2 + 1;
  const first = new Int32Array(outputs);
  const weights = new Float64Array(outputs * width);
  for (let output = 0; output < outputs; output++) {
    const center = (output + 0.5) * step;
    const start = Math.max(0, Math.floor(center - support + 0.5));
    const end = Math.min(inputs, start + width);
    let sum = 0;
    for (let input = start; input < end; input++) {
      const weight = weightAt(Math.abs(input + 0.5 - center));
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
 * Taps of the antialiased bilinear filter: a triangle as wide as one output pixel, but at least one input pixel
 * (what Pillow's BILINEAR computes, in floating point).
 */
function triangleTaps(inputs: number, outputs: number): Taps {
  const support = Math.max(1, inputs / outputs);
  return tapsOf(inputs, outputs, support, (distance) => Math.max(0, 1 - distance / support));
}

/** Taps of the mean over the area of an output pixel: inputs count by how much of them it covers (OpenCV's INTER_AREA). */
function boxTaps(inputs: number, outputs: number): Taps {
  const half = inputs / outputs / 2;
  const covered = (distance: number): number =>
    Math.max(0, Math.min(half, distance + 0.5) - Math.max(-half, distance - 0.5));
  return tapsOf(inputs, outputs, half + 0.5, covered);
}

/** The input pixel that holds the centre of the output pixel (Pillow's NEAREST, OpenCV's INTER_NEAREST_EXACT). */
function nearestTaps(inputs: number, outputs: number): Taps {
  const first = Int32Array.from({ length: outputs }, (_, at) => Math.floor(((2 * at + 1) * inputs) / (2 * outputs)));
  return { first, weights: new Float64Array(outputs).fill(1), width: 1 };
}

const tapsBy: Readonly<Record<Resize, (inputs: number, outputs: number) => Taps>> = {
  bilinear: triangleTaps,
  holeAware: triangleTaps,
  area: boxTaps,
  nearest: nearestTaps,
};

/**
 * Resamples the middle axis of `[outer, inputs, inner]`.
 * @returns `[outer, outputs, inner]`
 */
function resampleAxis(
  values: Float32Array,
  [outer, inputs, inner]: readonly [number, number, number],
  outputs: number,
  resize: Resize,
): Float32Array {
  if (inputs === outputs) return values;
  const { first, weights, width } = tapsBy[resize](inputs, outputs);
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

function resample(image: ScaledImage, height: number, width: number, resize: Resize): Float32Array {
  const { channels } = image;
  const narrow = resampleAxis(image.values, [image.height, image.width, channels], width, resize);
  return resampleAxis(narrow, [1, image.height, width * channels], height, resize);
}

/** 1 where a pixel has a value, 0 where it is NaN. */
function presence({ width, height, channels, values }: ScaledImage): ScaledImage {
  const present = new Float32Array(width * height);
  for (let pixel = 0; pixel < present.length; pixel++) present[pixel] = Number.isNaN(values[pixel * channels]) ? 0 : 1;
  return { width, height, channels: 1, values: present };
}

/** Half of the weight, less what single precision may lose of it. */
const enoughWeight = 0.5 - 1e-5;

/**
 * Resizes to exactly `height` x `width`; the aspect ratio is not kept. Pixels without a value (NaN) are never averaged
 * with others: the weights of a filter are shared out among the pixels that have one, and where those make up less than
 * half of its weight, the result has none either.
 */
export function resizeImage(image: ScaledImage, height: number, width: number, resize: Resize): ScaledImage {
  const { channels } = image;
  const present = presence(image);
  if (present.values.every((share) => share === 1)) {
    return { width, height, channels, values: resample(image, height, width, resize) };
  }
  const shares = resample(present, height, width, resize);
  const known = { ...image, values: image.values.map((value) => (Number.isNaN(value) ? 0 : value)) };
  const values = resample(known, height, width, resize);
  for (let pixel = 0; pixel < shares.length; pixel++) {
    const share = shares[pixel] ?? 0;
    for (let channel = 0; channel < channels; channel++) {
      const at = pixel * channels + channel;
      values[at] = share >= enoughWeight ? (values[at] ?? 0) / share : NaN;
    }
  }
  return { width, height, channels, values };
}
