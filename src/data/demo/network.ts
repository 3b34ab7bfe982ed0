import type { NetworkSpec, NodeSpec, OpName, ParameterSpec, Preprocessing } from '../../formats/models/format';
import type { Rng } from '../../shared/rng';

/** Width and height of the network's input in pixels. */
export const inputSize = 56;

/** RGB values to about zero mean and unit spread. */
export const preprocessing: Preprocessing = { preset: 'own', mean: [0.45, 0.45, 0.45], std: [0.25, 0.25, 0.25] };

const widths = [16, 32, 64] as const;
const featureCount = 64;

const parameter = (name: string, ...shape: number[]): ParameterSpec => ({ name, shape, fileName: name });

/** A network while it is built; each of the functions below adds a node at its end and returns its name. */
type Graph = NodeSpec[];

const shapeOf = (graph: Graph, name: string): readonly number[] =>
  graph.find((node) => node.name === name)?.outputShape ?? [];

function append(graph: Graph, node: NodeSpec): string {
  graph.push(node);
  return node.name;
}

function image(graph: Graph): string {
  const shape = [inputSize, inputSize, 3] as const;
  return append(graph, {
    name: 'image',
    op: 'input',
    inputs: [],
    attributes: { shape },
    parameters: {},
    outputShape: shape,
  });
}

function conv(graph: Graph, name: string, input: string, filters: number, kernel: 1 | 3, stride: 1 | 2): string {
  const [height = 0, , channels = 0] = shapeOf(graph, input);
  const pad = (kernel - 1) / 2;
  const edge = Math.floor((height + 2 * pad - kernel) / stride) + 1;
  return append(graph, {
    name,
    op: 'conv2d',
    inputs: [input],
    outputShape: [edge, edge, filters],
    attributes: {
      strides: [stride, stride],
      dilations: [1, 1],
      groups: 1,
      padding: { top: pad, bottom: pad, left: pad, right: pad },
    },
    parameters: { kernel: parameter(`${name}/kernel`, kernel, kernel, channels, filters) },
  });
}

function batchNorm(graph: Graph, name: string, input: string): string {
  const outputShape = shapeOf(graph, input);
  const channels = outputShape.at(-1) ?? 0;
  return append(graph, {
    name,
    op: 'batchNorm',
    inputs: [input],
    outputShape,
    attributes: { epsilon: 1e-5, momentum: 0.9, unbiasedRunningVariance: true },
    parameters: {
      gamma: parameter(`${name}/gamma`, channels),
      beta: parameter(`${name}/beta`, channels),
      runningMean: parameter(`${name}/moving_mean`, channels),
      runningVariance: parameter(`${name}/moving_variance`, channels),
    },
  });
}

function relu(graph: Graph, name: string, input: string): string {
  const outputShape = shapeOf(graph, input);
  return append(graph, {
    name,
    op: 'activation',
    inputs: [input],
    attributes: { activation: 'relu' },
    parameters: {},
    outputShape,
  });
}

function add(graph: Graph, name: string, first: string, second: string): string {
  const outputShape = shapeOf(graph, first);
  return append(graph, { name, op: 'add', inputs: [first, second], attributes: {}, parameters: {}, outputShape });
}

function pool(graph: Graph, name: string, input: string): string {
  const outputShape = shapeOf(graph, input).slice(-1);
  return append(graph, {
    name,
    op: 'globalAvgPool',
    inputs: [input],
    attributes: { keepDims: false },
    parameters: {},
    outputShape,
  });
}

function dense(graph: Graph, name: string, input: string, units: number): string {
  const [from = 0] = shapeOf(graph, input);
  return append(graph, {
    name,
    op: 'dense',
    inputs: [input],
    attributes: {},
    outputShape: [units],
    parameters: { kernel: parameter(`${name}/kernel`, from, units), bias: parameter(`${name}/bias`, units) },
  });
}

/** Two 3x3 convolutions around which the input is carried; a 1x1 convolution carries it where the size changes. */
function residualBlock(graph: Graph, name: string, input: string, filters: number, stride: 1 | 2): string {
  const first = batchNorm(graph, `${name}_bn1`, conv(graph, `${name}_conv1`, input, filters, 3, stride));
  const second = conv(graph, `${name}_conv2`, relu(graph, `${name}_relu1`, first), filters, 3, 1);
  const main = batchNorm(graph, `${name}_bn2`, second);
  const carried =
    stride === 1
      ? input
      : batchNorm(graph, `${name}_carry_bn`, conv(graph, `${name}_carry`, input, filters, 1, stride));
  return relu(graph, `${name}_relu2`, add(graph, `${name}_add`, main, carried));
}

/**
 * The source model of the demo: a residual network with eight weighted layers in a row and batch norm after each
 * convolution and after the bottleneck (He et al. 2016, shrunk; bottleneck as in SHOT).
 */
export function demoNetwork(classCount: number): NetworkSpec {
  const nodes: Graph = [];
  const stem = batchNorm(nodes, 'stem_bn', conv(nodes, 'stem', image(nodes), widths[0], 3, 2));
  let top = relu(nodes, 'stem_relu', stem);
  for (const [index, filters] of widths.entries()) {
    top = residualBlock(nodes, `block${index + 1}`, top, filters, index === 0 ? 1 : 2);
  }
  const bottleneck = dense(nodes, 'bottleneck', pool(nodes, 'pool', top), featureCount);
  const features = batchNorm(nodes, 'bottleneck_bn', bottleneck);
  const classifier = dense(nodes, 'classifier', features, classCount);
  const outputShape = [classCount];
  append(nodes, {
    name: 'probabilities',
    op: 'softmax',
    inputs: [classifier],
    attributes: {},
    parameters: {},
    outputShape,
  });
  return {
    name: 'tabletop-resnet8',
    nodes,
    input: 'image',
    classifier,
    features,
    classCount,
    bottleneck: [bottleneck, features],
  };
}

/** Standard deviation of a kernel's start values (He et al. 2015); half as much where no rectifier follows. */
function spreadOf(op: OpName, shape: readonly number[]): number {
  const fanIn = shape.slice(0, -1).reduce((product, extent) => product * extent, 1);
  return Math.sqrt((op === 'conv2d' ? 2 : 1) / fanIn);
}

/** Start weights: normal kernels, batch norm as the identity, biases 0. */
export function initialWeights(spec: NetworkSpec, rng: Rng): Map<string, Float32Array> {
  const weights = new Map<string, Float32Array>();
  for (const node of spec.nodes) {
    for (const [role, entry] of Object.entries(node.parameters) as [string, ParameterSpec][]) {
      const length = entry.shape.reduce((product, extent) => product * extent, 1);
      const constant = role === 'gamma' || role === 'runningVariance' ? 1 : 0;
      const spread = role === 'kernel' ? spreadOf(node.op, entry.shape) : 0;
      weights.set(
        entry.name,
        Float32Array.from({ length }, () => (spread > 0 ? spread * rng.normal() : constant)),
      );
    }
  }
  return weights;
}
