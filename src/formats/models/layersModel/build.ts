import { StudioError } from '../../../shared/failure';
import { own } from '../json';
import { activationReaders } from './activations';
import { convolutionReaders } from './convolutions';
import type { Graph } from './graph';
import type { LayerReader } from './layerReader';
import { mergingReaders } from './merging';
import { spatialReaders } from './spatial';
import { allLayers, type KerasLayer, type KerasModel, type Reference } from './topology';

/** Every layer class that can be read. A class is added in one of these tables. */
const readers: ReadonlyMap<string, LayerReader> = new Map([
  ...convolutionReaders,
  ...activationReaders,
  ...mergingReaders,
  ...spatialReaders,
]);

const MOST_CALLS = 50_000;
const EXPORT_AGAIN = 'Export the model again with tensorflowjs_converter or model.save().';

function badModel(message: string, remedy = EXPORT_AGAIN): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

/** @throws StudioError 'unsupported-layer' that names every layer without a reader, not only the first */
export function requireKnownLayers(model: KerasModel): void {
  const unknown = new Map<string, string[]>();
  for (const { className, layer } of allLayers(model)) {
    if (className === 'InputLayer' || readers.has(className)) continue;
    unknown.set(className, [...(unknown.get(className) ?? []), layer]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(
    ([className, layers]) => `${className} (${layers.slice(0, 4).join(', ')}${layers.length > 4 ? ', …' : ''})`,
  );
  const isLambda = [...unknown.keys()].some((className) => className.endsWith('Lambda'));
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The model uses layers that are not supported: ${list.slice(0, 20).join(', ')}.`,
    remedy: isLambda
      ? 'A Lambda layer is program code, which is never run here: replace it by ordinary layers and export the model again.'
      : 'Replace these layers by ordinary convolution, pooling and dense layers and export the model again.',
  });
}

/** The shape `[height, width, channels]` (null where open) that a layer's options state, if they do. */
function statedShape(layer: KerasLayer): readonly unknown[] | null {
  const shape =
    own(layer.values, 'batch_input_shape') ?? own(layer.values, 'batch_shape') ?? own(layer.values, 'batchInputShape');
  return Array.isArray(shape) ? (shape as unknown[]).slice(1) : null;
}

function inputLayer(model: KerasModel): KerasLayer | undefined {
  if (model.kind === 'sequential') return model.layers[0];
  const name = model.inputs[0]?.layer;
  return model.layers.find((layer) => (name === undefined ? layer.className === 'InputLayer' : layer.layer === name));
}

/** The input shape of a model: that of its first layer, or of the first layer of the model nested there. */
function inputShape(model: KerasModel): readonly unknown[] | null {
  const first = inputLayer(model);
  if (!first) return null;
  const built = Array.isArray(model.builtShape) ? (model.builtShape as unknown[]).slice(1) : null;
  return statedShape(first) ?? (first.nested ? inputShape(first.nested) : null) ?? built;
}

/** Sides that the file leaves open. */
const OPEN_SIDE = 224;
const LONGEST_SIDE = 8192;

/** Whether the file leaves the height or width of its images open. */
export function hasOpenSides(model: KerasModel): boolean {
  const [height, width] = inputShape(model) ?? [];
  return height === null || width === null;
}

/**
 * Appends the input node.
 *
 * @param size `[height, width]` for sides that the file leaves open; 224 x 224 where it is missing
 */
export function addInput(model: KerasModel, graph: Graph, size?: readonly [number, number]): string {
  if (model.inputs.length > 1)
    badModel('The model has several inputs; one image is needed.', 'Use a model with one image input.');
  const stated = inputShape(model);
  if (!stated) return badModel('The model does not say how large its input images are.');
  if (stated.length !== 3) {
    badModel(
      `The model takes ${stated.length === 1 ? 'a list of values' : `${stated.length}-dimensional data`} and not an image.`,
      'Use a model that takes whole images (height, width, channels), with its convolution layers.',
    );
  }
  const [height, width] = stated.map((length, axis) => length ?? size?.[axis] ?? OPEN_SIDE);
  const channels = stated[2];
  if (!size && (stated[0] === null || stated[1] === null)) {
    graph.note(`The model leaves its input size open; ${OPEN_SIDE} x ${OPEN_SIDE} is used.`);
  }
  const isSide = (side: unknown): side is number =>
    typeof side === 'number' && Number.isInteger(side) && side > 0 && side <= LONGEST_SIDE;
  if (!isSide(height) || !isSide(width))
    return badModel(`The model's input size ${JSON.stringify([height, width])} is unusable.`);
  if (channels !== 1 && channels !== 3) {
    return badModel(
      `The model's input has ${JSON.stringify(channels)} channels; 3 (colour) or 1 (grey) are needed.`,
      'Use a model for colour or grey images, exported with channels_last.',
    );
  }
  const name = inputLayer(model)?.className === 'InputLayer' ? (inputLayer(model)?.layer ?? 'input') : 'input';
  const shape = [height, width, channels] as const;
  return graph.add({ name, op: 'input', inputs: [], attributes: { shape }, parameters: {}, outputShape: shape });
}

interface Walk {
  readonly graph: Graph;
  calls: number;
}

function applyLayer(layer: KerasLayer, inputs: readonly string[], walk: Walk): readonly string[] {
  walk.calls += 1;
  if (walk.calls > MOST_CALLS) badModel('The model applies its layers too many times.');
  if (layer.nested) return applyModel(layer.nested, inputs, walk);
  if (layer.className === 'InputLayer') return inputs;
  const reader = readers.get(layer.className);
  if (!reader) return badModel(`The layer ${layer.layer} is of an unknown class.`);
  return [reader(layer, inputs, walk.graph)];
}

/** One call of one layer in a functional model. */
interface Call {
  readonly layer: KerasLayer;
  readonly key: string;
  readonly inputs: readonly Reference[];
}

/** Finds the calls of a functional model by reference. */
function callFinder(model: KerasModel): (reference: Reference) => Call {
  const layers = new Map(model.layers.map((layer) => [layer.layer, layer]));
  return (reference) => {
    const layer = layers.get(reference.layer);
    if (!layer) return badModel(`The model refers to a layer ${reference.layer.slice(0, 80)} that does not exist.`);
    if (layer.nested && layer.calls.length > 1) {
      throw new StudioError({
        code: 'unsupported-layer',
        message: `The nested model ${layer.layer} is used at several places of the network.`,
        remedy: 'Use a model in which every part is used once.',
      });
    }
    // A nested model numbers its calls from 1 in most files, because making it was call 0.
    const call = layer.nested || layer.className === 'InputLayer' ? 0 : reference.call;
    const inputs = layer.calls[call] ?? [];
    if (inputs.length === 0 && layer.className !== 'InputLayer')
      badModel(`The layer ${layer.layer} is not connected to the input.`);
    return { layer, key: JSON.stringify([layer.layer, call]), inputs };
  };
}

/** Applies a functional model: depth first from its outputs, with an explicit stack, so that loops are seen. */
function applyFunctional(model: KerasModel, inputs: readonly string[], walk: Walk): readonly string[] {
  const find = callFinder(model);
  const results = new Map<string, readonly string[]>();
  const entries = model.inputs.length > 0 ? model.inputs : model.layers.flatMap(asInput);
  if (entries.length !== inputs.length)
    badModel(`The model ${model.name} has ${entries.length} inputs but gets ${inputs.length}.`);
  entries.forEach((reference, position) => {
    results.set(find(reference).key, [inputs[position] ?? '']);
  });
  const output = (reference: Reference): string =>
    results.get(find(reference).key)?.[reference.output] ??
    badModel(`The layer ${reference.layer} has no output ${reference.output}.`);
  const entered = new Set<string>();
  const stack = model.outputs.map(find).toReversed();
  for (let call = stack.at(-1); call; call = stack.at(-1)) {
    const missing = results.has(call.key) ? [] : call.inputs.map(find).filter(({ key }) => !results.has(key));
    if (missing.length === 0) {
      stack.pop();
      if (!results.has(call.key)) results.set(call.key, applyLayer(call.layer, call.inputs.map(output), walk));
      continue;
    }
    if (entered.has(call.key)) badModel(`The model's graph has a loop through the layer ${call.layer.layer}.`);
    entered.add(call.key);
    stack.push(...missing.toReversed());
  }
  return model.outputs.map(output);
}

function asInput(layer: KerasLayer): readonly Reference[] {
  return layer.className === 'InputLayer' ? [{ layer: layer.layer, call: 0, output: 0 }] : [];
}

/**
 * Appends all layers of a model, nested ones included.
 *
 * @param inputs names of the nodes that feed it
 * @returns names of the nodes that hold its outputs
 */
export function applyModel(model: KerasModel, inputs: readonly string[], walk: Walk): readonly string[] {
  if (model.kind === 'functional') return applyFunctional(model, inputs, walk);
  return model.layers.reduce((values, layer) => applyLayer(layer, values, walk), inputs);
}
