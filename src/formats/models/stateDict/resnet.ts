import { StudioError } from '../../../shared/failure';
import type { Architecture, Design } from './architecture';
import { combined, labelOf, settled, type Question } from './choices';
import { differs, type WeightSource } from './keys';
import type { TorchLayers } from './layers';
import { requirePostActivation } from './preActivation';
import { addHead } from './resnetHead';
import { shortcutQuestion, stemQuestion, type FreeShortcut, type Stem } from './resnetQuestions';

/** What the keys and shapes of a residual network say about it. */
interface ResNet {
  /** Number of blocks in each stage. */
  readonly stages: readonly number[];
  readonly isBottleneck: boolean;
  /** Length of the stem's kernel. */
  readonly stemSize: number;
  readonly channels: number;
}

const MOST_BLOCKS = 1000;

/** How many numbered parts there are. */
function count(exists: (index: number) => boolean): number {
  let found = 0;
  while (found < MOST_BLOCKS && exists(found)) found += 1;
  return found;
}

function describe(source: WeightSource): ResNet {
  const stageCount = count((stage) => source.has(`layer${stage + 1}.0.conv1.weight`));
  const stages = Array.from({ length: stageCount }, (_, stage) =>
    count((block) => source.has(`layer${stage + 1}.${block}.conv1.weight`)),
  );
  const [, channels = 0, stemSize = 0] = source.shapeOf('conv1.weight');
  return { stages, isBottleneck: source.has('layer1.0.conv3.weight'), stemSize, channels };
}

/** Prefix of a block's shortcut with weights, as torchvision and other programs call it; null without. */
function shortcutKey(source: WeightSource, block: string): string | null {
  return ['downsample', 'shortcut'].map((name) => `${block}.${name}`).find((key) => source.has(`${key}.0.weight`)) ?? null;
} // prettier-ignore

/** Channels `[in, out]` of the shortcuts that change the image without weights. */
function freeShortcuts(source: WeightSource, net: ResNet): readonly (readonly [number, number])[] {
  const last = net.isBottleneck ? 'conv3' : 'conv2';
  let channels = source.shapeOf('conv1.weight')[0] ?? 0;
  return net.stages.flatMap((blocks, stage) => {
    const block = `layer${stage + 1}.0`;
    const before = channels;
    channels = source.shapeOf(`layer${stage + 1}.${blocks - 1}.${last}.weight`)[0] ?? 0;
    const changes = stage > 0 || before !== channels;
    return changes && !shortcutKey(source, block) ? [[before, channels] as const] : [];
  });
}

const questionsOf = (source: WeightSource, net: ResNet): Question<readonly [Stem, FreeShortcut]> => {
  const free = freeShortcuts(source, net);
  return combined(stemQuestion(source, source.shapeOf('conv1.weight')), free.length > 0 ? shortcutQuestion(source, free) : settled('none')); // prettier-ignore
};

interface Block {
  readonly key: string;
  readonly stride: number;
  readonly isBottleneck: boolean;
  readonly shortcut: FreeShortcut;
}

/** The path around a block. */
function addShortcut(layers: TorchLayers, input: string, out: number, { key, stride, shortcut }: Block): string {
  const { nodes, source } = layers;
  const named = shortcutKey(source, key);
  if (named) {
    return layers.batchNorm(`${named}.1`, layers.convolution(`${named}.0`, input, { size: 1, stride }));
  }
  const channels = nodes.shapeOf(input).at(-1) ?? 0;
  if (channels === out && stride === 1) return input;
  if (shortcut === 'none') return differs(source.file, `looks like a ResNet, but its block ${key} has no shortcut that fits`); // prettier-ignore
  const isPooled = shortcut.startsWith('pooled');
  const smaller = stride === 1 ? input : layers.averagePool(`${key}.subsample`, input, isPooled ? stride : 1, stride);
  if (channels === out) return smaller;
  const before = shortcut.endsWith('both') ? (out - channels) / 2 : 0;
  return layers.padChannels(`${key}.zeros`, smaller, before, out - channels - before);
} // prettier-ignore

/** @throws StudioError unless a block and its shortcut give images of the same shape */
function requireSameShape({ nodes, source }: TorchLayers, x: string, around: string, key: string): void {
  const [own, other] = [nodes.shapeOf(x), nodes.shapeOf(around)];
  if (own[2] !== other[2]) {
    differs(source.file, `looks like a ResNet, but the shortcut of its block ${key} gives ${other[2]} channels where ${own[2]} are needed`); // prettier-ignore
  }
  if (own[0] === other[0] && own[1] === other[1]) return;
  throw new StudioError({
    code: 'bad-setting',
    message: `${source.file} cannot take this input size: the shortcut of its block ${key} gives an image of ${other[0]} x ${other[1]} where ${own[0]} x ${own[1]} is needed.`,
    remedy: 'Choose an input size that is halved without a remainder at every stage, such as 32 or 224.',
  });
}

