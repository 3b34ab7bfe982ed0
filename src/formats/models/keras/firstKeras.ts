import { isObject, own, type JsonObject } from '../json';
import type { KerasLayer, KerasModel } from '../layersModel/topology';

/** Layer classes that Keras 2 gave other names. */
const classNames = new Map([
  ['Convolution2D', 'Conv2D'],
  ['SeparableConvolution2D', 'SeparableConv2D'],
]);

/** Options that Keras 2 gave other names. */
const optionNames = new Map([
  ['nb_filter', 'filters'],
  ['output_dim', 'units'],
  ['border_mode', 'padding'],
  ['subsample', 'strides'],
  ['bias', 'use_bias'],
]);

const channelOrders = new Map<unknown, string>([
  ['tf', 'channels_last'],
  ['th', 'channels_first'],
]);

function optionsOf(values: JsonObject): JsonObject {
  const renamed = Object.entries(values).map(([key, value]): [string, unknown] => {
    if (key === 'dim_ordering') return ['data_format', channelOrders.get(value) ?? value];
    return [optionNames.get(key) ?? key, value];
  });
  const size = [own(values, 'nb_row'), own(values, 'nb_col')];
  return Object.fromEntries(size.every((length) => length !== undefined) ? [...renamed, ['kernel_size', size]] : renamed); // prettier-ignore
}

/** Batch norm other than over the whole batch (`mode` 0) is a class that no reader knows. */
function classOf({ className, values }: KerasLayer): string {
  const mode = own(values, 'mode');
  if (className === 'BatchNormalization' && mode !== undefined && mode !== 0) return 'BatchNormalization of another mode'; // prettier-ignore
  return classNames.get(className) ?? className;
}

/** A model of Keras 1 in the words of Keras 2. What was dropped since keeps its name, and is refused by it. */
export function modernised(model: KerasModel): KerasModel {
  const layers = model.layers.map((layer) => ({
    ...layer,
    className: classOf(layer),
    values: isObject(layer.values) ? optionsOf(layer.values) : layer.values,
    nested: layer.nested && modernised(layer.nested),
  }));
  return { ...model, layers };
}

const weightNames = new Map([
  ['W', 'kernel'],
  ['b', 'bias'],
  ['running_mean', 'moving_mean'],
  // It holds the variance, whatever its name says.
  ['running_std', 'moving_variance'],
  ['gamma', 'gamma'],
  ['beta', 'beta'],
]);

/** `convolution2d_1_W` is the kernel of `convolution2d_1`; null if a weight is not called in the way of Keras 1. */
export function firstWeightName(weight: string, layer: string): string | null {
  return weight.startsWith(`${layer}_`) ? (weightNames.get(weight.slice(layer.length + 1)) ?? null) : null;
}
