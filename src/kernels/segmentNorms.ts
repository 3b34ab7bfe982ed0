import * as tf from '@tensorflow/tfjs-core';
import type { GradConfig, KernelFunc, NamedTensorInfoMap, NamedTensorMap, TensorInfo } from '@tensorflow/tfjs-core';
import { input } from './channelLayout';
import { memoryOf } from './memory';
import { putKernels } from './putKernels';
import * as shaders from './webgpu/segmentNorms';

/**
 * The vectors one after the other. As `tf.concat`, but neither it nor its gradient takes an operation a vector.
 *
 * @param vectors at least one.
 */
export function joinVectors(vectors: readonly tf.Tensor1D[]): tf.Tensor1D {
  return tf.engine().runKernel<tf.Tensor1D>('JoinVectors', [...vectors] as unknown as NamedTensorMap);
}

/**
 * Euclidean norm of each segment of a vector, with gradient 0 (not NaN) where the segment is 0.
 *
 * @param x `[total]`, the segments one after the other.
 * @param sizes of the segments; they add up to `total`.
 * @returns `[segments]`.
 */
export function segmentNorms(x: tf.Tensor1D, sizes: readonly number[]): tf.Tensor1D {
  return tf.engine().runKernel<tf.Tensor1D>('SegmentNorms', { x }, { sizes: [...sizes] });
}

const gradients: readonly GradConfig[] = [
  {
    kernelName: 'JoinVectors',
    saveAllInputs: true,
    gradFunc: (dy, saved) => {
      const sizes = saved.map(({ size }) => size);
      const parts = tf.engine().runKernel<tf.Tensor[]>('SplitVector', { x: dy as tf.Tensor }, { sizes });
      return Object.fromEntries(parts.map((part, at) => [at, () => part]));
    },
  },
  {
    kernelName: 'SegmentNorms',
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dy, [x, norms], attributes) => ({
      x: () => tf.engine().runKernel('SegmentNormsGrad', { x, norms, dy } as NamedTensorMap, attributes),
    }),
  },
];

/** First index of each segment. */
function startsOf(sizes: readonly number[]): number[] {
  let start = 0;
  return sizes.map((size) => (start += size) - size);
}

const sizesOf = (attributes: Parameters<KernelFunc>[0]['attrs']): readonly number[] =>
  attributes?.['sizes'] as number[];

const direct: Readonly<Record<string, KernelFunc>> = {
  JoinVectors: ({ inputs, backend }) => {
    const { allocate, view } = memoryOf(backend);
    const vectors = Object.values(inputs) as TensorInfo[];
    const sizes = vectors.map(({ shape }) => shape[0] ?? 0);
    const joined = allocate([sizes.reduce((a, b) => a + b, 0)]);
    startsOf(sizes).forEach((start, at) => view(joined).set(view(vectors[at] as TensorInfo), start));
    return joined;
  },
  SplitVector: ({ inputs, attrs, backend }) => {
    const { allocate, view } = memoryOf(backend);
    const sizes = sizesOf(attrs);
    const parts = sizes.map((size) => allocate([size]));
    const x = view(input(inputs, 'x'));
    startsOf(sizes).forEach((start, at) => {
      view(parts[at] as TensorInfo).set(x.subarray(start, start + (sizes[at] ?? 0)));
    });
    return parts;
  },
  SegmentNorms: ({ inputs, attrs, backend }) => {
    const { allocate, view } = memoryOf(backend);
    const sizes = sizesOf(attrs);
    const norms = allocate([sizes.length]);
    const x = view(input(inputs, 'x'));
    view(norms).set(
      startsOf(sizes).map((start, at) => {
        const segment = x.subarray(start, start + (sizes[at] ?? 0));
        return Math.sqrt(segment.reduce((sum, value) => sum + value * value, 0));
      }),
    );
    return norms;
  },
  SegmentNormsGrad: ({ inputs, attrs, backend }) => {
    const { allocate, view } = memoryOf(backend);
    const sizes = sizesOf(attrs);
    const info = allocate(input(inputs, 'x').shape);
    const [x, norms, dy, dx] = [input(inputs, 'x'), input(inputs, 'norms'), input(inputs, 'dy'), info].map(view) as [
      Float32Array, Float32Array, Float32Array, Float32Array,
    ]; // prettier-ignore
    startsOf(sizes).forEach((start, at) => {
      const norm = norms[at] ?? 0;
      const scale = norm > 0 ? (dy[at] ?? 0) / norm : 0;
      for (let i = start; i < start + (sizes[at] ?? 0); i++) dx[i] = (x[i] ?? 0) * scale;
    });
    return info;
  },
};

/** The engine calls kernels with whole tensors, of which their type only promises the description. */
const vector = (inputs: NamedTensorInfoMap, name: string): tf.Tensor1D => input(inputs, name) as unknown as tf.Tensor1D;

const split = (x: tf.Tensor1D, sizes: readonly number[]): tf.Tensor1D[] =>
  startsOf(sizes).map((start, at) => tf.slice(x, start, sizes[at]));

/** With stock operations, several a segment. */
const composed: Readonly<Record<string, KernelFunc>> = {
  JoinVectors: ({ inputs }) => tf.concat(Object.keys(inputs).map((name) => vector(inputs, name))),
  SplitVector: ({ inputs, attrs }) => split(vector(inputs, 'x'), sizesOf(attrs)),
  SegmentNorms: ({ inputs, attrs }) =>
    tf.tidy(() => tf.stack(split(vector(inputs, 'x'), sizesOf(attrs)).map((part) => tf.norm(part)))),
  SegmentNormsGrad: ({ inputs, attrs }) =>
    tf.tidy(() => {
      const scales = tf.divNoNan<tf.Tensor1D>(vector(inputs, 'dy'), vector(inputs, 'norms'));
      const parts = split(vector(inputs, 'x'), sizesOf(attrs));
      return tf.concat(parts.map((part, at) => tf.mul<tf.Tensor1D>(part, tf.slice(scales, at, 1))));
    }),
};

/** How the kernels are written: as in {@link file://./batchNorm.ts}. */
const writings = { direct, shaders: shaders.segmentKernels, composed } as const;

/** Makes the functions of this file work on a backend, or work on it in another way. */
export function registerSegmentNorms(backendName: string, writing: keyof typeof writings): void {
  putKernels(backendName, writings[writing]);
}

/** Makes the functions of this file differentiable, on all backends. */
export function registerSegmentNormsGradients(): void {
  for (const gradient of gradients) tf.registerGradient(gradient);
}
