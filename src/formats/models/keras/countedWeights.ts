import { StudioError } from '../../../shared/failure';
import { booleanOption } from '../json';
import type { KerasWeights } from '../layersModel/network';
import type { KerasLayer, KerasModel } from '../layersModel/topology';
import type { StoredTensor } from '../storedTensor';
import { findObject, type Hdf5Object } from './hdf5/hdf5';

/** `BatchNormalization` as `batch_normalization`, `PReLU` as `p_re_lu`: what Keras makes of a class name. */
export function snakeCase(className: string): string {
  return className
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * The weights of a layer in the order in which Keras makes them, and the option that switches one off. Trainable ones
 * come first.
 */
type Order = readonly (readonly [key: string, option?: string])[];
const kernelAndBias: Order = [['kernel'], ['bias', 'use_bias']];
const batchNorm: Order = [['gamma', 'scale'], ['beta', 'center'], ['moving_mean'], ['moving_variance']];
const orders = new Map<string, Order>([
  ['Conv2D', kernelAndBias],
  ['DepthwiseConv2D', kernelAndBias],
  ['Dense', kernelAndBias],
  ['SeparableConv2D', [['depthwise_kernel'], ['pointwise_kernel'], ['bias', 'use_bias']]],
  ['BatchNormalization', batchNorm],
  ['SyncBatchNormalization', batchNorm],
  ['PReLU', [['alpha']]],
]);
/** It may have been given its numbers, or count what it saw. */
const normalization: Order = [['mean'], ['variance']];

/** The place of each layer in the file: its class, and how many of this class came before it in its model. */
function placesOf(model: KerasModel, container: string, before = ''): readonly (readonly [KerasLayer, string])[] {
  const counts = new Map<string, number>();
  return model.layers.flatMap((layer) => {
    // `x + y` is listed among the layers of a model, but the model has no such layer.
    if (layer.isOperation) return [];
    const name = snakeCase(layer.className);
    const count = counts.get(name) ?? 0;
    counts.set(name, count + 1);
    const place = `${before}${container}/${name}${count === 0 ? '' : `_${count}`}`;
    return layer.nested ? placesOf(layer.nested, container, `${place}/`) : [[layer, place] as const];
  });
}

/** @throws StudioError 'bad-model', always */
function mismatched(layer: KerasLayer, what: string): never {
  throw new StudioError({
    code: 'bad-model',
    message: `The layer ${layer.layer} (${layer.className}) ${what}: the model’s layers and its weights do not belong together.`,
    remedy: 'Save the model again with model.save("model.keras").',
  });
}

/** The weights of one layer by name; Keras numbers them. */
function weightsOf(layer: KerasLayer, place: string, root: Hdf5Object): ReadonlyMap<string, StoredTensor> {
  const isNormalization = layer.className === 'Normalization';
  const order = isNormalization ? normalization : orders.get(layer.className);
  const variables = findObject(root, `${place}/vars`);
  if (!order || !variables) return new Map();
  const keys = order.flatMap(([key, option]) => (!option || booleanOption(layer, option, true) ? [key] : []));
  const count = variables.names().length;
  if (isNormalization ? count === 1 : count !== keys.length) {
    mismatched(layer, `should have ${keys.length} weights, but ${place} holds ${count}`);
  }
  const [stated] = variables.texts('name') ?? [];
  if (stated !== undefined && stated !== layer.layer) mismatched(layer, `finds the weights of ${stated} at its place`);
  return new Map(
    keys.flatMap((key, index) => {
      const path = `${place}/vars/${index}`;
      const dataset = findObject(root, path);
      return dataset ? [[key, dataset.tensor(path)] as const] : [];
    }),
  );
}

/**
 * The weights of a `.keras` file. It does not store them under the names of the layers but counts: the third
 * convolution of a model is `layers/conv2d_2`, its kernel `vars/0`.
 *
 * @throws StudioError 'bad-model' when a place holds another layer's weights
 */
export function countedWeights(root: Hdf5Object, model: KerasModel): KerasWeights {
  const container = root.child('layers') ? 'layers' : '_layer_checkpoint_dependencies';
  const places = placesOf(model, container);
  const byLayer = new Map(places.map(([layer, place]) => [layer, weightsOf(layer, place, root)] as const));
  return {
    tensors: [...byLayer.values()].flatMap((weights) => [...weights.values()]),
    find(layer, keys) {
      const weights = byLayer.get(layer);
      const key = keys.find((candidate) => weights?.has(candidate));
      return key === undefined ? undefined : weights?.get(key);
    },
  };
} // prettier-ignore
