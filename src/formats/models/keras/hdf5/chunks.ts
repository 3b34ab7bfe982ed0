import { Unzlib } from 'fflate';
import { bytesPerValue, sizeOf, type StoredTensor } from '../../storedTensor';
import { treeLeaves } from './groups';
import { damaged, unsupported, type Source } from './source';

/** How a dataset is cut into pieces of equal size. */
export interface ChunkedLayout {
  /** Address of the index. */
  readonly tree: number;
  /** In values along each axis. */
  readonly size: readonly number[];
  readonly filters: readonly number[];
}

interface Chunk {
  /** Of its first value, along each axis. */
  readonly start: readonly number[];
  readonly address: number;
  readonly length: number;
  /** Bit `n` is set where filter `n` was left out. */
  readonly skipped: number;
}

type Described = Pick<StoredTensor, 'name' | 'shape' | 'stored'>;

/** Whether the pieces follow each other along the first axis, so that together they are the values in C order. */
export const isInRows = ({ size }: ChunkedLayout, shape: readonly number[]): boolean =>
  size.slice(1).every((length, axis) => length === shape[axis + 1]);

const isSame = (a: readonly number[], b: readonly number[]): boolean => a.every((value, axis) => value === b[axis]);

/** Where every piece begins, in C order. */
function grid(size: readonly number[], shape: readonly number[]): readonly (readonly number[])[] {
  return shape.reduce<readonly (readonly number[])[]>(
    (starts, length, axis) => {
      const step = size[axis] ?? 1;
      const along = Array.from({ length: Math.ceil(length / step) }, (_, index) => index * step);
      return starts.flatMap((start) => along.map((position) => [...start, position]));
    },
    [[]],
  );
}

/**
 * The pieces of a dataset in C order, all of them.
 *
 * @throws StudioError 'damaged-file' when one is missing or several are for one place
 */
export function readChunks(source: Source, layout: ChunkedLayout, { name, shape }: Described): readonly Chunk[] {
  const { size, tree } = layout;
  const counts = shape.map((length, axis) => Math.ceil(length / (size[axis] ?? 0)));
  if (!Number.isFinite(sizeOf(counts)) || size.some((length) => length === 0))
    damaged(source, `the weight ${name} has an unreadable layout`);
  source.spend(sizeOf(counts));
  const chunks = treeLeaves(source, tree, 1, 8 + 8 * (size.length + 1)).map(({ key, child }): Chunk => {
    const reader = source.at(key);
    const [length, skipped] = [reader.uint32(), reader.uint32()];
    return { start: size.map(() => reader.uint64()), address: child, length, skipped };
  });
  const starts = grid(size, shape);
  const isWhole = chunks.length === starts.length && chunks.every(({ start }, at) => isSame(start, starts[at] ?? []));
  return isWhole ? chunks : damaged(source, `the weight ${name} is there in part only`);
}

const filterIds = { deflate: 1, shuffle: 2, checksum: 3 } as const;

/** Bytes sorted by their place in a value, back in order. */
function unshuffle(bytes: Uint8Array, width: number): Uint8Array {
  const count = Math.floor(bytes.length / width);
  const result = bytes.slice();
  for (let at = 0; at < count * width; at += 1) result[at] = bytes[(at % width) * count + Math.floor(at / width)] ?? 0;
  return result;
}

/** Packed bytes that are unpacked at a time; they become at most a thousand times as many. */
const STEP = 4096;

/** @throws StudioError 'damaged-file' unless the bytes become exactly `length`; stops when they become more */
function inflate(source: Source, bytes: Uint8Array, length: number, name: string): Uint8Array {
  const target = new Uint8Array(length);
  let [filled, isWhole] = [0, false];
  const stream = new Unzlib((part, isLast) => {
    if (filled + part.length <= length) target.set(part, filled);
    filled += part.length;
    isWhole = isLast;
  });
  try {
    for (let at = 0; at < bytes.length && filled <= length; at += STEP) {
      stream.push(bytes.subarray(at, at + STEP), at + STEP >= bytes.length);
    }
  } catch {
    // fflate's reasons are codes; which weight it was says more.
    isWhole = false;
  }
  return isWhole && filled === length ? target : damaged(source, `the weight ${name} cannot be unpacked`);
}

function unpackChunk(source: Source, chunk: Chunk, layout: ChunkedLayout, tensor: Described): Uint8Array {
  const width = bytesPerValue[tensor.stored];
  const size = sizeOf(layout.size) * width;
  const applied = layout.filters.filter((_, at) => ((chunk.skipped >>> at) & 1) === 0);
  return applied.reduceRight<Uint8Array>((bytes, filter) => {
    if (filter === filterIds.deflate) return inflate(source, bytes, size, tensor.name);
    if (filter === filterIds.shuffle) return unshuffle(bytes, width);
    if (filter === filterIds.checksum) return bytes.subarray(0, -4);
    return unsupported(source, `packs the weight ${tensor.name} with the filter ${filter}`);
  }, source.at(chunk.address).bytes(chunk.length));
}

/** Puts the part of a piece that lies in the tensor to its place, a row of the last axis at a time. */
function place(target: Uint8Array, values: Uint8Array, start: readonly number[], size: readonly number[], tensor: Described): void {
  const width = bytesPerValue[tensor.stored];
  const { shape } = tensor;
  const inside = size.map((length, axis) => Math.min(length, (shape[axis] ?? 0) - (start[axis] ?? 0)));
  const last = shape.length - 1;
  const rows = sizeOf(inside.slice(0, last));
  const at = inside.map(() => 0);
  for (let row = 0; row < rows; row += 1) {
    const from = at.reduce((sum, position, axis) => sum * (size[axis] ?? 1) + position, 0);
    const to = at.reduce((sum, position, axis) => sum * (shape[axis] ?? 1) + (start[axis] ?? 0) + position, 0);
    target.set(values.subarray(from * width, (from + (inside[last] ?? 1)) * width), to * width);
    for (let axis = last - 1; axis >= 0; axis -= 1) {
      at[axis] = (at[axis] ?? 0) + 1;
      if ((at[axis] ?? 0) < (inside[axis] ?? 0)) break;
      at[axis] = 0;
    }
  }
} // prettier-ignore

/** The values of a dataset that is kept in pieces, in C order. */
export function unpackChunks(source: Source, layout: ChunkedLayout, tensor: Described, chunks: readonly Chunk[]): Uint8Array {
  const target = new Uint8Array(sizeOf(tensor.shape) * bytesPerValue[tensor.stored]);
  const wanted = sizeOf(layout.size) * bytesPerValue[tensor.stored];
  if (wanted > 4 * target.length + 2 ** 20) damaged(source, `the weight ${tensor.name} has an unreadable layout`);
  for (const chunk of chunks) {
    const values = unpackChunk(source, chunk, layout, tensor);
    if (values.length !== wanted) damaged(source, `the weight ${tensor.name} cannot be unpacked`);
    place(target, values, chunk.start, layout.size, tensor);
  }
  return target;
} // prettier-ignore
