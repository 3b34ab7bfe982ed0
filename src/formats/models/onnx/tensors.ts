import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';
import type { UnpackedFile } from '../modelFormat';
import { findCompanion } from '../paths';
import { bytesPerValue, sizeOf, type StoredTensor, type StoredType } from '../storedTensor';
import { filled, isReal, MOST_NUMBERS, weight, type Constant } from './constants';
import type { TensorMessage } from './messages';
import { dataTypes } from './schema';
import { damaged, integersOf } from './wire';

/** A drop: the model's file and all others. */
export interface Drop {
  readonly main: UnpackedFile;
  readonly files: readonly UnpackedFile[];
}

const storedTypes = new Map<number, StoredType>(
  Object.entries(dataTypes).flatMap(([name, type]) => (name === 'string' ? [] : [[type, name as StoredType] as const])),
);

/** Of a TensorProto.data_type; undefined where it holds no numbers. */
export const storedTypeOf = (dataType: number): StoredType | undefined => storedTypes.get(dataType);

export const isFloatType = (dataType: number): boolean => {
  const stored = storedTypeOf(dataType);
  return stored !== undefined && isReal(stored);
};

type Piece = StoredTensor['pieces'][number];

/** Where a view of a file's bytes lies in it. */
const pieceOf = (file: FileBytes, bytes: Uint8Array): Piece => ({
  file,
  offset: bytes.byteOffset - file.bytes.byteOffset,
  length: bytes.length,
});

/** A count of bytes in an external-data entry. */
function countOf(text: string | undefined, fallback: number, name: string, { main }: Drop): number {
  if (text === undefined) return fallback;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  return damaged(main, `the place of the weight ${name} in its data file is “${text.slice(0, 40)}”`);
}

/** Bytes of a weight that lies beside the model. */
function externalPiece(message: TensorMessage, needed: number, drop: Drop): Piece {
  const location = message.external?.get('location') ?? '';
  if (/^([/\\]|[a-z]+:)|\\|(^|\/)\.\.(\/|$)/i.test(location) || location === '') {
    throw new StudioError({
      code: 'unsafe-path',
      message: `${drop.main.path} names “${location.slice(0, 80)}” as the file of the weight ${message.name}, which is not a file beside it.`,
      remedy: 'Save the model again with its weights inside: onnx.save(onnx.load("model.onnx"), "whole.onnx").',
    });
  }
  const file = findCompanion(drop.files, drop.main, location.replace(/^(\.\/)+/, ''));
  if (!file) {
    throw new StudioError({
      code: 'missing-file',
      message: `The weights of ${drop.main.path} lie in another file, ${location.slice(0, 200)}, which is missing.`,
      remedy: 'Drop both files together, best the whole folder.',
    });
  }
  const offset = countOf(message.external?.get('offset'), 0, message.name, drop);
  const length = countOf(message.external?.get('length'), needed, message.name, drop);
  if (offset + length > file.bytes.length || length !== needed) {
    damaged(drop.main, `the weight ${message.name} needs ${needed} bytes, and ${file.path} has other places for it`);
  }
  return { file, offset, length };
}

function piecesOf(message: TensorMessage, stored: StoredType, drop: Drop): readonly Piece[] {
  if (message.external) return [externalPiece(message, sizeOf(message.shape) * bytesPerValue[stored], drop)];
  if (message.raw) return [pieceOf(drop.main, message.raw)];
  const lists = stored === 'float64' ? message.doubles : stored === 'float32' ? message.floats : [];
  return lists.map((bytes) => pieceOf(drop.main, bytes));
}

/** Integers from little-endian bytes. */
function integersFrom(bytes: Uint8Array, stored: StoredType): readonly number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read: Partial<Record<StoredType, (at: number) => number | bigint>> = {
    int64: (at) => view.getBigInt64(at, true),
    uint64: (at) => view.getBigUint64(at, true),
    int32: (at) => view.getInt32(at, true),
    uint32: (at) => view.getUint32(at, true),
    int16: (at) => view.getInt16(at, true),
    uint16: (at) => view.getUint16(at, true),
    int8: (at) => view.getInt8(at),
    bool: (at) => (view.getUint8(at) === 0 ? 0 : 1),
  };
  const valueAt = read[stored] ?? ((at) => view.getUint8(at));
  const width = bytesPerValue[stored];
  return Array.from({ length: Math.floor(bytes.length / width) }, (_, index) => Number(valueAt(index * width)));
}

function integerConstant(message: TensorMessage, stored: StoredType, drop: Drop): Constant {
  const { name, shape } = message;
  const read = (): readonly number[] => {
    if (sizeOf(shape) > MOST_NUMBERS) return filled(name, shape, 0, stored).values();
    const bytes = message.external ? externalPiece(message, sizeOf(shape) * bytesPerValue[stored], drop) : null;
    const raw = bytes ? bytes.file.bytes.subarray(bytes.offset, bytes.offset + bytes.length) : message.raw;
    const numbers = raw
      ? integersFrom(raw, stored)
      : message.integers.flatMap((field) => integersOf(field, drop.main, `the constant ${name}`));
    if (numbers.length === sizeOf(shape)) return numbers;
    return damaged(drop.main, `the constant ${name} has ${numbers.length} values for [${shape.join(', ')}]`);
  };
  const tensor = { name, shape, stored, pieces: message.raw ? [pieceOf(drop.main, message.raw)] : [] };
  return {
    kind: 'constant',
    name,
    shape,
    type: stored,
    isInteger: true,
    inFile: false,
    tensor: () => tensor,
    values: read,
  };
}

/** Half-precision values that a file lists as integers: read, but with no bytes of their own to write to. */
function listedHalves(message: TensorMessage, stored: StoredType, drop: Drop): Constant {
  const listed = message.integers.flatMap((field) => integersOf(field, drop.main, `the weight ${message.name}`));
  const bytes = new Uint8Array(Uint16Array.from(listed).buffer);
  const pieces = [{ file: { path: message.name, bytes }, offset: 0, length: bytes.length }];
  const readOnly = 'as a list of integers, whose lengths depend on the values';
  return weight({ name: message.name, shape: message.shape, stored, pieces, readOnly }, false);
}

/**
 * A TensorProto as a constant that knows where it lies.
 *
 * @param name of the value in the graph
 * @throws StudioError 'damaged-file', 'missing-file', 'unsafe-path' or 'unsupported-format'
 */
export function constantOf(unnamed: TensorMessage, name: string, drop: Drop): Constant {
  const message = { ...unnamed, name };
  const stored = storedTypeOf(message.dataType);
  if (!stored) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `The constant ${name} of ${drop.main.path} is of the type ${message.dataType}, which holds no numbers to compute with.`,
      remedy: 'Export the model again with float32 weights.',
    });
  }
  if (message.shape.some((length) => length < 0)) damaged(drop.main, `the weight ${name} has a negative length`);
  if (!isReal(stored)) return integerConstant(message, stored, drop);
  const isListed = !message.raw && !message.external && message.integers.length > 0;
  if (isListed && (stored === 'float16' || stored === 'bfloat16')) return listedHalves(message, stored, drop);
  return weight({ name, shape: message.shape, stored, pieces: piecesOf(message, stored, drop) }, true);
}

/** Floats that an attribute lists. */
export function listedFloats(
  name: string,
  shape: readonly number[],
  lists: readonly Uint8Array[],
  drop: Drop,
): Constant {
  return weight({ name, shape, stored: 'float32', pieces: lists.map((bytes) => pieceOf(drop.main, bytes)) }, true);
}
