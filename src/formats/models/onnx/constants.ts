import { StudioError } from '../../../shared/failure';
import { decodeTensor, sizeOf, type StoredTensor, type StoredType } from '../storedTensor';

/** A value that does not depend on the image: a weight of the file, or what was computed from such. */
export interface Constant {
  readonly kind: 'constant';
  /** Of the tensor in the file; the key under which it is written back. */
  readonly name: string;
  readonly shape: readonly number[];
  /** In the file. What {@link isReal} counts in float32 or finer here. */
  readonly type: StoredType;
  readonly isInteger: boolean;
  /** Whether its values lie in a file and can be changed there. */
  readonly inFile: boolean;
  /** Why they cannot, where they were not computed. */
  readonly readOnly?: string;
  /** The constant of which this is another shape. */
  readonly origin?: Constant;
  /** As a weight. @throws StudioError 'too-large' */
  tensor(): StoredTensor;
  /** As numbers, for shapes and attributes. @throws StudioError 'too-large' above 2^16 */
  values(): readonly number[];
}

const realTypes: readonly StoredType[] = ['float32', 'float16', 'bfloat16', 'float64'];

/** Whether a type is of floating point numbers. */
export const isReal = (type: StoredType): boolean => realTypes.includes(type);

/** Numbers that the studio computes with one by one. */
export const MOST_NUMBERS = 2 ** 16;
/** Values that ConstantOfShape may make of nothing: 128 MB. */
const MOST_FILLED = 2 ** 25;

function requireSize(name: string, shape: readonly number[], most: number): number {
  const size = sizeOf(shape);
  if (size <= most && shape.every((length) => length >= 0)) return size;
  throw new StudioError({
    code: 'too-large',
    message: `The constant ${name} has the shape [${shape.join(', ')}], which is more than the studio computes.`,
    remedy:
      'Simplify the model with onnxsim (pip install onnxsim; onnxsim model.onnx simple.onnx), or export it again.',
  });
}

/** A tensor of the studio's own. */
function ownTensor(name: string, shape: readonly number[], values: Float32Array): StoredTensor {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, shape, stored: 'float32', pieces: [{ file: { path: name, bytes }, offset: 0, length: bytes.length }] };
}

/** A constant that was computed. */
export function computed(
  name: string,
  shape: readonly number[],
  numbers: readonly number[],
  type: StoredType,
): Constant {
  return {
    kind: 'constant',
    name,
    shape,
    type,
    isInteger: !isReal(type),
    inFile: false,
    tensor: () => ownTensor(name, shape, Float32Array.from(numbers)),
    values: () => numbers,
  };
}

/** The same value everywhere. Nothing is allocated before it is used. */
export function filled(name: string, shape: readonly number[], value: number, type: StoredType): Constant {
  return {
    kind: 'constant',
    name,
    shape,
    type,
    isInteger: !isReal(type),
    inFile: false,
    tensor: () => ownTensor(name, shape, new Float32Array(requireSize(name, shape, MOST_FILLED)).fill(value)),
    values: () => new Array<number>(requireSize(name, shape, MOST_NUMBERS)).fill(value),
  };
}

/** A tensor of floating point numbers as a constant. */
export function weight(tensor: StoredTensor, inFile: boolean): Constant {
  return {
    ...(tensor.readOnly !== undefined && { readOnly: tensor.readOnly }),
    kind: 'constant',
    name: tensor.name,
    shape: tensor.shape,
    type: tensor.stored,
    isInteger: false,
    inFile,
    tensor: () => tensor,
    values: () => {
      requireSize(tensor.name, tensor.shape, MOST_NUMBERS);
      return Array.from(decodeTensor(tensor));
    },
  };
}

/** The same values in the same order with another shape of the same size. */
export function withShape(constant: Constant, shape: readonly number[]): Constant {
  if (constant.isInteger) return { ...constant, shape };
  // Shapes of shapes all lead to the first: a file may state very many.
  const origin = constant.origin ?? constant;
  return {
    ...constant,
    shape,
    origin,
    inFile: constant.inFile && origin.tensor().strides === undefined,
    tensor: () => {
      const tensor = origin.tensor();
      return tensor.strides ? ownTensor(constant.name, shape, decodeTensor(tensor)) : { ...tensor, shape };
    },
  };
}

/** A weight with its axes permuted as by `numpy.transpose`: a view of the same place in the file, by a name of its own. */
export function transposed(name: string, constant: Constant, permutation: readonly number[]): Constant {
  const tensor = constant.tensor();
  const steps = tensor.strides ?? tensor.shape.map((_, axis) => sizeOf(tensor.shape.slice(axis + 1)));
  const permuted = (lengths: readonly number[]): readonly number[] => permutation.map((axis) => lengths[axis] ?? 0);
  return weight({ ...tensor, name, shape: permuted(tensor.shape), strides: permuted(steps) }, constant.inFile);
}
