import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';
import { bytesPerValue, sizeOf, type StoredTensor, type StoredType } from '../storedTensor';
import { isObject, isText, own, type JsonObject } from '../json';
import { findCompanion } from '../paths';

type ManifestType = 'float32' | 'int32' | 'uint32' | 'bool' | 'uint8' | 'uint16' | 'float16';
const manifestTypes: ReadonlySet<unknown> = new Set<ManifestType>([
  'float32', 'int32', 'uint32', 'bool', 'uint8', 'uint16', 'float16',
]); // prettier-ignore

/** What one row of the manifest says. */
type WeightRow = Omit<StoredTensor, 'pieces'>;

const EXPORT_AGAIN = 'Export the model again with tensorflowjs_converter or model.save().';
const MOST_TENSORS = 50_000;
const MOST_VALUES = 2 ** 29;
const UNSAFE_NAME = /[/\\:?#%\0]|^\.{0,2}$/;

function damaged(message: string): never {
  throw new StudioError({ code: 'damaged-file', message, remedy: EXPORT_AGAIN });
}

/** The file names of one group. Only plain names beside model.json are files of the model. */
function shardNames(group: JsonObject): readonly string[] {
  const paths = own(group, 'paths');
  if (!Array.isArray(paths) || paths.length === 0 || !paths.every(isText)) {
    return damaged('model.json is damaged: a group of weights names no files.');
  }
  return paths.map((path) => {
    const name = path.replace(/^\.\//, '');
    if (!UNSAFE_NAME.test(name)) return name;
    throw new StudioError({
      code: 'unsafe-path',
      message: `model.json asks for weights at “${path.slice(0, 120)}”, which is not a plain file name.`,
      remedy: 'Put the weight files beside model.json and name them there without folders or addresses.',
    });
  });
}

function shapeOf(weight: JsonObject, name: string): readonly number[] {
  const shape = own(weight, 'shape');
  const isSize = (size: unknown): size is number => typeof size === 'number' && Number.isInteger(size) && size >= 0;
  if (!Array.isArray(shape) || !shape.every(isSize)) return damaged(`The weight ${name} has no usable shape.`);
  if (sizeOf(shape) <= MOST_VALUES) return shape;
  throw new StudioError({
    code: 'too-large',
    message: `The weight ${name} claims more values than the studio can hold.`,
    remedy: EXPORT_AGAIN,
  });
}

function isStoredType(value: unknown): value is StoredType {
  return manifestTypes.has(value);
}

function finite(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return damaged(`The quantisation of the weight ${name} is damaged.`);
}

function readWeight(weight: unknown): WeightRow {
  const name = isObject(weight) ? own(weight, 'name') : undefined;
  if (!isObject(weight) || !isText(name)) return damaged('model.json is damaged: a weight has no name.');
  const shape = shapeOf(weight, name);
  const quantization = own(weight, 'quantization');
  const dtype = own(weight, 'dtype');
  const stored = isObject(quantization) ? own(quantization, 'dtype') : dtype;
  if (!isText(dtype) || !isStoredType(stored)) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `The weight ${name} is stored as ${isText(stored) ? stored.slice(0, 40) : 'an unknown type'}, which is not supported.`,
      remedy: 'Export the model with float32 weights, or quantised to uint8, uint16 or float16.',
    });
  }
  const affine = isObject(quantization) && dtype === 'float32' && (stored === 'uint8' || stored === 'uint16');
  if (!affine) return { name, shape, stored };
  const [scale, minimum] = [finite(own(quantization, 'scale'), name), finite(own(quantization, 'min'), name)];
  return { name, shape, stored, quantization: { scale, minimum } };
}

function byteLength(weight: WeightRow): number {
  return sizeOf(weight.shape) * bytesPerValue[weight.stored];
}

/** The bytes from `start` to `end` of files laid end to end. */
function piecesOf(files: readonly FileBytes[], start: number, end: number): StoredTensor['pieces'] {
  let before = 0;
  return files.flatMap((file) => {
    const [from, to] = [Math.max(start - before, 0), Math.min(end - before, file.bytes.length)];
    before += file.bytes.length;
    return from < to ? [{ file, offset: from, length: to - from }] : [];
  });
}

function missingFiles(names: readonly string[]): never {
  const [shown, rest] = [names.slice(0, 5), names.length - 5];
  throw new StudioError({
    code: 'missing-file',
    message: `The weight ${names.length === 1 ? 'file' : 'files'} ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''} of the model ${names.length === 1 ? 'is' : 'are'} missing.`,
    remedy: 'Drop the whole folder or zip: model.json together with every file it names.',
  });
}

/**
 * Lists the tensors of a `weightsManifest` and where their bytes lie. A group's bytes are its files joined; its tensors
 * follow each other in them without gaps, and must fill them exactly.
 *
 * @throws StudioError 'missing-file', 'unsafe-path', 'damaged-file', 'unsupported-format' or 'too-large'
 */
export function readManifest(manifest: unknown, main: FileBytes, files: readonly FileBytes[]): readonly StoredTensor[] {
  if (!Array.isArray(manifest) || !manifest.every(isObject)) {
    return damaged('model.json lists no weights (weightsManifest is missing).');
  }
  const groups = manifest.map((group) => {
    const weights = own(group, 'weights');
    if (!Array.isArray(weights)) return damaged('model.json is damaged: a group of weights is not a list.');
    return { names: shardNames(group), weights: weights.map(readWeight) };
  });
  if (groups.reduce((sum, group) => sum + group.weights.length, 0) > MOST_TENSORS) {
    return damaged(`model.json is damaged: it lists more than ${MOST_TENSORS} weights.`);
  }
  const missing = groups.flatMap((group) => group.names.filter((name) => !findCompanion(files, main, name)));
  if (missing.length > 0) missingFiles(missing);

  return groups.flatMap(({ names, weights }) => {
    const shards = names.flatMap((name) => findCompanion(files, main, name) ?? []);
    const length = shards.reduce((sum, { bytes }) => sum + bytes.length, 0);
    const wanted = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
    if (wanted !== length) {
      throw new StudioError({
        code: 'damaged-file',
        message: `${names.join(', ')} should hold ${wanted} bytes of weights but ${names.length === 1 ? 'holds' : 'hold'} ${length}.`,
        remedy: 'Copy the weight files again from their source, or export the model again.',
      });
    }
    let offset = 0;
    return weights.map((weight) => {
      const start = offset;
      offset += byteLength(weight);
      return { ...weight, pieces: piecesOf(shards, start, offset) };
    });
  });
}
