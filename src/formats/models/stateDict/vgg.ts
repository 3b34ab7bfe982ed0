import { StudioError } from '../../../shared/failure';
import type { Architecture } from './architecture';
import { settled } from './choices';
import { addClassifier, classifierKey, type Head } from './classifier';
import { differs, type WeightSource } from './keys';
import type { TorchLayers } from './layers';

/** Convolutions between one max pooling and the next, by the number of layers with weights. */
const stagesOf: ReadonlyMap<number, readonly number[]> = new Map([
  [11, [1, 1, 2, 2, 2]],
  [13, [2, 2, 2, 2, 2]],
  [16, [2, 2, 3, 3, 3]],
  [19, [2, 2, 4, 4, 4]],
]);
/** Dense layers at the end, and what the image is brought to before them. */
const DENSE_LAYERS = 3;
const FINAL_SIDE = 7;
const HALVINGS = 5;

const head: Head = { names: ['classifier.6'], others: /^(features|classifier\.[03])\./ };

interface Vgg {
  readonly depth: number;
  readonly stages: readonly number[];
  readonly hasNorm: boolean;
}

function describe(source: WeightSource): Vgg {
  const convolutions = [...source.keys()].filter(
    (key) => /^features\.\d+\.weight$/.test(key) && source.shapeOf(key).length === 4,
  );
  const depth = convolutions.length + DENSE_LAYERS;
  const stages =
    stagesOf.get(depth) ??
    differs(source.file, `looks like a VGG, but has ${convolutions.length} convolutions instead of 8, 10, 13 or 16`);
  return { depth, stages, hasNorm: source.has('features.1.running_mean') };
}

/** torchvision brings the last image to 7x7 with an adaptive pooling, which is a plain one where the sides divide. */
function addFinalPool(layers: TorchLayers, input: string): string {
  const [height = 0, width = 0] = layers.nodes.shapeOf(input);
  const window = height / FINAL_SIDE;
  if (height !== width || !Number.isInteger(window)) {
    const step = FINAL_SIDE * 2 ** HALVINGS;
    throw new StudioError({
      code: 'bad-setting',
      message: `${layers.source.file} is a VGG, which cannot take this input size: its last image of ${height} x ${width} does not divide into ${FINAL_SIDE} x ${FINAL_SIDE}.`,
      remedy: `Choose a square input size of ${step} or a multiple of it.`,
    });
  }
  return window === 1 ? input : layers.averagePool('avgpool', input, window, window);
}

function build(layers: TorchLayers, size: readonly [number, number], { stages, hasNorm }: Vgg): string {
  const [, channels = 0] = layers.source.shapeOf('features.0.weight');
  let x = layers.input(size, channels);
  let index = 0;
  const next = (): string => {
    index += 1;
    return `features.${index - 1}`;
  };
  for (const convolutions of stages) {
    for (let each = 0; each < convolutions; each += 1) {
      x = layers.convolution(next(), x, { size: 3, bias: true });
      if (hasNorm) x = layers.batchNorm(next(), x);
      x = layers.activation(next(), x, 'relu');
    }
    x = layers.maxPool(next(), x, 2, 0);
  }
  x = layers.flatten('flatten', addFinalPool(layers, x));
  x = layers.activation('classifier.1', layers.linear('classifier.0', x), 'relu');
  x = layers.activation('classifier.4', layers.linear('classifier.3', x), 'relu');
  return addClassifier(layers, x, head);
}

/** VGG of torchvision, with and without batch norm. Simonyan and Zisserman, Very deep convolutional networks, 2015. */
export const vgg: Architecture = {
  label: 'a VGG',
  matches: (source) => source.shapeOf('features.0.weight').length === 4 && source.has('classifier.0.weight') && classifierKey(source, head) !== null, // prettier-ignore
  designs(source) {
    const network = describe(source);
    return settled({
      name: `VGG-${network.depth}${network.hasNorm ? '-BN' : ''}`,
      side: 224,
      notes: [
        'Assumed as in torchvision, because weights do not say it: max pooling with stride 2 after each stage, ReLU.',
      ],
      build: (layers, size) => build(layers, size, network),
    });
  },
};
