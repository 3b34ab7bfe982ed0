import { numberOption, numbersOption, own } from '../json';
import { imageShape, onlyInput, unsupported } from './geometry';
import type { Graph } from './graph';
import type { LayerReader } from './layerReader';
import type { KerasLayer } from './topology';

/** Lengths of 1 stretch to those of the other inputs. */
function broadcast(layer: KerasLayer, inputs: readonly string[], graph: Graph): readonly number[] {
  const shapes = inputs.map((input) => graph.shapeOf(input));
  const [first = []] = shapes;
  const shape = first.map((_, axis) => Math.max(...shapes.map((other) => other[axis] ?? 0)));
  const fits = shapes.every(
    (other) => other.length === shape.length && other.every((length, axis) => length === 1 || length === shape[axis]),
  );
  if (fits && inputs.length > 0) return shape;
  return unsupported(layer, `combines the shapes ${shapes.map((other) => `[${other.join(', ')}]`).join(' and ')}`);
}

function merge(op: 'add' | 'subtract' | 'multiply' | 'average' | 'maximum'): LayerReader {
  return (layer, inputs, graph) => {
    const outputShape = broadcast(layer, inputs, graph);
    if (op === 'subtract' && inputs.length !== 2) unsupported(layer, `subtracts ${inputs.length} inputs`);
    return graph.add({ name: graph.nameFor(layer), op, inputs, attributes: {}, parameters: {}, outputShape });
  };
}

const concatenate: LayerReader = (layer, inputs, graph) => {
  const shapes = inputs.map((input) => graph.shapeOf(input));
  const [first = []] = shapes;
  const axis = numberOption(layer, 'axis', -1);
  if (axis !== -1 && axis !== first.length) unsupported(layer, `joins along axis ${axis} instead of the last one`);
  const leading = first.slice(0, -1);
  if (!shapes.every((shape) => shape.slice(0, -1).join() === leading.join() && shape.length === first.length)) {
    unsupported(layer, `joins the shapes ${shapes.map((shape) => `[${shape.join(', ')}]`).join(' and ')}`);
  }
  const channels = shapes.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0);
  const outputShape = [...leading, channels];
  return graph.add({ name: graph.nameFor(layer), op: 'concat', inputs, attributes: {}, parameters: {}, outputShape });
};

function addIdentity(layer: KerasLayer, inputs: readonly string[], graph: Graph): string {
  const input = onlyInput(layer, inputs);
  const common = { name: graph.nameFor(layer), inputs: [input], parameters: {}, outputShape: graph.shapeOf(input) };
  return graph.add({ ...common, op: 'identity', attributes: {} });
}

const identity: LayerReader = (layer, inputs, graph) => addIdentity(layer, inputs, graph);

/** Layers that work in training only. */
const leftOut: LayerReader = (layer, inputs, graph) => {
  graph.note(`${layer.className} layers do nothing here: adaptation uses its own augmentation.`);
  return addIdentity(layer, inputs, graph);
};

const permute: LayerReader = (layer, inputs, graph) => {
  const dims = numbersOption(layer, 'dims', []);
  const axes = graph.shapeOf(onlyInput(layer, inputs)).map((_, position) => position + 1);
  if (dims.join() !== axes.join()) unsupported(layer, 'exchanges axes');
  return addIdentity(layer, inputs, graph);
};

const resizing: LayerReader = (layer, inputs, graph) => {
  const [height, width] = imageShape(layer, inputs, graph);
  if (numberOption(layer, 'height') !== height || numberOption(layer, 'width') !== width) {
    unsupported(layer, 'resizes images inside the network');
  }
  return addIdentity(layer, inputs, graph);
};

/** Whether numbers lie along the last axis: `[1, 2, 3]` and `[[[1, 2, 3]]]` do, a number for each row does not. */
function isAlongLastAxis(value: unknown): boolean {
  if (!Array.isArray(value) || !value.some((item) => Array.isArray(item))) return true;
  return value.length === 1 && isAlongLastAxis(value[0]);
}

