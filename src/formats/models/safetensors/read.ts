import { StudioError } from '../../../shared/failure';
import { createByteReader } from '../../byteReader';
import type { FileBytes } from '../format';
import { isObject, isText, own, ownObject, parseJson, type JsonObject } from '../json';
import { baseName } from '../paths';
import { bytesPerValue, sizeOf, type StoredTensor, type StoredType } from '../storedTensor';
import { LENGTH_BYTES, METADATA_KEY, MOST_HEADER_BYTES, MOST_HEADER_BYTES_OF_FORMAT, storedTypes } from './schema';

const MOST_AXES = 16;

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function damaged(file: FileBytes, what: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `${baseName(file.path)} is a damaged safetensors file: ${what}.`,
    remedy: 'Copy or download the file again from its source.',
  });
}

/**
 * Length of the header, if a file is one of safetensors: a length, and then the text of an object. Whether the file is
 * long enough is not looked at.
 */
export function safetensorsHeaderLength({ bytes }: FileBytes): number | null {
  if (bytes.length < LENGTH_BYTES + 2 || bytes[LENGTH_BYTES] !== 0x7b) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = view.getUint32(4, true) * 2 ** 32 + view.getUint32(0, true);
  const beginsAsObject = [0x22, 0x7d, 0x20].includes(bytes[LENGTH_BYTES + 1] ?? 0);
  return beginsAsObject && length >= 2 && length <= MOST_HEADER_BYTES_OF_FORMAT ? length : null;
}

function storedTypeOf(dtype: unknown, name: string, file: FileBytes): StoredType {
  const stored = typeof dtype === 'string' ? storedTypes.get(dtype) : undefined;
  if (stored) return stored;
  throw new StudioError({
    code: 'unsupported-format',
    message: `The weight ${name} of ${baseName(file.path)} has the number type ${String(dtype).slice(0, 20)}, which is not read here.`,
    remedy: 'Save the weights as float32: save_file({key: value.float() for key, value in model.state_dict().items()}, "model.safetensors").', // prettier-ignore
  });
}

/** One entry of the header. @param start of the data in the file */
function tensorOf(name: string, entry: unknown, start: number, file: FileBytes): StoredTensor {
  const shown = name.slice(0, 100);
  if (!isObject(entry)) return damaged(file, `its entry ${shown} is no tensor`);
  const stored = storedTypeOf(own(entry, 'dtype'), shown, file);
  const [shape, offsets] = [own(entry, 'shape'), own(entry, 'data_offsets')];
  const isShape = Array.isArray(shape) && shape.length <= MOST_AXES && shape.every(isCount);
  if (!isShape || !Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(isCount)) {
    return damaged(file, `the tensor ${shown} has no usable shape or place`);
  }
  const [begin = 0, end = 0] = offsets;
  if (end - begin !== sizeOf(shape) * bytesPerValue[stored]) {
    return damaged(
      file,
      `the tensor ${shown} of the shape [${shape.join(', ')}] does not fit its ${end - begin} bytes`,
    );
  }
  return { name, shape, stored, pieces: [{ file, offset: start + begin, length: end - begin }] };
}

/** The tensors lie one after the other and fill the rest of the file. */
function requireTiling(tensors: readonly StoredTensor[], start: number, file: FileBytes): void {
  const pieces = tensors.flatMap(({ name, pieces: own }) => own.map((piece) => ({ name, ...piece })));
  let position = start;
  for (const { name, offset, length } of pieces.toSorted((a, b) => a.offset - b.offset || a.length - b.length)) {
    if (offset !== position) damaged(file, `the tensor ${name.slice(0, 100)} does not begin where the one before it ends`);
    position += length;
  }
  if (position !== file.bytes.length) damaged(file, 'it does not end where its tensors do');
} // prettier-ignore

/** The header and where the data begins. @throws StudioError 'too-large', 'damaged-file' */
function headerOf(file: FileBytes): { readonly header: JsonObject; readonly start: number } {
  const length = safetensorsHeaderLength(file) ?? damaged(file, 'its header is broken');
  if (length > MOST_HEADER_BYTES) {
    throw new StudioError({
      code: 'too-large',
      message: `${baseName(file.path)} lists its tensors in ${length} bytes; ${MOST_HEADER_BYTES} are the most that is read here, some 40,000 tensors.`,
      remedy: 'Save only the weights of the classifier that you want to adapt.',
    });
  }
  const reader = createByteReader(file.bytes, baseName(file.path));
  reader.skip(LENGTH_BYTES);
  const header = parseJson(reader.bytes(length), baseName(file.path));
  return isObject(header) ? { header, start: reader.position() } : damaged(file, 'its header is no object');
}

/** What a safetensors file says of itself: texts by key. */
export function readSafetensorsTexts(file: FileBytes): ReadonlyMap<string, string> {
  const texts = ownObject(headerOf(file).header, METADATA_KEY);
  return new Map(Object.entries(texts).filter((entry): entry is [string, string] => isText(entry[1])));
}

/**
 * The tensors of a safetensors file, where they lie.
 *
 * @throws StudioError 'damaged-file' unless the header describes the file to the last byte, 'unsupported-format' for
 *   number types of 8 bits
 */
export function readSafetensors(file: FileBytes): readonly StoredTensor[] {
  const { header, start } = headerOf(file);
  const tensors = Object.entries(header)
    .filter(([name]) => name !== METADATA_KEY)
    .map(([name, entry]) => tensorOf(name, entry, start, file));
  requireTiling(tensors, start, file);
  return tensors;
}
