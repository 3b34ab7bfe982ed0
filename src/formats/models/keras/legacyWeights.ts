import { StudioError } from '../../../shared/failure';
import type { KerasWeights } from '../layersModel/network';
import { allLayers, type KerasModel } from '../layersModel/topology';
import { ambiguousWeight, narrow, type TensorFinder } from '../layersModel/weightSource';
import type { StoredTensor } from '../storedTensor';
import { firstWeightName } from './firstKeras';
import { findObject, type Hdf5Object } from './hdf5/hdf5';

/** A weight in the group of a layer of the outermost model. */
interface LegacyWeight {
  readonly group: string;
  readonly tensor: StoredTensor;
}

/** The names in an attribute; long lists are split into `name0`, `name1`, … */
function listedNames(object: Hdf5Object, attribute: string): readonly string[] {
  const whole = object.texts(attribute);
  if (whole) return whole;
  const parts: (readonly string[])[] = [];
  for (let names = object.texts(`${attribute}0`); names; names = object.texts(`${attribute}${parts.length}`))
    parts.push(names);
  return parts.flat();
}

/** @throws StudioError 'damaged-file', always */
function missing(name: string): never {
  throw new StudioError({
    code: 'damaged-file',
    message: `The file lists the weights of ${name} but does not hold them.`,
    remedy: 'Copy or download the file again, or save the model again.',
  });
}

function readLegacyWeights(root: Hdf5Object): readonly LegacyWeight[] {
  return listedNames(root, 'layer_names').flatMap((group) => {
    const layer = findObject(root, group) ?? missing(group);
    return listedNames(layer, 'weight_names').map((weight) => {
      const name = `${group}/${weight}`;
      const dataset = findObject(layer, weight);
      return { group, tensor: dataset?.isDataset() ? dataset.tensor(name) : missing(name) };
    });
  });
}

/** `block/conv/kernel:0` as `[conv, kernel]`. */
function lastParts(name: string): readonly [layer: string, key: string] {
  const parts = name.replace(/:\d+$/, '').split('/');
  return [parts.at(-2) ?? '', parts.at(-1) ?? ''];
}

/** What a weight is, in a group whose layer is no model: the last part of its name. */
function keyIn(group: string, name: string): string {
  const key = lastParts(name)[1];
  return firstWeightName(key, group) ?? key;
}

/**
 * Which layer of a nested model a weight is for. A model that was loaded and saved again has `conv_1/kernel` for the
 * layer `conv`, unless there is a layer `conv_1`.
 */
function ownerOf(name: string, names: ReadonlySet<string>): string {
  const [owner, key] = lastParts(name);
  const first = /^(.*)_(?:W|b|gamma|beta|running_mean|running_std)$/.exec(key)?.[1];
  if (first !== undefined && names.has(first)) return first;
  return names.has(owner) ? owner : owner.replace(/_\d+$/, '');
}

/** Weights by group and name, and for the layers of nested models by group, layer and name. */
function indexWeights(
  weights: readonly LegacyWeight[],
  names: ReadonlySet<string>,
): ReadonlyMap<string, StoredTensor[]> {
  const index = new Map<string, StoredTensor[]>();
  for (const { group, tensor } of weights) {
    const owner = ownerOf(tensor.name, names);
    for (const path of [
      [group, keyIn(group, tensor.name)],
      [group, owner, keyIn(owner, tensor.name)],
    ]) {
      const key = JSON.stringify(path);
      index.set(key, [...(index.get(key) ?? []), tensor]);
    }
  }
  return index;
}

function legacyFinder(weights: readonly LegacyWeight[], model: KerasModel): TensorFinder {
  const index = indexWeights(weights, new Set(allLayers(model).map(({ layer }) => layer)));
  return (layer, keys) => {
    const [, outer] = layer.scope;
    for (const key of keys) {
      const path = outer === undefined ? [layer.layer, key] : [outer, layer.layer, key];
      const found = index.get(JSON.stringify(path)) ?? [];
      const [tensor, ...others] = found.length > 1 ? narrow(found, layer, key) : found;
      if (others.length > 0 || (!tensor && found.length > 0)) ambiguousWeight(layer, key);
      if (tensor) return tensor;
    }
    return undefined;
  };
}

/**
 * The weights of a model in the way of `model.save('model.h5')`: a group for each layer, which lists the names of
 * its weights.
 *
 * @param root of the weights
 */
export function legacyWeights(root: Hdf5Object, model: KerasModel): KerasWeights {
  const weights = readLegacyWeights(root);
  return { tensors: weights.map(({ tensor }) => tensor), find: legacyFinder(weights, model) };
}
