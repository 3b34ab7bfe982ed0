import { decodeTensor } from '../storedTensor';
import { addClassifier, type Head } from './classifier';
import type { TorchLayers } from './layers';

/** Residual networks with a head of their own call it differently. */
export const resnetHead: Head = {
  names: ['fc', 'linear', 'head', 'classifier'],
  others: /^(conv1|bn1|layer\d+|bottleneck|bn)\./,
};

const BOTTLENECK = 'bottleneck';
const BOTTLENECK_NORM = 'bn';

/**
 * Programs of the method always store the bottleneck's batch norm; those that have it switched off never use it, so
 * that its statistics are what they were at the beginning.
 */
function isUnused({ source }: TorchLayers): boolean {
  const keys = ['running_mean', 'running_var', 'weight', 'bias'].map((name) => `${BOTTLENECK_NORM}.${name}`);
  if (!keys.every((key) => source.has(key))) return false;
  const isAll = (key: string, value: number): boolean => decodeTensor(source.peek(key)).every((each) => each === value);
  return keys.every((key, at) => isAll(key, at % 3 === 0 ? 0 : 1));
}

function addBottleneck(layers: TorchLayers, features: string): string {
  const { source, nodes } = layers;
  const x = layers.linear(BOTTLENECK, features);
  if (!source.has(`${BOTTLENECK_NORM}.running_mean`)) return x;
  if (!isUnused(layers)) return layers.batchNorm(BOTTLENECK_NORM, x);
  nodes.note('The batch norm of the bottleneck was never trained: it was switched off, and is left out.');
  ['running_mean', 'running_var', 'weight', 'bias'].forEach((name) =>
    source.take(`${BOTTLENECK_NORM}.${name}`, [null]),
  );
  return x;
}

/** Adds what follows the pooled features: the method's bottleneck if there is one, and the classifier. */
export function addHead(layers: TorchLayers, pooled: string): string {
  const { source } = layers;
  const features = source.has(`${BOTTLENECK}.weight`) ? addBottleneck(layers, pooled) : pooled;
  return addClassifier(layers, features, resnetHead);
}
