import type { KernelFunc, TensorInfo } from '@tensorflow/tfjs-core';
import { input } from '../channelLayout';
import { allocate, gpuBackend, type GpuBackend } from './backend';
import { variants } from './channelStrips';
import { chunks, tuplesPerDispatch } from './inPlace';
import type { Program } from './program';
import { dispatch } from './runner';

const threads = 64;

/** Copies between `count` vectors and the part of a long one that begins at `start`. */
function copies(count: number, key: string, copy: (part: string) => string): Program {
  const names = Array.from({ length: count }, (_, at) => `part${at}`);
  const buffers = Object.fromEntries(names.map((name) => [name, 'f32' as const]));
  const whole = { whole: 'f32' as const };
  const joins = key === 'join';
  return {
    key: `segments.${key} ${count}`,
    outputs: joins ? whole : buffers,
    inputs: joins ? buffers : whole,
    dims: ['start', ...names.map((name) => `${name}Size`)],
    workgroup: [threads],
    body: `
  let at = dims.start + index;
  var i = index;
  ${names.map((name) => `if (i < dims.${name}Size) { ${copy(name)} return; }\n  i -= dims.${name}Size;`).join('\n  ')}`,
  };
}

const join = variants((count: string) => copies(Number(count), 'join', (part) => `whole[at] = ${part}[i];`));
const split = variants((count: string) => copies(Number(count), 'split', (part) => `${part}[i] = whole[at];`));

const sizeOf = ({ shape }: TensorInfo): number => shape[0] ?? 0;

/** Joins vectors to a long one or splits it, as many at a time as a shader can bind. */
function copyParts(backend: GpuBackend, whole: TensorInfo, parts: readonly TensorInfo[], joins: boolean): void {
  let start = 0;
  for (const chunk of chunks(parts, tuplesPerDispatch(backend, 1))) {
    const size = chunk.reduce((sum, part) => sum + sizeOf(part), 0);
    const sizes = Object.fromEntries(chunk.map((part, at) => [`part${at}Size`, sizeOf(part)]));
    dispatch(backend, (joins ? join : split)(String(chunk.length)), {
      outputs: joins ? [whole] : chunk,
      inputs: joins ? chunk : [whole],
      dims: { start, ...sizes },
      groups: Math.ceil(size / threads),
    });
    start += size;
  }
}

/** A workgroup a segment. */
const norms: Program = {
  key: 'segments.norms',
  outputs: { norms: 'f32' },
  inputs: { x: 'f32', bounds: 'i32' },
  dims: ['segments'],
  workgroup: [threads],
  declarations: `var<workgroup> sums: array<f32, ${threads}>;`,
  body: `
  if (group >= dims.segments) { return; }
  var sum = 0f;
  for (var i = bounds[group] + local; i < bounds[group + 1]; i += ${threads}) { sum += x[i] * x[i]; }
  sums[local] = sum;
  workgroupBarrier();
  if (local > 0) { return; }
  for (var i = 1; i < ${threads}; i += 1) { sum += sums[i]; }
  norms[group] = sqrt(sum);`,
};

const gradient: Program = {
  key: 'segments.gradient',
  outputs: { dx: 'f32' },
  inputs: { x: 'f32', norms: 'f32', dy: 'f32', bounds: 'i32' },
  dims: ['segments'],
  workgroup: [threads],
  body: `
  if (group >= dims.segments) { return; }
  let norm = norms[group];
  var scale = 0f;
  if (norm > 0) { scale = dy[group] / norm; }
  for (var i = bounds[group] + local; i < bounds[group + 1]; i += ${threads}) { dx[i] = x[i] * scale; }`,
};

const knownBounds = new WeakMap<GpuBackend, Map<string, TensorInfo>>();

/** Where segments begin and the last one ends. Networks are few, so that each set of bounds keeps its buffer. */
function boundsOf(backend: GpuBackend, sizes: readonly number[]): TensorInfo {
  const known = knownBounds.get(backend) ?? new Map<string, TensorInfo>();
  knownBounds.set(backend, known);
  const key = sizes.join();
  let tensor = known.get(key);
  if (!tensor) {
    const bounds = new Int32Array(sizes.length + 1);
    sizes.forEach((size, at) => (bounds[at + 1] = (bounds[at] ?? 0) + size));
    tensor = backend.makeTensorInfo([bounds.length], 'int32', bounds);
    known.set(key, tensor);
  }
  return tensor;
}

/** The kernels of {@link file://../segmentNorms.ts} as compute shaders. */
export const segmentKernels: Readonly<Record<string, KernelFunc>> = {
  JoinVectors: ({ inputs, backend }) => {
    const gpu = gpuBackend(backend);
    const parts = Object.values(inputs) as TensorInfo[];
    const whole = allocate(gpu, [parts.reduce((sum, part) => sum + sizeOf(part), 0)]);
    copyParts(gpu, whole, parts, true);
    return whole;
  },
  SplitVector: ({ inputs, attrs, backend }) => {
    const gpu = gpuBackend(backend);
    const parts = (attrs?.['sizes'] as number[]).map((size) => allocate(gpu, [size]));
    copyParts(gpu, input(inputs, 'x'), parts, false);
    return parts;
  },
  SegmentNorms: ({ inputs, attrs, backend }) => {
    const gpu = gpuBackend(backend);
    const sizes = attrs?.['sizes'] as number[];
    const output = allocate(gpu, [sizes.length]);
    const dims = { segments: sizes.length };
    const call = { outputs: [output], inputs: [input(inputs, 'x'), boundsOf(gpu, sizes)], dims, groups: sizes.length };
    dispatch(gpu, norms, call);
    return output;
  },
  SegmentNormsGrad: ({ inputs, attrs, backend }) => {
    const gpu = gpuBackend(backend);
    const sizes = attrs?.['sizes'] as number[];
    const x = input(inputs, 'x');
    const dx = allocate(gpu, x.shape);
    dispatch(gpu, gradient, {
      outputs: [dx],
      inputs: [x, input(inputs, 'norms'), input(inputs, 'dy'), boundsOf(gpu, sizes)],
      dims: { segments: sizes.length },
      groups: sizes.length,
    });
    return dx;
  },
};
