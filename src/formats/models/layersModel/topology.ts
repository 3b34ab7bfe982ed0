import { StudioError } from '../../../shared/failure';
import { isObject, isText, own, ownObject, type JsonObject, type Options } from '../json';
import { foreignName } from './kerasObjects';

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
  /** Keras 3 lists `x + y` among the layers, though it is none. */
  readonly isOperation: boolean;
}

export interface KerasModel {
  readonly kind: 'sequential' | 'functional';
  readonly name: string;
  readonly layers: readonly KerasLayer[];
  /** The input shape with the batch axis, of a Sequential that found out when it first ran. */
  readonly builtShape: unknown;
  /** Functional models only. */
  readonly inputs: readonly Reference[];
  readonly outputs: readonly Reference[];
}

const DEEPEST_NESTING = 32;
const MOST_LAYERS = 10_000;
const LONGEST_NAME = 500;

const modelKinds = new Map<string, KerasModel['kind']>([
  ['Sequential', 'sequential'],
  ['Model', 'functional'],
  ['Functional', 'functional'],
]);

function damaged(
  message: string,
  remedy = 'Export the model again with tensorflowjs_converter or model.save().',
): never {
  throw new StudioError({ code: 'bad-model', message, remedy });
}

/** Names come back in messages and in what is written. @throws StudioError 'bad-model' */
function requireShortName(name: string): void {
  if (name.length <= LONGEST_NAME) return;
  damaged(
    `The model has a name of ${name.length} characters (${name.slice(0, 40)}…); at most ${LONGEST_NAME} can be read.`,
    'Give the layer or the model a shorter name and save it again.',
  );
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

/** References in nested lists or under names, whichever way they are written, in order. */
function references(value: unknown, depth = 0): readonly Reference[] {
  const reference = asReference(value) ?? asTensor(value);
  if (reference) return [reference];
  const items: unknown = isObject(value) && depth === 0 ? Object.values(value) : value;
  if (!Array.isArray(items) || depth > 4) return [];
  return items.flatMap((item: unknown) => references(item, depth + 1));
}

/** The inputs of each call of a layer: nested lists in Keras 1 and 2, objects with `args` in Keras 3. */
function callsOf(layer: JsonObject): readonly (readonly Reference[])[] {
  const nodes = own(layer, 'inbound_nodes');
  if (!Array.isArray(nodes)) return [];
  return nodes.map((node: unknown) => references(isObject(node) ? own(node, 'args') : node));
}

/** Whether an argument of a call leaves a layer as it is: `mask=None`, `training=False`. */
const isIdle = (value: unknown): boolean => value === null || value === undefined || value === false;

/** Whether an argument is made of outputs of layers only. */
const isTensors = (value: unknown, depth = 0): boolean =>
  asTensor(value) !== null || (Array.isArray(value) && depth <= 4 && value.every((item) => isTensors(item, depth + 1)));

/** The arguments of a call that change what a layer does, such as `training=True` or the 2 of `x * 2`. */
function furtherArguments(node: unknown, depth = 0): readonly string[] {
  const named = (values: unknown): readonly string[] =>
    isObject(values)
      ? Object.keys(values)
          .filter((key) => !isIdle(values[key]))
          .map((key) => key.slice(0, 40))
      : [];
  if (isObject(node)) {
    const given = own(node, 'args');
    const values = Array.isArray(given) ? (given as unknown[]) : [];
    const others = values.filter((value) => !isIdle(value) && !isTensors(value));
    return [...others.map((value) => JSON.stringify(value).slice(0, 40)), ...named(own(node, 'kwargs'))];
  }
  if (!Array.isArray(node) || depth > 5) return [];
  if (asReference(node)) return named(node[3]);
  return node.flatMap((item: unknown) => furtherArguments(item, depth + 1));
}

function requirePlainCalls(value: JsonObject, layer: string): void {
  const nodes = own(value, 'inbound_nodes');
  const [argument] = Array.isArray(nodes) ? nodes.flatMap((node: unknown) => furtherArguments(node)) : [];
  if (argument === undefined) return;
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The layer ${layer} is called with the argument ${argument}, which is not supported.`,
    remedy: 'Build the model without this argument and save it again.',
  });
}

/** Operations of Keras 3 that do what the layer of their name does. */
const operationsLikeLayers = new Set(['Add', 'Subtract', 'Multiply', 'Maximum']);

/** What a layer is; classes of the file's own and operations do not pass for layers of the same name. */
function classOf(value: JsonObject, className: string): { className: string; isOperation: boolean } {
  const module = own(value, 'module');
  const isOperation = isText(module) && /^keras\.(src\.)?ops(\.|$)/.test(module);
  if (isOperation)
    return { className: operationsLikeLayers.has(className) ? className : `ops.${className}`, isOperation };
  return { className: foreignName(value, className) ?? className, isOperation };
}

interface Budget {
  layers: number;
}

function readLayer(value: unknown, scope: readonly string[], budget: Budget): KerasLayer {
  budget.layers += 1;
  if (budget.layers > MOST_LAYERS) damaged(`The model has more than ${MOST_LAYERS} layers.`);
  const className = isObject(value) ? own(value, 'class_name') : undefined;
  if (!isObject(value) || !isText(className))
    return damaged('The description of the model is damaged: a layer has no class_name.');
  const config = own(value, 'config');
  const values = isObject(config) ? config : {};
  const stated = own(value, 'name') ?? own(values, 'name');
  const layer = isText(stated) ? stated : `${className.toLowerCase()}_${budget.layers}`;
  const kind = classOf(value, className);
  requireShortName(layer);
  requireShortName(kind.className);
  const nested = modelKinds.has(kind.className) ? readModel(className, config, layer, scope, budget) : null;
  requirePlainCalls(value, layer);
  return { ...kind, layer, values, scope, calls: callsOf(value), nested };
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
    builtShape: own(values, 'build_input_shape'),
    inputs: references(own(values, 'input_layers')),
    outputs: references(own(values, 'output_layers')),
  };
}

const DEEPEST_JSON = 512;

/** What is nested too deep would overflow the stack of whoever looks at it. @throws StudioError 'bad-model' */
function requireShallow(topology: JsonObject): void {
  const stack: { value: object; depth: number }[] = [{ value: topology, depth: 1 }];
  for (let top = stack.pop(); top; top = stack.pop()) {
    const { value, depth } = top;
    if (depth > DEEPEST_JSON) damaged(`The description of the model is nested more than ${DEEPEST_JSON} deep.`);
    for (const item of Object.values(value) as unknown[]) {
      if (typeof item === 'object' && item !== null) stack.push({ value: item, depth: depth + 1 });
    }
  }
}

/**
 * The layers of a topology, nested models included.
 *
 * @param topology `{class_name, config}`
 * @throws StudioError 'bad-model' when it is not one, or too large or deep
 */
export function readTopology(topology: JsonObject): KerasModel {
  requireShallow(topology);
  const className = own(topology, 'class_name');
  const config = own(topology, 'config');
  if (!isText(className)) return damaged('The description of the model is damaged: it has no class_name.');
  const name = isObject(config) ? own(config, 'name') : undefined;
  const kind = foreignName(topology, className) ?? className;
  requireShortName(kind);
  requireShortName(isText(name) ? name : '');
  return readModel(kind, config, isText(name) ? name : 'model', [], { layers: 0 });
}

/** Every layer of a model and of the models nested in it. */
export function allLayers(model: KerasModel): readonly KerasLayer[] {
  return model.layers.flatMap((layer) => (layer.nested ? allLayers(layer.nested) : [layer]));
}
