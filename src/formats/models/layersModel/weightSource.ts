import { StudioError } from '../../../shared/failure';
import type { ParameterSpec } from '../format';
import { trainableValues } from '../parameters';
import { isTrainable, type StoredTensor } from '../storedTensor';
import type { KerasLayer } from './topology';

/** The weights of a file, from which each layer takes its own. */
export interface WeightSource {
  /** What was taken, by {@link ParameterSpec.name}. */
  readonly weights: ReadonlyMap<string, Float32Array>;
  /**
   * Takes a weight of a layer out of the file.
   *
   * @param node the node that will own it
   * @param keys the names it may have in the file
   * @throws StudioError 'bad-model' when it is missing, ambiguous, not finite or of another shape, 'unsupported-layer'
   *   when another node took it already
   */
  parameter(layer: KerasLayer, node: string, keys: readonly string[], shape: readonly number[]): ParameterSpec;
  /** A weight's values if the file has it, for constants that are not trained. */
  constant(layer: KerasLayer, key: string): readonly number[] | null;
  /** Names of the weights in the file that could be trained and that no layer took. */
  unused(): readonly string[];
}

const EXPORT_AGAIN = 'Export the model again with tensorflowjs_converter or model.save().';

function badModel(message: string, remedy = EXPORT_AGAIN): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

/** `block/conv/kernel:0` is known as `conv/kernel`: prefixes differ between versions and with nesting. */
function lastTwoParts(name: string): string {
  return name.replace(/:\d+$/, '').split('/').slice(-2).join('/');
}

/** Weights by layer and weight name. */
function indexTensors(tensors: readonly StoredTensor[]): ReadonlyMap<string, readonly StoredTensor[]> {
  const byName = new Map<string, StoredTensor[]>();
  for (const tensor of tensors) {
    const key = lastTwoParts(tensor.name);
    byName.set(key, [...(byName.get(key) ?? []), tensor]);
  }
  return byName;
}

/** Of several weights with the same last two parts, the one whose path has the layer's models before them. */
export function narrow(candidates: readonly StoredTensor[], layer: KerasLayer, key: string): readonly StoredTensor[] {
  const wanted = ['', ...layer.scope, layer.layer, key].join('/');
  const exact = candidates.filter(({ name }) => wanted.endsWith(`/${name.replace(/:\d+$/, '')}`));
  const longest = Math.max(...exact.map(({ name }) => name.length));
  return exact.filter(({ name }) => name.length === longest);
}

/** Finds the tensor of a layer by any of the names it may have; undefined without one. */
export type TensorFinder = (layer: KerasLayer, keys: readonly string[]) => StoredTensor | undefined;

/**
 * Finds tensors by the last two parts of their names: layer and weight.
 *
 * @throws StudioError 'bad-model', from the finder, when several could be meant
 */
export function findByName(tensors: readonly StoredTensor[]): TensorFinder {
  const stored = indexTensors(tensors);
  return (layer, keys) => {
    for (const key of keys) {
      const candidates = stored.get(`${layer.layer.split('/').at(-1) ?? ''}/${key}`) ?? [];
      const [tensor, ...others] = candidates.length > 1 ? narrow(candidates, layer, key) : candidates;
      if (others.length > 0 || (!tensor && candidates.length > 0)) ambiguousWeight(layer, key);
      if (tensor) return tensor;
    }
    return undefined;
  };
}

/** @throws StudioError 'bad-model', always */
export function ambiguousWeight(layer: KerasLayer, key: string): never {
  return badModel(`The file has several weights that could be ${layer.layer}/${key}.`);
}

/**
 * @param tensors of the file
 * @param find the way of this kind of file to tell which belongs to a layer
 */
export function createWeightSource(tensors: readonly StoredTensor[], find: TensorFinder): WeightSource {
  const taken = new Set<StoredTensor>();
  const weights = new Map<string, Float32Array>();
  return {
    weights,
    parameter(layer, node, keys, shape) {
      const key = keys[0] ?? '';
      const tensor = find(layer, keys);
      if (!tensor) return badModel(`The layer ${layer.layer} has no weight “${key}” in the file.`);
      if (taken.has(tensor)) {
        throw new StudioError({
          code: 'unsupported-layer',
          message: `The layer ${layer.layer} is used at several places of the network with the same weights.`,
          remedy: 'Use a model in which every layer with weights is used once.',
        });
      }
      if (tensor.shape.join() !== shape.join()) {
        badModel(
          `The layer ${layer.layer} should have a ${key} of shape [${shape.join(', ')}], but the file holds [${tensor.shape.join(', ')}].`,
          'Its layers and its weights seem to come from different exports: export the model again.',
        );
      }
      taken.add(tensor);
      const name = `${node}/${key}`;
      weights.set(name, trainableValues(tensor, key === 'moving_variance'));
      return { name, shape, fileName: tensor.name };
    },
    constant(layer, key) {
      const tensor = find(layer, [key]);
      if (!tensor) return null;
      taken.add(tensor);
      return [...trainableValues(tensor, key === 'variance')];
    },
    // Counters and the states of random generators are whole numbers.
    unused: () => tensors.filter((tensor) => !taken.has(tensor) && isTrainable(tensor)).map(({ name }) => name),
  };
}