/** Two or three convolutions and a path around them. */
function addBlock(layers: TorchLayers, input: string, block: Block): string {
  const { key, stride, isBottleneck } = block;
  const { convolution, batchNorm, activation } = layers;
  const relu = (part: number, x: string): string => activation(`${key}.relu${part}`, x, 'relu');
  const first = isBottleneck ? { size: 1 } : { size: 3, stride };
  let x = relu(1, batchNorm(`${key}.bn1`, convolution(`${key}.conv1`, input, first)));
  const second = isBottleneck ? { size: 3, stride, grouped: true } : { size: 3 };
  x = batchNorm(`${key}.bn2`, convolution(`${key}.conv2`, x, second));
  if (isBottleneck) x = batchNorm(`${key}.bn3`, convolution(`${key}.conv3`, relu(2, x), { size: 1 }));
  const around = addShortcut(layers, input, layers.nodes.shapeOf(x).at(-1) ?? 0, block);
  requireSameShape(layers, x, around, key);
  return relu(isBottleneck ? 3 : 2, layers.add(`${key}.add`, [x, around]));
}

function addStem(layers: TorchLayers, net: ResNet, stem: Stem, size: readonly [number, number]): string {
  const image = layers.input(size, net.channels);
  const options = { size: net.stemSize, stride: stem === 'stride1' ? 1 : 2 };
  const x = layers.activation('relu', layers.batchNorm('bn1', layers.convolution('conv1', image, options)), 'relu');
  return stem === 'stride2-pool' ? layers.maxPool('maxpool', x, 3, 1) : x;
}

function nameOf(source: WeightSource, net: ResNet): string {
  const depth = 2 + net.stages.reduce((sum, blocks) => sum + blocks, 0) * (net.isBottleneck ? 3 : 2);
  if (!net.isBottleneck) return `ResNet-${depth}`;
  const [width = 0, ofGroup = 0] = source.shapeOf('layer1.0.conv2.weight');
  const [out = 0, ofWidth = 0] = source.shapeOf('layer1.0.conv3.weight');
  const groups = ofWidth / ofGroup;
  if (groups > 1) return `ResNeXt-${depth} ${groups}x${ofGroup}d`;
  return width * 4 > out ? `Wide ResNet-${depth}` : `ResNet-${depth}`;
}

/** Of a stage's first block; every other has stride 1. */
const strideOf = (stage: number): number => (stage > 0 ? 2 : 1);

/** @param chosen what a person decided; empty where the file says everything */
function notesOf(net: ResNet, chosen: string): readonly string[] {
  const stem = chosen ? '' : 'stride 2 in the first convolution and max pooling after it, ';
  const strides = net.stages.map((_, stage) => strideOf(stage)).join(', ');
  const placement = net.isBottleneck ? ' (in the 3x3 convolution of its first block)' : '';
  const assumed = `Assumed as in torchvision, because weights do not say it: ${stem}stride ${strides} in the stages${placement}, no dilation, ReLU.`;
  return [assumed, ...(chosen ? [`As chosen: ${chosen}.`] : [])];
}

/** Adds everything before the head. */
function addFeatures(layers: TorchLayers, net: ResNet, image: string, shortcut: FreeShortcut): string {
  let x = image;
  for (const [stage, blocks] of net.stages.entries()) {
    for (let block = 0; block < blocks; block += 1) {
      const stride = block === 0 ? strideOf(stage) : 1;
      x = addBlock(layers, x, { key: `layer${stage + 1}.${block}`, stride, isBottleneck: net.isBottleneck, shortcut });
    }
  }
  return layers.globalAveragePool('avgpool', x);
}

/**
 * Residual networks as torchvision names them (ResNet, ResNeXt, Wide ResNet), and those for CIFAR with any number of
 * blocks. He et al., Deep residual learning for image recognition, 2016.
 */
export const resnet: Architecture = {
  label: 'a ResNet',
  matches: (source) => source.has('conv1.weight') && source.has('layer1.0.conv1.weight'),
  designs(source) {
    const net = describe(source);
    const blocks = net.stages.flatMap((length, stage) => Array.from({ length }, (_, block) => `layer${stage + 1}.${block}`)); // prettier-ignore
    requirePostActivation(source, blocks);
    const { answers } = questionsOf(source, net);
    const designs = answers.map(({ said, value: [stem, shortcut] }) => ({
      said,
      value: {
        name: nameOf(source, net),
        side: stem === 'stride1' ? 32 : 224,
        notes: notesOf(net, labelOf(said)),
        build: (layers, size) => addHead(layers, addFeatures(layers, net, addStem(layers, net, stem, size), shortcut)),
      } satisfies Design,
    }));
    return { answers: designs };
  },
};
