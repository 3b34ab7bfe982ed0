import type { FileLayout, NodeSpec, Padding2D, ParameterSpec } from '../format';
import { convolutionLayout, depthwiseLayout, flattenedLinearLayout, linearLayout } from '../layout';
import { createNodes, windowedSize, type Nodes } from '../nodes';
import { createParameters, type Parameters } from '../parameters';
import { sizeOf, type StoredTensor } from '../storedTensor';
import { differs, type WeightSource } from './keys';

type Pair = readonly [number, number];

interface Convolution {
  /** Length of the square kernel. */
  readonly size: number;
  readonly stride?: number;
  /** Whether the number of groups is read from the kernel; it is 1 otherwise. */
  readonly grouped?: boolean;
  readonly bias?: boolean;
}

/** Layers of PyTorch, each by the key of its weights. All return the name of their node. */
export interface TorchLayers {
  readonly nodes: Nodes;
  readonly parameters: Parameters;
  readonly source: WeightSource;
  readonly input: (size: Pair, channels: number) => string;
  /** `nn.Conv2d` with the padding that keeps the size of the image at stride 1. */
  readonly convolution: (key: string, input: string, options: Convolution) => string;
  /** `nn.BatchNorm2d` and `nn.BatchNorm1d`. */
  readonly batchNorm: (key: string, input: string) => string;
  /** `nn.Linear`. */
  readonly linear: (key: string, input: string) => string;
  /** `nn.Linear` with its weights normalised; see {@link weightNormKeys}. */
  normedLinear(key: string, input: string): string;
  readonly activation: (name: string, input: string, activation: 'relu' | 'relu6') => string;
  add(name: string, inputs: readonly string[]): string;
  maxPool(name: string, input: string, size: number, padding: number): string;
  /** Without padding; a size of 1 only leaves out pixels. */
  averagePool(name: string, input: string, size: number, stride: number): string;
  globalAveragePool(name: string, input: string): string;
  flatten(name: string, input: string): string;
  padChannels(name: string, input: string, before: number, after: number): string;
}

type KeyPair = readonly [string, string];

/** Keys of gain and direction of a normalised layer, as old and new versions of PyTorch call them. */
export const weightNormKeys = (source: WeightSource, key: string): KeyPair | null =>
  [
    [`${key}.weight_g`, `${key}.weight_v`] as const,
    [`${key}.parametrizations.weight.original0`, `${key}.parametrizations.weight.original1`] as const,
  ].find(([gain]) => source.has(gain)) ?? null;

/** PyTorch's defaults, which no file states. */
const EPSILON = 1e-5;
const MOMENTUM = 0.9;

/** What every state dict leaves unsaid. */
export const DEFAULTS_NOTE =
  'A PyTorch file does not state epsilon and momentum of its batch-norm layers: the defaults 1e-5 and 0.1 are used.';

const evenPadding = (all: number): Padding2D => ({ top: all, bottom: all, left: all, right: all });

/** `[height, width, channels]` of a node's output. */
function imageOf(nodes: Nodes, node: string): readonly [number, number, number] {
  const [height = 0, width = 0, channels = 0] = nodes.shapeOf(node);
  return [height, width, channels];
}

/** What a convolution's kernel says about its groups. @throws StudioError 'bad-model' unless they come out even */
function groupsOf(source: WeightSource, key: string, channels: number): number {
  const [filters = 0, depth = 0] = source.shapeOf(key);
  const groups = channels / depth;
  if (Number.isInteger(groups) && groups >= 1 && filters % groups === 0) return groups;
  return differs(source.file, `has the weight ${key} of the shape [${source.shapeOf(key).join(', ')}], which does not fit ${channels} channels`); // prettier-ignore
}

interface Kit {
  readonly nodes: Nodes;
  readonly parameters: Parameters;
  readonly source: WeightSource;
  /** A vector of weights. */
  vector(node: string, role: string, key: string, length: number): ParameterSpec;
}

