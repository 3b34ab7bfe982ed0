import { StudioError } from '../../shared/failure';
import { halfToNumber, numberToHalf } from '../half';
import type { FileBytes } from './format';

/** How values are stored, little-endian. */
export const bytesPerValue = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  uint64: 8,
  int32: 4,
  uint32: 4,
  int16: 2,
  uint16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
} as const;
export type StoredType = keyof typeof bytesPerValue;

/** Bytes of a file of the drop. */
interface TensorPiece {
  readonly file: FileBytes;
  /** In bytes. */
  readonly offset: number;
  readonly length: number;
}

/** A stored integer `n` means `n * scale + minimum`. */
export interface Quantization {
  readonly scale: number;
  readonly minimum: number;
}

/** A tensor where it lies in the files of a drop: values can be read from there, and written back. */
export interface StoredTensor {
  /** Unique in the model; {@link ParameterSpec.fileName}. */
  readonly name: string;
  /** In the file's own order. */
  readonly shape: readonly number[];
  readonly stored: StoredType;
  /** The bytes of the values, one piece after the other. */
  readonly pieces: readonly TensorPiece[];
  /** Step of each axis in values; C order where it is missing. */
  readonly strides?: readonly number[];
  readonly quantization?: Quantization;
  /** Why new values cannot be put where it lies: `compressed`. */
  readonly readOnly?: string;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, length) => product * length, 1);

/** Most values of one tensor: 2 GiB in float32. */
const MOST_VALUES = 2 ** 29;

function damaged(tensor: StoredTensor, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `The weight ${tensor.name} is damaged: ${what}.`,
    remedy: 'Copy or download the file again from its source.',
  });
}

/** The stored bytes, joined; a copy whose buffer begins with them. */
function joinedBytes(tensor: StoredTensor): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(tensor.pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const { file, offset, length } of tensor.pieces) {
    if (offset < 0 || length < 0 || offset + length > file.bytes.length) damaged(tensor, `${file.path} is too short`);
    bytes.set(file.bytes.subarray(offset, offset + length), at);
    at += length;
  }
  return bytes;
}

/** Where each value lies, counted in values; null in C order. */
function positions({ shape, strides }: StoredTensor): Int32Array | null {
  if (!strides) return null;
  const all = new Int32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  for (let at = 0; at < all.length; at += 1) {
    all[at] = index.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0);
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      index[axis] = (index[axis] ?? 0) + 1;
      if ((index[axis] ?? 0) < (shape[axis] ?? 0)) break;
      index[axis] = 0;
    }
  }
  return all;
}

/** Values that fit into the bytes of a tensor. @throws StudioError 'damaged-file' or 'too-large' */
function requireSize(tensor: StoredTensor): { size: number; span: number } {
  const size = sizeOf(tensor.shape);
  if (size > MOST_VALUES) {
    throw new StudioError({
      code: 'too-large',
      message: `The weight ${tensor.name} claims more values than the studio can hold.`,
      remedy: 'Use a smaller model.',
    });
  }
  const last = tensor.shape.reduce((sum, length, axis) => sum + (length - 1) * (tensor.strides?.[axis] ?? 0), 0);
  const span = size === 0 ? 0 : tensor.strides ? last + 1 : size;
  const length = tensor.pieces.reduce((sum, piece) => sum + piece.length, 0);
  const wanted = span * bytesPerValue[tensor.stored];
  const fits = tensor.strides ? length >= wanted : length === wanted;
  const negative = [...tensor.shape, ...(tensor.strides ?? [])].some((value) => value < 0);
  if (!fits || negative) damaged(tensor, `it needs ${wanted} bytes and has ${length}`);
  return { size, span };
}

const floatBits = new Float32Array(1);
const integerBits = new Uint32Array(floatBits.buffer);

function brainToNumber(bits: number): number {
  integerBits[0] = bits << 16;
  return floatBits[0] ?? NaN;
}

