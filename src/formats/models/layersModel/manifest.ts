import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';
import { isObject, isText, own, type JsonObject } from '../json';
import { findCompanion } from '../paths';

/** One tensor of the weight files, not decoded yet. */
export interface StoredTensor {
  readonly name: string;
  readonly shape: readonly number[];
  /** dtype of the stored values. */
  readonly stored: StoredType;
  /** dtype the tensor has in the model. */
  readonly dtype: string;
  /** `value * scale + minimum`, for uint8 and uint16. */
  readonly scale: number;
  readonly minimum: number;
  readonly bytes: Uint8Array;
}

const bytesPerValue = { float32: 4, int32: 4, uint32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 } as const;
type StoredType = keyof typeof bytesPerValue;

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
  if (shape.reduce((product, size) => product * size, 1) <= MOST_VALUES) return shape;
  throw new StudioError({
    code: 'too-large',
    message: `The weight ${name} claims more values than the studio can hold.`,
    remedy: EXPORT_AGAIN,
  });
}

function isStoredType(value: unknown): value is StoredType {
  return isText(value) && Object.hasOwn(bytesPerValue, value);
}

function finite(value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  return damaged(`The quantisation of the weight ${name} is damaged.`);
}

/** What one row of the manifest says, without its bytes. */
function readWeight(weight: unknown): Omit<StoredTensor, 'bytes'> {
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
  const affine = isObject(quantization) && (stored === 'uint8' || stored === 'uint16');
  const scale = affine ? finite(own(quantization, 'scale'), name) : 1;
  const minimum = affine ? finite(own(quantization, 'min'), name) : 0;
  return { name, shape, dtype, stored, scale, minimum };
}

function byteLength(weight: Omit<StoredTensor, 'bytes'>): number {
  return weight.shape.reduce((product, size) => product * size, bytesPerValue[weight.stored]);
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  const [first] = parts;
  if (first && parts.length === 1) return first;
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
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
 * Lists the tensors of a `weightsManifest` with their bytes. A group's bytes are its files joined; its tensors
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
    const bytes = join(names.flatMap((name) => findCompanion(files, main, name)?.bytes ?? []));
    const wanted = weights.reduce((sum, weight) => sum + byteLength(weight), 0);
    if (wanted !== bytes.length) {
      throw new StudioError({
        code: 'damaged-file',
        message: `${names.join(', ')} should hold ${wanted} bytes of weights but ${names.length === 1 ? 'holds' : 'hold'} ${bytes.length}.`,
        remedy: 'Copy the weight files again from their source, or export the model again.',
      });
    }
    let offset = 0;
    return weights.map((weight) => {
      const start = offset;
      offset += byteLength(weight);
      return { ...weight, bytes: bytes.subarray(start, offset) };
    });
  });
}

/** IEEE 754 binary16 to a number. */
function halfToNumber(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/**
 * The values of a tensor in float32, quantised ones widened in float32 arithmetic.
 *
 * @throws StudioError 'unsupported-format' when the tensor holds integers or truth values of its own
 */
export function decodeTensor(tensor: StoredTensor): Float32Array {
  const { stored, name } = tensor;
  if (tensor.dtype !== 'float32' || stored === 'int32' || stored === 'uint32' || stored === 'bool') {
    throw new StudioError({
      code: 'unsupported-format',
      message: `The weight ${name} holds ${tensor.dtype} values where numbers to train are needed.`,
      remedy: 'Export the model with float32 weights.',
    });
  }
  const { buffer } = tensor.bytes.slice();
  if (stored === 'float32') return new Float32Array(buffer);
  if (stored === 'float16') return Float32Array.from(new Uint16Array(buffer), halfToNumber);
  const [scale, minimum] = [Math.fround(tensor.scale), Math.fround(tensor.minimum)];
  const values = stored === 'uint8' ? new Uint8Array(buffer) : new Uint16Array(buffer);
  return Float32Array.from(values, (value) => Math.fround(value * scale) + minimum);
}