function addConvolution(kit: Kit, key: string, input: string, options: Convolution): string {
  const { nodes, parameters, source } = kit;
  const { size, stride = 1, grouped = false, bias = false } = options;
  const [height, width, channels] = imageOf(nodes, input);
  const groups = grouped ? groupsOf(source, `${key}.weight`, channels) : 1;
  const tensor = source.take(`${key}.weight`, [null, channels / groups, size, size]);
  const [filters = 0] = tensor.shape;
  const padding = evenPadding((size - 1) / 2);
  const strides: Pair = [stride, stride];
  const output = windowedSize([height, width], { size: [size, size], strides, padding });
  const common = { name: key, inputs: [input], outputShape: [...output, filters] };
  const kernel = (shape: readonly number[], layout: FileLayout): ParameterSpec =>
    parameters.add(`${key}/kernel`, tensor, shape, layout);
  const withBias = bias ? { bias: kit.vector(key, 'bias', `${key}.bias`, filters) } : {};
  if (groups > 1 && groups === channels) {
    const shape = [size, size, channels, filters / channels];
    return nodes.add({
      ...common,
      op: 'depthwiseConv2d',
      attributes: { strides, dilations: [1, 1], padding },
      parameters: { kernel: kernel(shape, depthwiseLayout(tensor.shape, channels)), ...withBias },
    });
  }
  const shape = [size, size, channels / groups, filters];
  return nodes.add({
    ...common,
    op: 'conv2d',
    attributes: { strides, dilations: [1, 1], padding, groups },
    parameters: { kernel: kernel(shape, convolutionLayout(tensor.shape)), ...withBias },
  });
}

function addBatchNorm(kit: Kit, key: string, input: string): string {
  const { nodes, parameters, source } = kit;
  const shape = nodes.shapeOf(input);
  const channels = shape.at(-1) ?? 0;
  if (source.has(`${key}.weight`) && !source.has(`${key}.running_mean`)) {
    differs(source.file, `has no running statistics for the batch-norm layer ${key} (track_running_stats=False), which adaptation starts from`); // prettier-ignore
  }
  const isAffine = source.has(`${key}.weight`) || source.has(`${key}.bias`);
  const variance = source.take(`${key}.running_var`, [channels]);
  return nodes.add({
    name: key,
    op: 'batchNorm',
    inputs: [input],
    attributes: { epsilon: EPSILON, momentum: MOMENTUM, unbiasedRunningVariance: true },
    parameters: {
      ...(isAffine && {
        gamma: kit.vector(key, 'gamma', `${key}.weight`, channels),
        beta: kit.vector(key, 'beta', `${key}.bias`, channels),
      }),
      runningMean: kit.vector(key, 'mean', `${key}.running_mean`, channels),
      runningVariance: parameters.addVariance(`${key}/variance`, variance, [channels]),
    },
    outputShape: shape,
  });
}

/** The layer in front of a dense one and the layout of its kernel `[out, in]`: images were flattened channels first. */
function denseInput(nodes: Nodes, input: string, tensor: StoredTensor): { input: string; layout: FileLayout } {
  const before = nodes.nodes.find(({ name }) => name === input);
  if (before?.op !== 'flatten') return { input, layout: linearLayout(tensor.shape) };
  const layout = flattenedLinearLayout(tensor.shape[0] ?? 0, imageOf(nodes, before.inputs[0] ?? ''));
  return { input, layout };
}

function addLinear(kit: Kit, key: string, input: string): string {
  const { nodes, parameters, source } = kit;
  const [features = 0] = nodes.shapeOf(input);
  const tensor = source.take(`${key}.weight`, [null, features]);
  const [units = 0] = tensor.shape;
  const { layout } = denseInput(nodes, input, tensor);
  return nodes.add({
    name: key,
    op: 'dense',
    inputs: [input],
    attributes: {},
    parameters: {
      kernel: parameters.add(`${key}/kernel`, tensor, [features, units], layout),
      ...(source.has(`${key}.bias`) && { bias: kit.vector(key, 'bias', `${key}.bias`, units) }),
    },
    outputShape: [units],
  });
}

