import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';

/** One field of a protobuf message. */
export interface Field {
  readonly number: number;
  readonly wire: WireType;
  /** The bytes of a length-delimited, 32-bit or 64-bit value: a view of the file. */
  readonly bytes: Uint8Array;
  /** A varint as a signed 64-bit number; beyond 2^53 its nearest safe number. */
  readonly varint: number;
}

const nothing = new Uint8Array();

/** @throws StudioError 'damaged-file', always */
export function damaged(file: FileBytes, what: string, detail?: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${file.path} is a damaged ONNX model: ${what}.`,
    remedy: 'Copy or download the file again from its source.',
    ...(detail !== undefined && { detail }),
  });
}

/** A 64-bit integer as a number. */
function toNumber(value: bigint | string): number {
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

function readField(reader: BinaryReader): Field {
  const [number, wire] = reader.tag();
  if (wire === WireType.Varint) return { number, wire, bytes: nothing, varint: toNumber(reader.int64()) };
  if (wire === WireType.LengthDelimited) return { number, wire, bytes: reader.bytes(), varint: 0 };
  if (wire === WireType.Bit32 || wire === WireType.Bit64) return { number, wire, bytes: reader.skip(wire), varint: 0 };
  throw new Error(`field ${number} is a group`);
}

/**
 * The fields of a message, in their order. Nested messages are bytes: whoever reads them calls this again, so that the
 * depth of a file is that of the schema and not the file's choice.
 *
 * @param part what the message is, for people: `the node conv1`
 * @throws StudioError 'damaged-file'
 */
export function* fieldsOf(message: Uint8Array, file: FileBytes, part: string): Generator<Field> {
  const reader = new BinaryReader(message);
  while (reader.pos < reader.len) {
    let field: Field;
    try {
      field = readField(reader);
    } catch (error) {
      damaged(file, `${part} cannot be read`, error instanceof Error ? error.message : String(error));
    }
    yield field;
  }
}

/** UTF-8 text of a field. */
export const textOf = ({ bytes }: Field): string => new TextDecoder().decode(bytes);

/**
 * The numbers of a repeated integer field, packed or single.
 *
 * @param most how many are read at most: one more than is allowed, so that the caller sees that there are too many
 */
export function integersOf(field: Field, file: FileBytes, part: string, most = Infinity): readonly number[] {
  if (field.wire === WireType.Varint) return [field.varint];
  if (field.wire !== WireType.LengthDelimited) return damaged(file, `${part} has numbers of the wrong kind`);
  const reader = new BinaryReader(field.bytes);
  const numbers: number[] = [];
  try {
    while (reader.pos < reader.len && numbers.length < most) numbers.push(toNumber(reader.int64()));
  } catch (error) {
    damaged(file, `${part} cannot be read`, error instanceof Error ? error.message : String(error));
  }
  return numbers;
}

/** Values of 4 bytes of a repeated field, packed or single, in float32. */
export function floatsOf(pieces: readonly Uint8Array[]): readonly number[] {
  return pieces.flatMap((bytes) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
  });
}

/** @throws StudioError 'damaged-file' unless a field is of the wire type that the schema gives it */
export function requireWire(field: Field, wires: readonly WireType[], file: FileBytes, part: string): void {
  if (!wires.includes(field.wire)) damaged(file, `${part} has a field ${field.number} of the wrong kind`);
}
