import { StudioError } from '../../../shared/failure';
import type { ParameterSpec } from '../format';
import { booleanOption, integerOption, numberOption, numbersOption, own, pairOption } from '../json';
import { fusedActivation } from './activations';
import { imageShape, noPadding, onlyInput, slide, unsupported, type Windows } from './geometry';
import type { Graph } from './graph';
import type { LayerReader } from './layerReader';
import type { KerasLayer } from './topology';

function windowsOf(layer: KerasLayer): Windows {
  const windows = {
    size: pairOption(layer, 'kernel_size'),
    strides: pairOption(layer, 'strides', [1, 1]),
    dilations: pairOption(layer, 'dilation_rate', [1, 1]),
  };
  const [strided, dilated] = [windows.strides, windows.dilations].map((pair) => pair.some((length) => length > 1));
  if (strided && dilated) unsupported(layer, 'has both strides and a dilation');
  return windows;
}

function biasOf(layer: KerasLayer, node: string, channels: number, graph: Graph): { bias?: ParameterSpec } {
  if (!booleanOption(layer, 'use_bias', true)) return {};
  return { bias: graph.parameter(layer, node, ['bias'], [channels]) };
}

/** What LoRA added counts; `.keras` files hold the sum of both, other files hold them apart. */
function refuseSeparateLora(layer: KerasLayer, graph: Graph): void {
  if (!graph.constant(layer, 'lora_kernel_b')) return;
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${layer.layer} (${layer.className}) keeps what LoRA added apart from its kernel, which is not supported.`,
    remedy: 'Save the model with model.save("model.keras"), which adds both up.',
  });
}

const conv2d: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const windows = windowsOf(layer);
  const filters = integerOption(layer, 'filters');
  const groups = integerOption(layer, 'groups', 1);
  if (channels % groups !== 0 || filters % groups !== 0)
    unsupported(layer, `splits ${channels} channels into ${groups} groups`);
  const { padding, output } = slide(layer, [height, width], windows);
  refuseSeparateLora(layer, graph);
  const name = graph.nameFor(layer);
  const kernel = graph.parameter(layer, name, ['kernel'], [...windows.size, channels / groups, filters]);
  graph.add({
    name,
    op: 'conv2d',
    inputs: [onlyInput(layer, inputs)],
    attributes: { strides: windows.strides, dilations: windows.dilations, padding, groups },
    parameters: { kernel, ...biasOf(layer, name, filters, graph) },
    outputShape: [...output, filters],
  });
  return fusedActivation(layer, name, graph);
};

/** One filter bank a channel. `name` is the node's; Keras 3 calls the weight just `kernel`. */
function addDepthwise(layer: KerasLayer, input: string, graph: Graph, name: string, withBias: boolean): string {
  const [height, width, channels] = imageShape(layer, [input], graph);
  const windows = windowsOf(layer);
  const multiplier = integerOption(layer, 'depth_multiplier', 1);
  const { padding, output } = slide(layer, [height, width], windows);
  const keys = ['depthwise_kernel', 'kernel'];
  const kernel = graph.parameter(layer, name, keys, [...windows.size, channels, multiplier]);
  return graph.add({
    name,
    op: 'depthwiseConv2d',
    inputs: [input],
    attributes: { strides: windows.strides, dilations: windows.dilations, padding },
    parameters: { kernel, ...(withBias ? biasOf(layer, name, channels * multiplier, graph) : {}) },
    outputShape: [...output, channels * multiplier],
  });
}

const depthwiseConv2d: LayerReader = (layer, inputs, graph) =>
  fusedActivation(layer, addDepthwise(layer, onlyInput(layer, inputs), graph, graph.nameFor(layer), true), graph);

/** A depthwise convolution and then a 1x1 convolution with the bias. */
const separableConv2d: LayerReader = (layer, inputs, graph) => {
  const filters = integerOption(layer, 'filters');
  const depthwise = addDepthwise(layer, onlyInput(layer, inputs), graph, graph.nameFor(layer, '_depthwise'), false);
  const [height = 0, width = 0, channels = 0] = graph.shapeOf(depthwise);
  const name = graph.nameFor(layer);
  const kernel = graph.parameter(layer, name, ['pointwise_kernel'], [1, 1, channels, filters]);
  graph.add({
    name,
    op: 'conv2d',
    inputs: [depthwise],
    attributes: { strides: [1, 1], dilations: [1, 1], padding: noPadding, groups: 1 },
    parameters: { kernel, ...biasOf(layer, name, filters, graph) },
    outputShape: [height, width, filters],
  });
  return fusedActivation(layer, name, graph);
};

const dense: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const shape = graph.shapeOf(input);
  const units = integerOption(layer, 'units');
  refuseSeparateLora(layer, graph);
  const name = graph.nameFor(layer);
  const kernel = graph.parameter(layer, name, ['kernel'], [shape.at(-1) ?? 0, units]);
  graph.add({
    name,
    op: 'dense',
    inputs: [input],
    attributes: {},
    parameters: { kernel, ...biasOf(layer, name, units, graph) },
    outputShape: [...shape.slice(0, -1), units],
  });
  return fusedActivation(layer, name, graph);
};

/** Only over the last axis. Keras writes it as -1, 3 or [3]. */
const batchNormalization: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const shape = graph.shapeOf(input);
  const axes = numbersOption(layer, 'axis', [-1]);
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== shape.length)) {
    unsupported(layer, `normalises along axis ${axes.join(', ')} instead of the last one`);
  }
  if (own(layer.values, 'renorm') === true) unsupported(layer, 'uses batch renormalisation');
  const epsilon = numberOption(layer, 'epsilon', 1e-3);
  const momentum = numberOption(layer, 'momentum', 0.99);
  if (epsilon < 0 || momentum < 0 || momentum > 1)
    unsupported(layer, `has epsilon ${epsilon} and momentum ${momentum}`);
  const name = graph.nameFor(layer);
  const take = (key: string): ParameterSpec => graph.parameter(layer, name, [key], [shape.at(-1) ?? 0]);
  return graph.add({
    name,
    op: 'batchNorm',
    inputs: [input],
    attributes: { epsilon, momentum, unbiasedRunningVariance: false },
    parameters: {
      ...(booleanOption(layer, 'scale', true) ? { gamma: take('gamma') } : {}),
      ...(booleanOption(layer, 'center', true) ? { beta: take('beta') } : {}),
      runningMean: take('moving_mean'),
      runningVariance: take('moving_variance'),
    },
    outputShape: shape,
  });
};

export const convolutionReaders: readonly (readonly [string, LayerReader])[] = [
  ['Conv2D', conv2d],
  ['Convolution2D', conv2d],
  ['DepthwiseConv2D', depthwiseConv2d],
  ['SeparableConv2D', separableConv2d],
  ['Dense', dense],
  ['BatchNormalization', batchNormalization],
  ['BatchNormalizationV1', batchNormalization],
  ['BatchNormalizationV2', batchNormalization],
  ['SyncBatchNormalization', batchNormalization],
];
