import { StudioError } from '../../../shared/failure';
import type { StateDict } from '../stateDict/stateDict';
import type { StoredTensor } from '../storedTensor';
import type { Checkpoint } from './checkpoint';
import { objectOf, type PickleValue } from './pickleValue';
import { printable, SAVE_STATE_DICT } from './refusals';
import { storedTensorOf } from './tensors';

/** Entries of a training checkpoint that hold the network's weights, as training programs call them. */
const wrappers = ['state_dict', 'model_state_dict', 'model_state', 'model', 'net', 'network', 'weights', 'params', 'module']; // prettier-ignore

const MOST_WRAPPERS = 4;

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

const dictionaryOf = (value: PickleValue | undefined): Dictionary | undefined => objectOf(value, 'dict')?.entries;

const holdsTensors = (dictionary: Dictionary): boolean =>
  [...dictionary].some(([key, value]) => typeof key === 'string' && objectOf(value, 'tensor') !== undefined);

/** Entries that are dictionaries of tensors, or wrap one. */
function candidatesOf(dictionary: Dictionary): readonly (readonly [string, Dictionary])[] {
  return [...dictionary].flatMap(([key, value]) => {
    const inner = dictionaryOf(value);
    if (typeof key !== 'string' || !inner) return [];
    const isCandidate = holdsTensors(inner) || wrappers.some((name) => dictionaryOf(inner.get(name)));
    return isCandidate ? [[key, inner] as const] : [];
  });
}

function refuse(file: string, message: string): never {
  throw new StudioError({
    code: 'unsupported-format',
    message: `${file} ${message}.`,
    remedy: `Save only the network's weights: ${SAVE_STATE_DICT}.`,
  });
}

/**
 * The dictionary of weights in a checkpoint: itself, or the entry that training programs give one of a few names.
 * Copies of it that were averaged, and the state of the optimiser, are left alone.
 *
 * @returns it, and the keys that lead to it
 */
function weightsIn(
  value: PickleValue,
  file: string,
): { readonly weights: Dictionary; readonly path: readonly string[] } {
  const path: string[] = [];
  let dictionary = dictionaryOf(value) ?? refuse(file, 'holds no dictionary of weights');
  for (let depth = 0; depth < MOST_WRAPPERS; depth += 1) {
    const candidates = candidatesOf(dictionary);
    const named = candidates.filter(([key]) => wrappers.includes(key));
    const chosen = named.length > 0 ? named : holdsTensors(dictionary) ? [] : candidates;
    const [only] = chosen;
    if (!only && holdsTensors(dictionary)) return { weights: dictionary, path };
    if (!only) return refuse(file, 'holds no dictionary of weights');
    if (chosen.length > 1) {
      const names = chosen.map(([key]) => printable(key)).slice(0, 4);
      refuse(file, `holds several sets of weights (${names.join(', ')})`);
    }
    path.push(only[0]);
    dictionary = only[1];
  }
  return refuse(file, 'wraps its weights too often');
}

/**
 * The weights of a checkpoint where they lie. What is no tensor is of no interest.
 *
 * @throws StudioError when it holds none, or several sets of them
 */
export function stateDictOf(checkpoint: Checkpoint): StateDict {
  const tensors = new Map<string, StoredTensor>();
  const { weights, path } = weightsIn(checkpoint.value, checkpoint.name);
  for (const [key, value] of weights) {
    const tensor = objectOf(value, 'tensor')?.tensor;
    if (tensor && typeof key === 'string') tensors.set(key, storedTensorOf(key, tensor, checkpoint));
  }
  return { file: checkpoint.name, path, tensors };
}
