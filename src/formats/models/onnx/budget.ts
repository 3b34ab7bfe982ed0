import { StudioError } from '../../../shared/failure';

/** A count that all nodes of a model share. */
export interface Budget {
  /** @throws StudioError 'too-large' that names the node, before more is spent than there is */
  spend(count: number, node: string): void;
}

function createBudget(most: number, message: (node: string) => string, remedy: string): Budget {
  let spent = 0;
  return {
    spend: (count, node) => {
      spent += count;
      if (spent <= most) return;
      throw new StudioError({ code: 'too-large', message: message(node.slice(0, 200)), remedy });
    },
  };
}

/** Numbers that may be computed one by one before there is an image: shapes, factors of channels. */
const MOST_COMPUTED = 2 ** 23;

export const numbersBudget = (): Budget =>
  createBudget(
    MOST_COMPUTED,
    (node) =>
      `Up to the node ${node} the model computes with more than ${MOST_COMPUTED} numbers of constants, which is more than the studio does.`,
    'Simplify the model with onnxsim (pip install onnxsim; onnxsim model.onnx simple.onnx), or export it again.',
  );

/** Values of weights that a small file may have beyond its own: 64 MB. */
const MOST_ADDED = 2 ** 24;

/**
 * For the values of all weights: a file that makes them of nothing, or uses one many times, is refused before it fills
 * the memory.
 *
 * @param bytes of all files of the model; as many values are four copies of its float32 weights
 */
export const weightsBudget = (bytes: number): Budget =>
  createBudget(
    MOST_ADDED + bytes,
    (node) => `At the node ${node} the weights in use are more than ${MOST_ADDED + bytes} values, many times what the file holds.`, // prettier-ignore
    'Use a model whose layers share fewer weights, or a smaller one.',
  );