function addNormedLinear(kit: Kit, key: string, input: string): string {
  const { nodes, parameters, source } = kit;
  const [features = 0] = nodes.shapeOf(input);
  const [gainKey, directionKey] = weightNormKeys(source, key) ?? [`${key}.weight_g`, `${key}.weight_v`];
  const direction = source.take(directionKey, [null, features]);
  const [units = 0] = direction.shape;
  const gain = source.take(gainKey, [units, 1]);
  return nodes.add({
    name: key,
    op: 'weightNormDense',
    inputs: [input],
    attributes: {},
    parameters: {
      direction: parameters.add(`${key}/direction`, direction, [features, units], linearLayout(direction.shape)),
      gain: parameters.add(`${key}/gain`, gain, [units]),
      ...(source.has(`${key}.bias`) && { bias: kit.vector(key, 'bias', `${key}.bias`, units) }),
    },
    outputShape: [units],
  });
}

/** Nodes without weights. */
function plainLayers(nodes: Nodes): Omit<
  TorchLayers,
  'nodes' | 'parameters' | 'source' | 'convolution' | 'batchNorm' | 'linear' | 'normedLinear'
> {
  const none = { parameters: {} } as const;
  const add = (node: NodeSpec): string => nodes.add(node);
  const square = (length: number): Pair => [length, length];
  return {
    input: (size, channels) =>
      add({ name: 'image', op: 'input', inputs: [], attributes: { shape: [...size, channels] }, ...none, outputShape: [...size, channels] }),
    activation: (name, input, activation) =>
      add({ name, op: 'activation', inputs: [input], attributes: { activation }, ...none, outputShape: nodes.shapeOf(input) }),
    add: (name, inputs) =>
      add({ name, op: 'add', inputs, attributes: {}, ...none, outputShape: nodes.shapeOf(inputs[0] ?? '') }),
    maxPool(name, input, size, border) {
      const [height, width, channels] = imageOf(nodes, input);
      const windows = { size: square(size), strides: square(2), padding: evenPadding(border) };
      const outputShape = [...windowedSize([height, width], windows), channels];
      return add({ name, op: 'maxPool', inputs: [input], attributes: windows, ...none, outputShape });
    },
    averagePool(name, input, size, stride) {
      const [height, width, channels] = imageOf(nodes, input);
      const windows = { size: square(size), strides: square(stride), padding: evenPadding(0), countPadding: false };
      const outputShape = [...windowedSize([height, width], windows), channels];
      return add({ name, op: 'avgPool', inputs: [input], attributes: windows, ...none, outputShape });
    },
    globalAveragePool: (name, input) =>
      add({ name, op: 'globalAvgPool', inputs: [input], attributes: { keepDims: false }, ...none, outputShape: imageOf(nodes, input).slice(2) }),
    flatten: (name, input) =>
      add({ name, op: 'flatten', inputs: [input], attributes: {}, ...none, outputShape: [sizeOf(nodes.shapeOf(input))] }),
    padChannels(name, input, before, after) {
      const [height, width, channels] = imageOf(nodes, input);
      const outputShape = [height, width, channels + before + after];
      return add({ name, op: 'padChannels', inputs: [input], attributes: { before, after }, ...none, outputShape });
    },
  };
} // prettier-ignore

/** A network under construction from a state dict. */
export function createTorchLayers(source: WeightSource): TorchLayers {
  const nodes = createNodes();
  const parameters = createParameters();
  const vector: Kit['vector'] = (node, role, key, length) =>
    parameters.add(`${node}/${role}`, source.take(key, [length]), [length]);
  const kit = { nodes, parameters, source, vector };
  return {
    ...plainLayers(nodes),
    nodes,
    parameters,
    source,
    convolution: (key, input, options) => addConvolution(kit, key, input, options),
    batchNorm: (key, input) => addBatchNorm(kit, key, input),
    linear: (key, input) => addLinear(kit, key, input),
    normedLinear: (key, input) => addNormedLinear(kit, key, input),
  };
}
