import type { ActivationName } from '../format';
import { isObject, isText, numberOption, own, ownObject, type JsonObject } from '../json';
import { onlyInput, unsupported } from './geometry';
import type { Graph } from './graph';
import { foreignName } from './kerasObjects';
import type { LayerReader } from './layerReader';
import type { KerasLayer } from './topology';

interface Activation {
  readonly activation: ActivationName;
  readonly alpha?: number;
  readonly maxValue?: number;
  readonly threshold?: number;
}

type Softmax = 'softmax' | 'logSoftmax';
const isSoftmax = (activation: unknown): activation is Softmax =>
  activation === 'softmax' || activation === 'logSoftmax';

/** What the `activation` option may say. `softmax` and the hard sigmoid are decided in {@link named}. */
const names = new Map<string, Activation>([
  ['linear', { activation: 'linear' }],
  ['relu', { activation: 'relu' }],
  ['relu6', { activation: 'relu6' }],
  ['leaky_relu', { activation: 'leakyRelu', alpha: 0.2 }],
  ['elu', { activation: 'elu', alpha: 1 }],
  ['selu', { activation: 'selu' }],
  ['sigmoid', { activation: 'sigmoid' }],
  ['hard_swish', { activation: 'hardSwish' }],
  ['hard_silu', { activation: 'hardSwish' }],
  ['swish', { activation: 'swish' }],
  ['silu', { activation: 'swish' }],
  ['gelu', { activation: 'gelu' }],
  ['gelu_new', { activation: 'geluTanh' }],
  ['tanh', { activation: 'tanh' }],
  ['softplus', { activation: 'softplus' }],
  ['softsign', { activation: 'softsign' }],
  ['mish', { activation: 'mish' }],
  ['exponential', { activation: 'exponential' }],
]);

function named(name: string, graph: Graph): Activation | Softmax | undefined {
  if (name === 'softmax') return 'softmax';
  if (name === 'log_softmax') return 'logSoftmax';
  if (name === 'hard_sigmoid') return { activation: graph.kerasMajor >= 3 ? 'hardSigmoid6' : 'hardSigmoid' };
  return names.get(name);
}

/** `max_value`, `negative_slope` and `threshold` of the ReLU layer. */
function reluOf(layer: KerasLayer): Activation {
  const maxValue = own(layer.values, 'max_value') === undefined ? undefined : numberOption(layer, 'max_value');
  const alpha = numberOption(layer, 'negative_slope', 0);
  const threshold = numberOption(layer, 'threshold', 0);
  if (alpha === 0 && threshold === 0 && maxValue === 6) return { activation: 'relu6' };
  if (alpha !== 0 && threshold === 0 && maxValue === undefined) return { activation: 'leakyRelu', alpha };
  return {
    activation: 'relu',
    ...(alpha === 0 ? {} : { alpha }),
    ...(threshold === 0 ? {} : { threshold }),
    ...(maxValue === undefined ? {} : { maxValue }),
  };
}

/** Keras 2 calls the slope `alpha`, Keras 3 `negative_slope`; both default to 0.3. */
function leakyReluOf(layer: KerasLayer): Activation {
  return { activation: 'leakyRelu', alpha: numberOption(layer, 'negative_slope', numberOption(layer, 'alpha', 0.3)) };
}

/** Layers that are an activation. */
const layerActivations = new Map<string, (layer: KerasLayer) => Activation>([
  ['ReLU', reluOf],
  ['LeakyReLU', leakyReluOf],
  ['ELU', (layer) => ({ activation: 'elu', alpha: numberOption(layer, 'alpha', 1) })],
  ['ThresholdedReLU', (layer) => ({ activation: 'relu', threshold: numberOption(layer, 'theta', 1) })],
]);

/** A function or a layer as `{class_name, config}`, if it is Keras' own. */
function ofObject(layer: KerasLayer, value: JsonObject, graph: Graph): Activation | Softmax | undefined {
  const [className, config] = [own(value, 'class_name'), own(value, 'config')];
  const name = className === 'function' ? config : className;
  if (!isText(name)) return undefined;
  const foreign = foreignName(value, name);
  if (foreign !== null) unsupported(layer, `uses an activation that is not Keras’ own (${foreign.slice(0, 80)})`);
  if (className === 'function') return named(name, graph);
  return layerActivations.get(name)?.({ ...layer, values: ownObject(value, 'config') });
}

/** What an `activation` option says: a name, a function object or a whole layer (Keras 3). */
function stated(layer: KerasLayer, graph: Graph): Activation | Softmax {
  const value = own(layer.values, 'activation') ?? 'linear';
  const known = isText(value) ? named(value, graph) : isObject(value) ? ofObject(layer, value, graph) : undefined;
  if (known) return known;
  const label = JSON.stringify(value).slice(0, 60);
  return unsupported(layer, `uses the activation ${label}`);
}

function append(graph: Graph, name: string, input: string, activation: Activation | Softmax): string {
  const common = { name, inputs: [input], parameters: {}, outputShape: graph.shapeOf(input) };
  if (isSoftmax(activation)) return graph.add({ ...common, op: activation, attributes: {} });
  return graph.add({ ...common, op: 'activation', attributes: activation });
}

/** Appends the activation that convolutions and dense layers carry with them; nothing if it is linear. */
export function fusedActivation(layer: KerasLayer, input: string, graph: Graph): string {
  const activation = stated(layer, graph);
  if (!isSoftmax(activation) && activation.activation === 'linear') return input;
  return append(graph, graph.nameFor(layer, '_activation'), input, activation);
}

function reader(activationOf: (layer: KerasLayer, graph: Graph) => Activation | Softmax): LayerReader {
  return (layer, inputs, graph) =>
    append(graph, graph.nameFor(layer), onlyInput(layer, inputs), activationOf(layer, graph));
}

/** Softmax over the last axis; other axes have no equivalent. */
const softmax: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const axis = numberOption(layer, 'axis', -1);
  if (axis !== -1 && axis !== graph.shapeOf(input).length) unsupported(layer, `works along axis ${axis}`);
  return append(graph, graph.nameFor(layer), input, 'softmax');
};

/** The slope of each channel or place is a weight; shared axes have length 1. */
const prelu: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const shape = graph.shapeOf(input);
  const shared = own(layer.values, 'shared_axes') ?? [];
  const axes: readonly unknown[] = Array.isArray(shared) ? shared : [shared];
  const name = graph.nameFor(layer);
  const alphaShape = shape.map((length, axis) => (axes.includes(axis + 1) ? 1 : length));
  const alpha = graph.parameter(layer, name, ['alpha'], alphaShape);
  return graph.add({ name, op: 'prelu', inputs: [input], attributes: {}, parameters: { alpha }, outputShape: shape });
};

export const activationReaders: readonly (readonly [string, LayerReader])[] = [
  ['Activation', reader(stated)],
  ...[...layerActivations].map(([className, activationOf]) => [className, reader(activationOf)] as const),
  ['Softmax', softmax],
  ['PReLU', prelu],
];
