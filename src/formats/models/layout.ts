import type { FileLayout } from './format';
import { sizeOf } from './storedTensor';

/** Values in C order of `shape`, with the axes permuted as `numpy.transpose` does. */
function transpose(values: Float32Array, shape: readonly number[], permutation: readonly number[]): Float32Array {
  const steps = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const lengths = permutation.map((axis) => shape[axis] ?? 0);
  const strides = permutation.map((axis) => steps[axis] ?? 0);
  const [length, stride] = [lengths.pop() ?? 1, strides.pop() ?? 1];
  const result = new Float32Array(values.length);
  const index = lengths.map(() => 0);
  let row = 0;
  for (let to = 0; to < result.length;) {
    // The innermost axis in a plain loop: large models have many millions of values.
    for (let from = row, end = to + length; to < end; to += 1, from += stride) result[to] = values[from] ?? NaN;
    for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] ?? 0) + 1;
      row += strides[axis] ?? 0;
      if ((index[axis] ?? 0) < (lengths[axis] ?? 0)) break;
      row -= (strides[axis] ?? 0) * (lengths[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return result;
}

/** A tensor of a file in our order; see {@link FileLayout}. */
export function fromFile(values: Float32Array, layout: FileLayout | undefined): Float32Array {
  return layout ? transpose(values, layout.shape, layout.permutation) : values;
}

/** A tensor of ours in the file's order. */
export function toFile(values: Float32Array, layout: FileLayout | undefined): Float32Array {
  if (!layout) return values;
  const { shape, permutation } = layout;
  const inverse = permutation.map((_, axis) => permutation.indexOf(axis));
  return transpose(values, permutation.map((axis) => shape[axis] ?? 0), inverse); // prettier-ignore
}

/** PyTorch's and ONNX' convolution kernel `[out, in, kh, kw]` to ours `[kh, kw, in, out]`. */
export const convolutionLayout = (shape: readonly number[]): FileLayout => ({ shape, permutation: [2, 3, 1, 0] });

/** Depthwise kernel `[channels * multiplier, 1, kh, kw]` to ours `[kh, kw, channels, multiplier]`. */
export const depthwiseLayout = (shape: readonly number[], channels: number): FileLayout => {
  const [filters = 0, , height = 0, width = 0] = shape;
  return { shape: [channels, filters / channels, height, width], permutation: [2, 3, 0, 1] };
};

/** Dense kernel `[out, in]` to ours `[in, out]`. */
export const linearLayout = (shape: readonly number[]): FileLayout => ({ shape, permutation: [1, 0] });

/** Dense kernel `[out, c * h * w]` after the flattening of a channels-first image, to ours `[h * w * c, out]`. */
export const flattenedLinearLayout = (out: number, image: readonly [number, number, number]): FileLayout => {
  const [height, width, channels] = image;
  return { shape: [out, channels, height, width], permutation: [2, 3, 1, 0] };
};