const rescaling: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const scales = numbersOption(layer, 'scale', [1]);
  const offsets = numbersOption(layer, 'offset', [0]);
  const common = { name: graph.nameFor(layer), inputs: [input], parameters: {}, outputShape: graph.shapeOf(input) };
  graph.note('The network brings in its own scaling of the pixels (Rescaling), which is kept.');
  const [scale, offset] = [scales[0], offsets[0]];
  if (scales.length === 1 && offsets.length === 1 && scale !== undefined && offset !== undefined) {
    return graph.add({ ...common, op: 'rescale', attributes: { scale, offset } });
  }
  const channels = graph.shapeOf(input).at(-1) ?? 0;
  const each = (values: readonly number[], channel: number): number => values[values.length === 1 ? 0 : channel] ?? NaN;
  const perChannel = Array.from({ length: channels }, (_, channel) => ({
    slope: each(scales, channel),
    offset: each(offsets, channel),
  }));
  const isPerChannel = [scales, offsets].every(({ length }) => length === 1 || length === channels);
  const isStraight = ['scale', 'offset'].every((key) => isAlongLastAxis(own(layer.values, key)));
  if (!isPerChannel || !isStraight || !perChannel.every(({ slope }) => slope > 0)) {
    return unsupported(layer, 'scales its channels by other than one positive number each');
  }
  const mean = perChannel.map(({ slope, offset: shift }) => -shift / slope);
  const variance = perChannel.map(({ slope }) => slope ** -2);
  return graph.add({ ...common, op: 'normalize', attributes: { mean, variance } });
};

/** Mean and variance are in the options or among the weights. Keras divides by at least 1e-7. */
const normalization: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const shape = graph.shapeOf(input);
  const axes = numbersOption(layer, 'axis', [-1]);
  if (axes.length !== 1 || (axes[0] !== -1 && axes[0] !== shape.length))
    unsupported(layer, 'normalises along another axis');
  if (own(layer.values, 'invert') === true) unsupported(layer, 'undoes a normalisation');
  const channels = shape.at(-1) ?? 0;
  const spread = (values: readonly number[]): readonly number[] => {
    if (values.length === 1) return new Array<number>(channels).fill(values[0] ?? NaN);
    return values.length === channels
      ? values
      : unsupported(layer, `has ${values.length} values for ${channels} channels`);
  };
  const mean = spread(graph.constant(layer, 'mean') ?? numbersOption(layer, 'mean', []));
  const variance = spread(graph.constant(layer, 'variance') ?? numbersOption(layer, 'variance', []));
  graph.note('The network brings in its own normalisation of the pixels (Normalization), which is kept.');
  return graph.add({
    name: graph.nameFor(layer),
    op: 'normalize',
    inputs: [input],
    attributes: { mean, variance: variance.map((value) => Math.max(value, 1e-14)) },
    parameters: {},
    outputShape: shape,
  });
};

const trainingOnly = [
  'SpatialDropout2D', 'GaussianNoise', 'GaussianDropout', 'AlphaDropout', 'ActivityRegularization', 'RandomFlip', 'RandomRotation',
  'RandomZoom', 'RandomTranslation', 'RandomContrast', 'RandomBrightness', 'RandomHue', 'RandomSaturation',
  'RandomSharpness', 'RandomGrayscale', 'RandomColorJitter', 'RandomColorDegeneration', 'RandomErasing', 'RandomShear',
  'RandomPerspective', 'RandomGaussianBlur', 'RandomPosterization', 'RandomInvert',
]; // prettier-ignore

export const mergingReaders: readonly (readonly [string, LayerReader])[] = [
  ['Add', merge('add')],
  ['Subtract', merge('subtract')],
  ['Multiply', merge('multiply')],
  ['Average', merge('average')],
  ['Maximum', merge('maximum')],
  ['Concatenate', concatenate],
  ['Dropout', identity],
  ['Identity', identity],
  ['Permute', permute],
  ['Resizing', resizing],
  ['Rescaling', rescaling],
  ['Normalization', normalization],
  ...trainingOnly.map((className) => [className, leftOut] as const),
];
