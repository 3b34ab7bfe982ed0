import type { Architecture, Design } from './architecture';
import { labelOf, type Question } from './choices';
import { addClassifier, type Head } from './classifier';
import type { TorchLayers } from './layers';

/** Strides of the first convolution and of the second stage. Programs for small images halve them less. */
interface Strides {
  readonly stem: number;
  readonly second: number;
}

const strideQuestion: Question<Strides> = {
  answers: [
    {
      said: [
        {
          id: 'strides:2-2',
          label: 'Stride 2 in the first convolution and in the second stage (torchvision, usual)',
          help: 'Every MobileNetV2 for images of 224 x 224, and those that were trained on from it.',
        },
      ],
      value: { stem: 2, second: 2 },
    },
    {
      said: [
        {
          id: 'strides:1-2',
          label: 'Stride 1 in the first convolution, stride 2 in the second stage',
          help: 'Some programs for images of 32 x 32: stride=1 in features[0], [6, 24, 2, 2] in the list of stages.',
        },
      ],
      value: { stem: 1, second: 2 },
    },
    {
      said: [
        {
          id: 'strides:1-1',
          label: 'Stride 1 in both (usual for images of 32 x 32, such as CIFAR)',
          help: 'stride=1 in features[0], [6, 24, 2, 1] in the list of stages.',
        },
      ],
      value: { stem: 1, second: 1 },
    },
  ],
};

/** Strides of the 17 blocks, which torchvision numbers from 1. */
const blockStrides = (second: number): readonly number[] => [1, second, 1, 2, 1, 1, 2, 1, 1, 1, 1, 1, 1, 2, 1, 1, 1];

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

function build(layers: TorchLayers, size: readonly [number, number], { stem, second }: Strides): string {
  const { convolution, batchNorm, activation, source } = layers;
  const [, channels = 0] = source.shapeOf('features.0.0.weight');
  const first = convolution('features.0.0', layers.input(size, channels), { size: 3, stride: stem });
  let x = activation('features.0.2', batchNorm('features.0.1', first), 'relu6');
  const strides = blockStrides(second);
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
  designs: () => ({
    answers: strideQuestion.answers.map(({ said, value }) => ({
      said,
      value: {
        name: 'MobileNetV2',
        side: value.stem === 1 ? 32 : 224,
        notes: [
          'Assumed as in torchvision, because weights do not say it: stride 2 in the stages 3, 4 and 6 and 1 in the others, no dilation, ReLU6.',
          `As chosen: ${labelOf(said)}.`,
        ],
        build: (layers, size) => build(layers, size, value),
      } satisfies Design,
    })),
  }),
};
