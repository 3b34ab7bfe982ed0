import { StudioError } from '../../shared/failure';
import type { FileLayout, ParameterSpec, Weights } from './format';
import { fromFile } from './layout';
import { decodeTensor, sizeOf, type StoredTensor } from './storedTensor';

function badModel(message: string, remedy: string): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

/**
 * Values that can be trained, in the file's order: all finite, variances not negative. Quantisation may leave a
 * variance a hair below 0.
 *
 * @throws StudioError 'bad-model'
 */
export function trainableValues(tensor: StoredTensor, isVariance: boolean): Float32Array {
  const values = decodeTensor(tensor);
  const broken = values.findIndex((value) => !Number.isFinite(value));
  if (broken >= 0) {
    badModel(
      `The weight ${tensor.name} contains ${values[broken]}: the model was damaged or its training diverged.`,
      'Use an earlier checkpoint of the model, or export it again.',
    );
  }
  if (!isVariance) return values;
  const slack = Math.abs(tensor.quantization?.scale ?? 0);
  if (values.some((value) => value < -slack)) {
    badModel(
      `The variance ${tensor.name} is negative, which no training produces: the file is damaged.`,
      'Copy the model again from its source, or export it again.',
    );
  }
  return values.map((value) => Math.max(value, 0));
}

/** The weights of a network under construction. */
export interface Parameters {
  readonly weights: Weights;
  /**
   * Takes a tensor of the file as a parameter.
   *
   * @param name unique in the network
   * @param shape in our order
   * @throws StudioError 'bad-model' when it has another size or cannot be trained
   */
  add(name: string, tensor: StoredTensor, shape: readonly number[], layout?: FileLayout): ParameterSpec;
  /** The same for a running variance. */
  addVariance(name: string, tensor: StoredTensor, shape: readonly number[], layout?: FileLayout): ParameterSpec;
}

export function createParameters(): Parameters {
  const weights = new Map<string, Float32Array>();
  const take = (
    name: string,
    tensor: StoredTensor,
    shape: readonly number[],
    layout: FileLayout | undefined,
    isVariance: boolean,
  ): ParameterSpec => {
    const size = sizeOf(shape);
    if (sizeOf(tensor.shape) !== size || (layout && sizeOf(layout.shape) !== size)) {
      badModel(
        `The weight ${tensor.name} has the shape [${tensor.shape.join(', ')}], but the network needs ${size} values there.`,
        'Export the model again: its weights and its layers do not belong together.',
      );
    }
    if (weights.has(name)) throw new Error(`The parameter ${name} exists twice.`);
    weights.set(name, fromFile(trainableValues(tensor, isVariance), layout));
    return { name, shape, fileName: tensor.name, ...(layout && { layout }) };
  };
  return {
    weights,
    add: (name, tensor, shape, layout) => take(name, tensor, shape, layout, false),
    addVariance: (name, tensor, shape, layout) => take(name, tensor, shape, layout, true),
  };
}
