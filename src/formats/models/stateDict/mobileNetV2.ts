import type { Architecture } from './architecture';
import { settled } from './choices';
import { addClassifier, type Head } from './classifier';
import type { TorchLayers } from './layers';

/** Strides of the 17 blocks, which torchvision numbers from 1. */
const strides = [1, 2, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

/** torchvision has dropout before its classifier. */
const head: Head = { names: ['classifier', 'head', 'fc'], usual: 'classifier.1', others: /^features\./ };

/** Widening (not in the first block), filtering of each channel and narrowing, and a path around where sizes fit. */
function addBlock(layers: TorchLayers, input: string, block: number, stride: number): string {
  const key = `features.${block}.conv`;
  const { convolution, batchNorm, activation, nodes, source } = layers;
  let x = input;
  let part = 0;
  if (source.has(`${key}.3.weight`)) {
    const wide = batchNorm(`${key}.0.1`, convolution(`${key}.0.0`, x, { size: 1 }));
    x = activation(`${key}.0.2`, wide, 'relu6');
    part = 1;
  }
  const filtered = convolution(`${key}.${part}.0`, x, { size: 3, stride, grouped: true });
  x = activation(`${key}.${part}.2`, batchNorm(`${key}.${part}.1`, filtered), 'relu6');
  x = batchNorm(`${key}.${part + 2}`, convolution(`${key}.${part + 1}`, x, { size: 1 }));
  const isSameSize = stride === 1 && nodes.shapeOf(input).at(-1) === nodes.shapeOf(x).at(-1);
  return isSameSize ? layers.add(`features.${block}.add`, [input, x]) : x;
}

function build(layers: TorchLayers, size: readonly [number, number]): string {
  const { convolution, batchNorm, activation, source } = layers;
  const [, channels = 0] = source.shapeOf('features.0.0.weight');
  const stem = convolution('features.0.0', layers.input(size, channels), { size: 3, stride: 2 });
  let x = activation('features.0.2', batchNorm('features.0.1', stem), 'relu6');
  for (const [at, stride] of strides.entries()) x = addBlock(layers, x, at + 1, stride);
  const last = strides.length + 1;
  x = batchNorm(`features.${last}.1`, convolution(`features.${last}.0`, x, { size: 1 }));
  const pooled = layers.globalAveragePool('avgpool', activation(`features.${last}.2`, x, 'relu6'));
  return addClassifier(layers, pooled, head);
}

/** MobileNetV2 of torchvision, of any width. Sandler et al., MobileNetV2: inverted residuals and linear bottlenecks, 2018. */
export const mobileNetV2: Architecture = {
  label: 'a MobileNetV2',
  matches: (source) => source.has('features.0.0.weight') && source.has('features.1.conv.0.0.weight'),
  designs: () => settled({ name: 'MobileNetV2', side: 224, notes: [], build }),
};