/** The nearest bfloat16, ties to even; what is too large becomes the largest finite value. */
function numberToBrain(value: number): number {
  if (Number.isNaN(value)) return 0x7fc0;
  floatBits[0] = value;
  const bits = integerBits[0] ?? 0;
  const rounded = (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  return (rounded & 0x8000) | Math.min(rounded & 0x7fff, 0x7f7f);
}

type Codec = (buffer: ArrayBuffer) => {
  readonly length: number;
  get(at: number): number;
  set(at: number, value: number): void;
};

type NumberArray =
  Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

function viewed(
  create: (buffer: ArrayBuffer) => NumberArray,
  decode = (x: number) => x,
  encode = (x: number) => x,
): Codec {
  return (buffer) => {
    const view = create(buffer);
    return {
      length: view.length,
      get: (at) => decode(view[at] ?? NaN),
      set: (at, value) => {
        view[at] = encode(value);
      },
    };
  };
}

/** Codecs of the types that weights may have. */
const codecs: Partial<Record<StoredType, Codec>> = {
  float64: viewed((buffer) => new Float64Array(buffer)),
  float32: viewed((buffer) => new Float32Array(buffer)),
  float16: viewed((buffer) => new Uint16Array(buffer), halfToNumber, numberToHalf),
  bfloat16: viewed((buffer) => new Uint16Array(buffer), brainToNumber, numberToBrain),
};
const quantizedCodecs: Partial<Record<StoredType, Codec>> = {
  uint8: viewed((buffer) => new Uint8Array(buffer)),
  uint16: viewed((buffer) => new Uint16Array(buffer)),
};

function codecOf(tensor: StoredTensor): Codec {
  const codec = (tensor.quantization ? quantizedCodecs : codecs)[tensor.stored];
  if (codec) return codec;
  throw new StudioError({
    code: 'unsupported-format',
    message: `The weight ${tensor.name} holds ${tensor.stored} values where numbers to train are needed.`,
    remedy: 'Export the model with float32 weights.',
  });
}

/** Whether weights of this type can be trained. */
export const isTrainable = (tensor: StoredTensor): boolean =>
  (tensor.quantization ? quantizedCodecs : codecs)[tensor.stored] !== undefined;

/**
 * The values of a tensor in float32, C order of its own shape; quantised ones widened in float32 arithmetic.
 *
 * @throws StudioError 'damaged-file' when its bytes do not hold its shape, 'unsupported-format' when it holds integers
 *   or truth values of its own, 'too-large'
 */
export function decodeTensor(tensor: StoredTensor): Float32Array {
  const { size } = requireSize(tensor);
  const codec = codecOf(tensor);
  const bytes = joinedBytes(tensor);
  const at = positions(tensor);
  if (tensor.stored === 'float32' && !at) return new Float32Array(bytes.buffer, 0, size);
  const source = codec(bytes.buffer.slice(0, bytes.length - (bytes.length % bytesPerValue[tensor.stored])));
  const { quantization } = tensor;
  const [scale, minimum] = [Math.fround(quantization?.scale ?? 1), Math.fround(quantization?.minimum ?? 0)];
  const widen = quantization ? (value: number) => Math.fround(value * scale) + minimum : (value: number) => value;
  return Float32Array.from({ length: size }, (_, index) => widen(source.get(at ? (at[index] ?? 0) : index)));
}

/** A tensor's bytes with new values, and what its type costs them. */
export interface EncodedTensor {
  /** As long as the pieces together. */
  readonly bytes: Uint8Array;
  /** The scale and minimum that the bytes now mean; null where the tensor is not quantised. */
  readonly quantization: Quantization | null;
  /** Largest difference between a value and what will be read. */
  readonly loss: number;
}

/** The tensor's own scale while the values fit, else the finest that holds them. */
function quantizationFor(tensor: StoredTensor, quantization: Quantization, values: Float32Array): Quantization {
  const steps = 2 ** (8 * bytesPerValue[tensor.stored]) - 1;
  const [least, most] = values.reduce(([low, high], value) => [Math.min(low, value), Math.max(high, value)], [Infinity, -Infinity]); // prettier-ignore
  const { scale, minimum } = quantization;
  const slack = Math.abs(scale) / 2;
  const fits = scale > 0 && least >= minimum - slack && most <= minimum + steps * scale + slack;
  if (fits || values.length === 0) return quantization;
  return { scale: most > least ? (most - least) / steps : 1, minimum: least };
}

/**
 * A tensor's bytes with other values, in its own type and order. Values that it holds already leave their bytes alone.
 *
 * @param values in C order of the tensor's shape
 * @throws StudioError as {@link decodeTensor} does
 */
export function encodeTensor(tensor: StoredTensor, values: Float32Array): EncodedTensor {
  const { size } = requireSize(tensor);
  if (values.length !== size) throw new RangeError(`${tensor.name} has ${size} values, not ${values.length}.`);
  const quantization = tensor.quantization ? quantizationFor(tensor, tensor.quantization, values) : null;
  const bytes = joinedBytes(tensor);
  const whole = bytes.length - (bytes.length % bytesPerValue[tensor.stored]);
  const buffer = bytes.buffer.slice(0, whole);
  const target = codecOf(tensor)(buffer);
  const at = positions(tensor);
  const most = 2 ** (8 * bytesPerValue[tensor.stored]) - 1;
  const code = quantization
    ? (value: number) => Math.min(Math.max(Math.round((value - quantization.minimum) / quantization.scale), 0), most)
    : (value: number) => value;
  const before = quantization === (tensor.quantization ?? null) ? decodeTensor(tensor) : null;
  values.forEach((value, index) => {
    // Several codes may be read as one value, such as the neighbours of a float64: what did not change keeps its own.
    if (before && Object.is(before[index], value)) return;
    target.set(at ? (at[index] ?? 0) : index, code(value));
  });
  bytes.set(new Uint8Array(buffer));
  const file: FileBytes = { path: tensor.name, bytes };
  const written = {
    ...tensor,
    pieces: [{ file, offset: 0, length: bytes.length }],
    ...(quantization && { quantization }),
  };
  const read = decodeTensor(written);
  const loss = values.reduce((worst, value, index) => Math.max(worst, Math.abs(value - (read[index] ?? NaN))), 0);
  return { bytes, quantization, loss };
}
