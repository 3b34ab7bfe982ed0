import * as tf from '@tensorflow/tfjs-core';
import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs-core';

/** What may follow a batch normalisation within the same kernel. `relu6` also cuts off above 6. */
export type FusedActivation = 'none' | 'relu' | 'relu6';

/** Where the rows of the first images of a batch end: `[0, split)` are matched, `[split, rows)` are not. */
export interface Layout {
  readonly channels: number;
  readonly rows: number;
  readonly split: number;
}

/** @param matchRows how many images are matched; all of them if there is no such number. */
export function layoutOf(x: TensorInfo, matchRows: number | undefined): Layout {
  const channels = x.shape.at(-1) ?? 1;
  const images = x.shape[0] ?? 1;
  const rows = tf.util.sizeFromShape(x.shape) / channels;
  return { channels, rows, split: (rows / images) * (matchRows ?? images) };
}

/** Attributes of the batch-norm kernels. */
export interface BatchNormAttributes {
  readonly epsilon: number;
  readonly matchRows: number | undefined;
  readonly activation: FusedActivation;
}

export function attributesOf(attributes: NamedAttrMap | undefined): BatchNormAttributes {
  return {
    epsilon: attributes?.['epsilon'] as number,
    matchRows: attributes?.['matchRows'] as number | undefined,
    activation: (attributes?.['activation'] as FusedActivation | undefined) ?? 'none',
  };
}

export function input(inputs: NamedTensorInfoMap, name: string): TensorInfo {
  const tensor = inputs[name];
  if (tensor === undefined) throw new Error(`The kernel was called without its input ${name}.`);
  return tensor;
}
