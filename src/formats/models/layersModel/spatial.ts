import { sizeOf } from '../storedTensor';
import { StudioError } from '../../../shared/failure';
import { booleanOption, own, pairOption, textOption } from '../json';
import { borderOption, imageShape, onlyInput, requireChannelsLast, slide, unsupported, type Windows } from './geometry';
import type { LayerReader } from './layerReader';
import type { KerasLayer } from './topology';

/** Pools move by their own size unless told otherwise. */
function windowsOf(layer: KerasLayer): Windows {
  const size = pairOption(layer, 'pool_size', [2, 2]);
  return { size, strides: pairOption(layer, 'strides', size), dilations: [1, 1] };
}

const maxPooling: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const { size, strides, dilations } = windowsOf(layer);
  const { padding, output } = slide(layer, [height, width], { size, strides, dilations });
  return graph.add({
    name: graph.nameFor(layer),
    op: 'maxPool',
    inputs,
    attributes: { size, strides, padding },
    parameters: {},
    outputShape: [...output, channels],
  });
};

/** Padding does not count into Keras' averages. */
const averagePooling: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const { size, strides, dilations } = windowsOf(layer);
  const { padding, output } = slide(layer, [height, width], { size, strides, dilations });
  return graph.add({
    name: graph.nameFor(layer),
    op: 'avgPool',
    inputs,
    attributes: { size, strides, padding, countPadding: false },
    parameters: {},
    outputShape: [...output, channels],
  });
};

function globalPooling(op: 'globalAvgPool' | 'globalMaxPool'): LayerReader {
  return (layer, inputs, graph) => {
    const [, , channels] = imageShape(layer, inputs, graph);
    const keepDims = booleanOption(layer, 'keepdims', false);
    return graph.add({
      name: graph.nameFor(layer),
      op,
      inputs,
      attributes: { keepDims },
      parameters: {},
      outputShape: keepDims ? [1, 1, channels] : [channels],
    });
  };
}

const zeroPadding: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const padding = borderOption(layer, 'padding', 1);
  return graph.add({
    name: graph.nameFor(layer),
    op: 'pad',
    inputs,
    attributes: { padding, value: 0 },
    parameters: {},
    outputShape: [height + padding.top + padding.bottom, width + padding.left + padding.right, channels],
  });
};

const cropping: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const padding = borderOption(layer, 'cropping', 0);
  return graph.add({
    name: graph.nameFor(layer),
    op: 'crop',
    inputs,
    attributes: { padding },
    parameters: {},
    outputShape: [height - padding.top - padding.bottom, width - padding.left - padding.right, channels],
  });
};

/** Keras samples between the centres of the pixels, tfjs and the studio between their corners. */
function refuseCentredSampling(layer: KerasLayer): never {
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${layer.layer} (${layer.className}) interpolates “bilinear” in the way of Keras, between the centres of the pixels, which is not supported.`,
    remedy: 'Set its interpolation to “nearest”, train the model with it and save it again.',
  });
}

const upSampling: LayerReader = (layer, inputs, graph) => {
  const [height, width, channels] = imageShape(layer, inputs, graph);
  const size = pairOption(layer, 'size', [2, 2]);
  const interpolation = textOption(layer, 'interpolation', 'nearest');
  if (interpolation !== 'nearest' && interpolation !== 'bilinear') {
    return unsupported(layer, `interpolates “${interpolation.slice(0, 40)}”`);
  }
  const isEnlarged = size.some((factor) => factor > 1);
  if (interpolation === 'bilinear' && isEnlarged && !graph.isOfTfjs) return refuseCentredSampling(layer);
  return graph.add({
    name: graph.nameFor(layer),
    op: 'upsample',
    inputs,
    attributes: { size, interpolation },
    parameters: {},
    outputShape: [height * size[0], width * size[1], channels],
  });
};

/** With channels first, Keras puts the first axis last before it flattens: what is one long on either side stays. */
const flatten: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const [first = 1, ...others] = graph.shapeOf(input);
  const rest = sizeOf(others);
  if (first > 1 && rest > 1) requireChannelsLast(layer);
  const common = { name: graph.nameFor(layer), inputs: [input], parameters: {}, outputShape: [first * rest] };
  return graph.add({ ...common, op: 'flatten', attributes: {} });
};

const reshape: LayerReader = (layer, inputs, graph) => {
  const input = onlyInput(layer, inputs);
  const size = sizeOf(graph.shapeOf(input));
  const target = own(layer.values, 'target_shape');
  const isLength = (length: unknown): length is number => typeof length === 'number' && Number.isInteger(length);
  if (!Array.isArray(target) || target.length === 0 || !target.every(isLength)) {
    return unsupported(layer, 'has no usable target_shape');
  }
  const known = sizeOf(target.filter((length) => length !== -1));
  const shape = target.map((length) => (length === -1 ? size / known : length));
  const fits = shape.every((length) => Number.isInteger(length) && length > 0);
  if (!fits || sizeOf(shape) !== size) {
    return unsupported(layer, `makes [${target.join(', ')}] of ${size} values`);
  }
  const common = { name: graph.nameFor(layer), inputs: [input], parameters: {}, outputShape: shape };
  return graph.add({ ...common, op: 'reshape', attributes: { shape } });
};

export const spatialReaders: readonly (readonly [string, LayerReader])[] = [
  ['MaxPooling2D', maxPooling],
  ['MaxPool2D', maxPooling],
  ['AveragePooling2D', averagePooling],
  ['AvgPool2D', averagePooling],
  ['GlobalAveragePooling2D', globalPooling('globalAvgPool')],
  ['GlobalMaxPooling2D', globalPooling('globalMaxPool')],
  ['ZeroPadding2D', zeroPadding],
  ['Cropping2D', cropping],
  ['UpSampling2D', upSampling],
  ['Flatten', flatten],
  ['Reshape', reshape],
];
