import { StudioError } from '../../../shared/failure';
import { isObject, isText, own, ownObject, type JsonObject, type Options } from '../json';

/** The output of a layer: which of its calls, and which of that call's outputs. */
export interface Reference {
  readonly layer: string;
  readonly call: number;
  readonly output: number;
}

/** A layer as the file describes it. Nested models carry their own layers. */
export interface KerasLayer extends Options {
  readonly className: string;
  /** Names of the models around it, outermost first. */
  readonly scope: readonly string[];
  /** The inputs of each call; empty in a Sequential and for an InputLayer. */
  readonly calls: readonly (readonly Reference[])[];
  readonly nested: KerasModel | null;
}

export interface KerasModel {
  readonly kind: 'sequential' | 'functional';
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  /** Functional models only. */
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

const DEEPEST_NESTING = 32;
const MOST_LAYERS = 10_000;

const modelKinds = new Map<string, KerasModel['kind']>([
  ['Sequential', 'sequential'],
  ['Model', 'functional'],
  ['Functional', 'functional'],
]);

function damaged(message: string): never {
  throw new StudioError({
    code: 'bad-model',
    message,
    remedy: 'Export the model again with tensorflowjs_converter or model.save().',
  });
}

function index(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}

/** `["name", call, output, …]` */
function asReference(value: unknown): Reference | null {
  if (!Array.isArray(value) || !isText(value[0]) || typeof value[1] !== 'number') return null;
  return { layer: value[0], call: index(value[1]), output: index(value[2]) };
}

/** Keras 3: `{class_name: '__keras_tensor__', config: {keras_history: [name, call, output]}}`. */
function asTensor(value: unknown): Reference | null {
  if (!isObject(value) || own(value, 'class_name') !== '__keras_tensor__') return null;
  return asReference(own(ownObject(value, 'config'), 'keras_history'));
}

/** References in nested lists, whichever way they are written, in order. */
function references(value: unknown, depth = 0): readonly Reference[] {
  const reference = asReference(value) ?? asTensor(value);
  if (reference) return [reference];
  if (!Array.isArray(value) || depth > 4) return [];
  return value.flatMap((item) => references(item, depth + 1));
}

/** The inputs of each call of a layer: nested lists in Keras 1 and 2, objects with `args` in Keras 3. */
function callsOf(layer: JsonObject): readonly (readonly Reference[])[] {
  const nodes = own(layer, 'inbound_nodes');
  if (!Array.isArray(nodes)) return [];
  return nodes.map((node: unknown) => references(isObject(node) ? own(node, 'args') : node));
}

interface Budget {
  layers: number;
}

function readLayer(value: unknown, scope: readonly string[], budget: Budget): KerasLayer {
  budget.layers += 1;
  if (budget.layers > MOST_LAYERS) damaged(`The model has more than ${MOST_LAYERS} layers.`);
  const className = isObject(value) ? own(value, 'class_name') : undefined;
  if (!isObject(value) || !isText(className)) return damaged('model.json is damaged: a layer has no class_name.');
  const config = own(value, 'config');
  const values = isObject(config) ? config : {};
  const stated = own(value, 'name') ?? own(values, 'name');
  const layer = isText(stated) ? stated : `${className.toLowerCase()}_${budget.layers}`;
  const nested = modelKinds.has(className) ? readModel(className, config, layer, scope, budget) : null;
  return { className, layer, values, scope, calls: callsOf(value), nested };
}

function readModel(
  className: string,
  config: unknown,
  name: string,
  scope: readonly string[],
  budget: Budget,
): KerasModel {
  const kind = modelKinds.get(className);
  if (!kind) return damaged(`The model is a ${className}; only Sequential and functional models can be read.`);
  if (scope.length >= DEEPEST_NESTING) damaged(`The model nests models more than ${DEEPEST_NESTING} deep.`);
  const values = isObject(config) ? config : {};
  const layers = Array.isArray(config) ? (config as unknown[]) : own(values, 'layers');
  if (!Array.isArray(layers)) return damaged(`The model ${name} has no list of layers.`);
  return {
    kind,
    name,
    layers: layers.map((layer: unknown) => readLayer(layer, [...scope, name], budget)),
    inputs: references(own(values, 'input_layers')),
    outputs: references(own(values, 'output_layers')),
  };
}

/**
 * The layers of a topology, nested models included.
 *
 * @param topology `{class_name, config}`
 * @throws StudioError 'bad-model' when it is not one, or too large or deep
 */
export function readTopology(topology: JsonObject): KerasModel {
  const className = own(topology, 'class_name');
  const config = own(topology, 'config');
  if (!isText(className)) return damaged('model.json is damaged: its topology has no class_name.');
  const name = isObject(config) ? own(config, 'name') : undefined;
  return readModel(className, config, isText(name) ? name : 'model', [], { layers: 0 });
}

/** Every layer of a model and of the models nested in it. */
export function allLayers(model: KerasModel): readonly KerasLayer[] {
  return model.layers.flatMap((layer) => (layer.nested ? allLayers(layer.nested) : [layer]));
}
