import type { NetworkSpec, NodeSpec, ParameterSpec } from '../formats/models/format';
import type { Rng } from '../shared/rng';

/** A network with random weights. */
export interface RandomNetwork {
  readonly spec: NetworkSpec;
  readonly weights: ReadonlyMap<string, Float32Array>;
}

/** A network being built; its nodes so far are its only state. */
interface Draft {
  readonly rng: Rng;
  readonly nodes: NodeSpec[];
  readonly weights: Map<string, Float32Array>;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const symmetric = (pad: number) => ({ top: pad, bottom: pad, left: pad, right: pad });

function parameter(draft: Draft, name: string, shape: readonly number[], value: () => number): ParameterSpec {
  draft.weights.set(name, Float32Array.from({ length: sizeOf(shape) }, value));
  return { name, shape, fileName: name };
}

/** He's initialisation; uniform numbers, which cost less than normal ones. */
function weight(draft: Draft, name: string, shape: readonly number[], inputs: number): ParameterSpec {
  const bound = Math.sqrt(6 / inputs);
  return parameter(draft, name, shape, () => bound * (2 * draft.rng.next() - 1));
}

function shapeOf(draft: Draft, name: string): readonly number[] {
  const node = draft.nodes.find((candidate) => candidate.name === name);
  if (!node) throw new Error(`There is no node ${name}.`);
  return node.outputShape;
}

function push(draft: Draft, node: NodeSpec): string {
  draft.nodes.push(node);
  return node.name;
}

const slide = (extent: number, size: number, stride: number): number =>
  Math.floor((extent + 2 * Math.floor(size / 2) - size) / stride) + 1;

interface Window {
  readonly size: number;
  readonly stride: number;
}

/** Output height and width of a window with PyTorch's symmetric padding. */
function slideOver(draft: Draft, input: string, { size, stride }: Window): [number, number, number] {
  const [height = 0, width = 0, channels = 0] = shapeOf(draft, input);
  return [slide(height, size, stride), slide(width, size, stride), channels];
}

function convolution(draft: Draft, input: string, name: string, window: Window & { channels: number }): string {
  const { size, stride, channels } = window;
  const [height, width, inputs] = slideOver(draft, input, window);
  return push(draft, {
    ...{ name, op: 'conv2d', inputs: [input], outputShape: [height, width, channels] },
    attributes: {
      strides: [stride, stride],
      dilations: [1, 1],
      padding: symmetric(Math.floor(size / 2)),
      groups: 1,
    },
    parameters: { kernel: weight(draft, `${name}.weight`, [size, size, inputs, channels], size * size * inputs) },
  });
}

function depthwise(draft: Draft, input: string, name: string, stride: number): string {
  const [height, width, channels] = slideOver(draft, input, { size: 3, stride });
  return push(draft, {
    ...{ name, op: 'depthwiseConv2d', inputs: [input], outputShape: [height, width, channels] },
    attributes: { strides: [stride, stride], dilations: [1, 1], padding: symmetric(1) },
    parameters: { kernel: weight(draft, `${name}.weight`, [3, 3, channels, 1], 9) },
  });
}

function batchNorm(draft: Draft, input: string): string {
  const name = `${input}.bn`;
  const shape = shapeOf(draft, input);
  const channels = [shape.at(-1) ?? 0];
  const near = (part: string, center: number): ParameterSpec =>
    parameter(draft, `${name}.${part}`, channels, () => center + 0.2 * (draft.rng.next() - 0.5));
  return push(draft, {
    ...{ name, op: 'batchNorm', inputs: [input], outputShape: shape },
    attributes: { epsilon: 1e-5, momentum: 0.9, unbiasedRunningVariance: true },
    parameters: {
      gamma: near('weight', 1),
      beta: near('bias', 0),
      runningMean: near('running_mean', 0),
      runningVariance: near('running_var', 1),
    },
  });
}

function relu(draft: Draft, input: string, maxValue?: number): string {
  return push(draft, {
    ...{ name: `${input}.relu`, op: 'activation', inputs: [input], outputShape: shapeOf(draft, input) },
    attributes: { activation: 'relu', ...(maxValue !== undefined && { maxValue }) },
    parameters: {},
  });
}

const convBnRelu = (draft: Draft, input: string, name: string, window: Window & { channels: number }): string =>
  relu(draft, batchNorm(draft, convolution(draft, input, name, window)));

function add(draft: Draft, inputs: readonly [string, string], name: string): string {
  return push(draft, {
    ...{ name, op: 'add', inputs, outputShape: shapeOf(draft, inputs[0]) },
    attributes: {},
    parameters: {},
  });
}

/** The input, projected where its shape differs from that of the block's output. */
function shortcut(draft: Draft, input: string, name: string, window: { channels: number; stride: number }): string {
  const { channels, stride } = window;
  if (stride === 1 && shapeOf(draft, input).at(-1) === channels) return input;
  return batchNorm(draft, convolution(draft, input, `${name}.shortcut`, { size: 1, stride, channels }));
}

type Block = (draft: Draft, input: string, name: string, window: { channels: number; stride: number }) => string;

const basicBlock: Block = (draft, input, name, { channels, stride }) => {
  const first = convBnRelu(draft, input, `${name}.conv1`, { size: 3, stride, channels });
  const second = batchNorm(draft, convolution(draft, first, `${name}.conv2`, { size: 3, stride: 1, channels }));
  return relu(draft, add(draft, [second, shortcut(draft, input, name, { channels, stride })], name));
};

/** Of ResNet-50: the stride is in the 3x3, and the output has four times the channels. */
const bottleneckBlock: Block = (draft, input, name, { channels, stride }) => {
  const narrow = convBnRelu(draft, input, `${name}.conv1`, { size: 1, stride: 1, channels });
  const middle = convBnRelu(draft, narrow, `${name}.conv2`, { size: 3, stride, channels });
  const wide = { size: 1, stride: 1, channels: 4 * channels };
  const last = batchNorm(draft, convolution(draft, middle, `${name}.conv3`, wide));
  return relu(draft, add(draft, [last, shortcut(draft, input, name, { channels: 4 * channels, stride })], name));
};

/** Of MobileNetV2: expansion by six, depthwise, linear projection. */
const invertedBlock: Block = (draft, input, name, { channels, stride }) => {
  const inputs = shapeOf(draft, input).at(-1) ?? 0;
  const expand = { size: 1, stride: 1, channels: 6 * inputs };
  const wide = relu(draft, batchNorm(draft, convolution(draft, input, `${name}.expand`, expand)), 6);
  const filtered = relu(draft, batchNorm(draft, depthwise(draft, wide, `${name}.depthwise`, stride)), 6);
  const project = { size: 1, stride: 1, channels };
  const narrow = batchNorm(draft, convolution(draft, filtered, `${name}.project`, project));
  return stride === 1 && inputs === channels ? add(draft, [narrow, input], name) : narrow;
};

function maxPool(draft: Draft, input: string): string {
  return push(draft, {
    ...{ name: 'pool', op: 'maxPool', inputs: [input], parameters: {} },
    attributes: { size: [3, 3], strides: [2, 2], padding: symmetric(1) },
    outputShape: slideOver(draft, input, { size: 3, stride: 2 }),
  });
}

const classCount = 10;

/** Global pool, bottleneck with batch norm, weight-normalised classifier: as SHOT and SOCKET end their networks. */
function finish(draft: Draft, name: string, last: string, features: number): RandomNetwork {
  const channels = shapeOf(draft, last).at(-1) ?? 0;
  const plain = { attributes: {}, parameters: {} };
  const pooled = push(draft, {
    ...{ ...plain, name: 'average', op: 'globalAvgPool', inputs: [last] },
    ...{ attributes: { keepDims: false }, outputShape: [channels] },
  });
  const dense = push(draft, {
    ...{ ...plain, name: 'bottleneck', op: 'dense', inputs: [pooled], outputShape: [features] },
    parameters: {
      kernel: weight(draft, 'bottleneck.weight', [channels, features], channels),
      bias: parameter(draft, 'bottleneck.bias', [features], () => 0),
    },
  });
  const normalized = batchNorm(draft, dense);
  const classifier = push(draft, {
    ...{ ...plain, name: 'classifier', op: 'weightNormDense', inputs: [normalized], outputShape: [classCount] },
    parameters: {
      direction: weight(draft, 'classifier.direction', [features, classCount], features),
      gain: parameter(draft, 'classifier.gain', [classCount], () => 1),
      bias: parameter(draft, 'classifier.bias', [classCount], () => 0),
    },
  });
  const ends = { input: 'image', classifier, features: normalized, bottleneck: [dense, normalized], classCount };
  return { spec: { name, nodes: draft.nodes, ...ends }, weights: draft.weights };
}

function start(edge: number, rng: Rng): Draft {
  const shape = [edge, edge, 3] as const;
  const input: NodeSpec = {
    ...{ name: 'image', op: 'input', inputs: [], parameters: {}, outputShape: shape },
    attributes: { shape },
  };
  return { rng, nodes: [input], weights: new Map() };
}

/** Stages of blocks, each `[channels, stride of its first block, blocks]`. */
function stages(draft: Draft, from: string, block: Block, table: readonly (readonly number[])[]): string {
  let last = from;
  for (const [stage, [channels = 0, stride = 1, blocks = 1]] of table.entries()) {
    for (let at = 0; at < blocks; at++) {
      last = block(draft, last, `stage${stage + 1}.${at}`, { channels, stride: at === 0 ? stride : 1 });
    }
  }
  return last;
}

/** The networks by name. */
export const networks = {
  /** Five convolutions: the small CNN. */
  tiny: (edge: number, rng: Rng) => {
    const draft = start(edge, rng);
    const table = [[32, 2], [64, 2], [64, 1], [128, 2], [128, 1]] as const; // prettier-ignore
    const last = table.reduce(
      (input, [channels, stride], at) => convBnRelu(draft, input, `conv${at + 1}`, { size: 3, stride, channels }),
      'image',
    );
    return finish(draft, 'tiny', last, 64);
  },
  /** He's network for small images with one block a stage; its first convolution has stride 2. */
  resnet8: (edge: number, rng: Rng) => {
    const draft = start(edge, rng);
    const stem = convBnRelu(draft, 'image', 'conv1', { size: 3, stride: 2, channels: 16 });
    return finish(draft, 'resnet8', stages(draft, stem, basicBlock, [[16, 1, 1], [32, 2, 1], [64, 2, 1]]), 64); // prettier-ignore
  },
  resnet18: (edge: number, rng: Rng) => {
    const draft = start(edge, rng);
    const stem = maxPool(draft, convBnRelu(draft, 'image', 'conv1', { size: 7, stride: 2, channels: 64 }));
    const table = [[64, 1, 2], [128, 2, 2], [256, 2, 2], [512, 2, 2]] as const; // prettier-ignore
    return finish(draft, 'resnet18', stages(draft, stem, basicBlock, table), 256);
  },
  resnet50: (edge: number, rng: Rng) => {
    const draft = start(edge, rng);
    const stem = maxPool(draft, convBnRelu(draft, 'image', 'conv1', { size: 7, stride: 2, channels: 64 }));
    const table = [[64, 1, 3], [128, 2, 4], [256, 2, 6], [512, 2, 3]] as const; // prettier-ignore
    return finish(draft, 'resnet50', stages(draft, stem, bottleneckBlock, table), 256);
  },
  /** The first blocks of MobileNetV2. */
  mobilenet: (edge: number, rng: Rng) => {
    const draft = start(edge, rng);
    const stem = convBnRelu(draft, 'image', 'conv1', { size: 3, stride: 2, channels: 16 });
    return finish(draft, 'mobilenet', stages(draft, stem, invertedBlock, [[24, 2, 2], [32, 2, 2]]), 64); // prettier-ignore
  },
} as const satisfies Record<string, (edge: number, rng: Rng) => RandomNetwork>;

export type NetworkName = keyof typeof networks;
