import { StudioError } from '../../../shared/failure';
import type { FileBytes, ModelMetadata, NodeSpec, OpenedModel } from '../format';
import { withHead } from '../head';
import { fittingClasses, preprocessingPresets } from '../metadata';
import { baseName } from '../paths';
import { onnxMetadata } from './metadata';
import type { ModelFormat, OpenOptions, UnpackedFile } from '../modelFormat';
import { activationReaders } from './activations';
import { constantOf, type Drop } from './tensors';
import { createContext, unsupported, type Call, type Context, type Reader } from './context';
import { elementwiseReaders } from './elementwise';
import { folders, shapeOperators } from './folding';
import { badModel, neededGraph, requireFirstOutputs, type NeededGraph } from './graph';
import { addInput, imageInputOf, type ImageInput } from './input';
import { linearReaders } from './linear';
import { isOnnx, readModel, type ModelMessage, type NodeMessage } from './messages';
import { foldedNotes } from './foldedNotes';
import { poolingReaders } from './pooling';
import { dataTypes } from './schema';
import { shapingReaders } from './shaping';
import { spatialReaders } from './spatial';
import { trainingNotes } from './trainingNotes';
import { requireRealArithmetic } from './wholeNumbers';
import type { StoredTensor } from '../storedTensor';
import { overlapping } from './overlaps';
import { isActivation, isConstant, type Value } from './values';

const LABEL = 'ONNX';

/** Every operator that can be read. An operator is added in one of these tables, or in `folders`. */
const readers: ReadonlyMap<string, Reader> = new Map([
  ...linearReaders,
  ...activationReaders,
  ...elementwiseReaders,
  ...poolingReaders,
  ...shapingReaders,
  ...spatialReaders,
]);

/** Operator sets whose meaning is known here. */
const [OLDEST_OPSET, NEWEST_OPSET] = [7, 26];

function requireOpset({ opset }: ModelMessage, file: FileBytes): void {
  if (opset >= OLDEST_OPSET && opset <= NEWEST_OPSET) return;
  throw new StudioError({
    code: 'unsupported-format',
    message: `${file.path} uses version ${opset} of the ONNX operators; versions ${OLDEST_OPSET} to ${NEWEST_OPSET} can be read.`,
    remedy:
      'Export it again with opset_version=17, or convert it: onnx.save(onnx.version_converter.convert_version(onnx.load("model.onnx"), 17), "new.onnx").',
  });
}

/** @throws StudioError 'unsupported-layer' that names every operator without a reader, not only the first */
function requireKnownOperators(nodes: readonly NodeMessage[]): void {
  const unknown = new Map<string, string[]>();
  for (const { opType, domain, name } of nodes) {
    if (domain === '' && (readers.has(opType) || folders.has(opType))) continue;
    const label = domain === '' ? opType : `${domain}.${opType}`;
    unknown.set(label, [...(unknown.get(label) ?? []).slice(0, 4), name.slice(0, 100)]);
  }
  if (unknown.size === 0) return;
  const list = [...unknown].map(([opType, names]) => `${opType} (${names.slice(0, 4).join(', ')}${names.length > 4 ? ', …' : ''})`); // prettier-ignore
  throw new StudioError({
    code: 'unsupported-layer',
    message: `The model uses operators that are not supported: ${list.slice(0, 20).join(', ')}.`,
    remedy:
      'Replace these layers by ordinary convolution, pooling and dense layers, and leave out decisions and loops (If, Loop), and export the model again.',
  });
}

/** Computes a node's value. */
function apply(node: NodeMessage, context: Context, drop: Drop): Value {
  const inputs = node.inputs.map((name) => (name === '' ? undefined : context.values.get(name)));
  const call: Call = { node, inputs, context };
  const folder = folders.get(node.opType);
  if (
    folder &&
    (shapeOperators.has(node.opType) || inputs.every((value) => value === undefined || isConstant(value)))
  ) {
    return folder(call, drop);
  }
  const reader = readers.get(node.opType) ?? unsupported(call, 'depends on the image');
  return reader(call);
}

/**
 * Computes what depends on weights only, so that a node can see what its users add to it.
 *
 * @returns the nodes that are left
 */
function foldConstants(graph: NeededGraph, context: Context, drop: Drop): readonly NodeMessage[] {
  const isKnown = (name: string): boolean => name === '' || isConstant(context.values.get(name));
  return graph.nodes.filter((node) => {
    if (!folders.has(node.opType) || !node.inputs.every(isKnown)) return true;
    context.values.set(node.outputs[0] ?? '', apply(node, context, drop));
    return false;
  });
}

/** A model with its constants computed; nothing so far depends on the size of its images. */
interface Prepared {
  readonly model: ModelMessage;
  readonly graph: NeededGraph;
  readonly image: ImageInput;
  readonly context: Context;
  readonly rest: readonly NodeMessage[];
}

function prepare(drop: Drop): Prepared {
  const { main } = drop;
  const model = readModel(main);
  requireOpset(model, main);
  const graph = neededGraph(model.graph, main);
  requireKnownOperators(graph.nodes);
  requireFirstOutputs(graph);
  const messages = new Map(model.graph.initializers.map((message) => [message.name, message]));
  const image = imageInputOf(graph, (name) => messages.get(name)?.shape);
  requireRealArithmetic(graph);
  const { producers, consumers } = graph;
  const batch = { batch: image.batch ?? 1, batchIsOpen: image.batch === null };
  const fileBytes = [...new Set([main, ...drop.files])].reduce((sum, { bytes }) => sum + bytes.length, 0);
  const context = createContext({ opset: model.opset, ...batch, producers, consumers }, fileBytes);
  for (const [name, message] of messages) {
    if (graph.consumers.has(name)) context.values.set(name, constantOf(message, name, drop));
  }
  return { model, graph, image, context, rest: foldConstants(graph, context, drop) };
}

/** Appends all nodes. @returns the node with the model's output */
function build({ graph, image, context, rest }: Prepared, drop: Drop, options: OpenOptions): string {
  context.values.set(graph.input.name, addInput(graph.input.name, image, context.nodes, options.inputSize));
  for (const node of rest) {
    if (context.absorbed.has(node)) continue;
    const value = apply(node, context, drop);
    context.values.set(node.outputs[0] ?? '', value);
  }
  const output = context.values.get(graph.output);
  return isActivation(output) ? output.node : badModel("The model's output does not depend on its input.");
}

/** The nodes that the output needs: of a pattern that became one node, the parts are left over. */
function neededNodes(nodes: readonly NodeSpec[], output: string): readonly NodeSpec[] {
  const needed = new Set([output]);
  for (const node of nodes.toReversed()) if (needed.has(node.name)) node.inputs.forEach((input) => needed.add(input));
  return nodes.filter((node, at) => at === 0 || needed.has(node.name));
}

function describeTypes(tensors: readonly StoredTensor[]): readonly string[] {
  const types = new Set(tensors.map(({ stored }) => stored).filter((stored) => stored !== 'float32'));
  return types.size === 0 ? [] : [`Weights stored as ${[...types].join(' and ')} were turned into float32.`];
}

function open(main: UnpackedFile, files: readonly UnpackedFile[], options: OpenOptions): OpenedModel {
  const drop = { main, files };
  const prepared = prepare(drop);
  const { context, model, graph, image } = prepared;
  const output = build(prepared, drop, options);
  const name = model.graph.name || baseName(main.path).replace(/\.onnx$/i, '');
  const spec = withHead(name, neededNodes(context.nodes.nodes, output), output);
  const stated = onnxMetadata(model.properties);
  const takesBytes = graph.input.elementType === dataTypes.uint8;
  const { classes, notes } = fittingClasses(stated.classes, spec.classCount);
  const metadata: ModelMetadata = {
    ...stated,
    preprocessing: stated.preprocessing ?? (takesBytes ? preprocessingPresets['0to255'] : null),
    format: model.producer.trim() === '' ? LABEL : `${LABEL} (${model.producer.trim().slice(0, 60)})`,
    classes,
    openSides: image.sides.includes(null),
    notes: [
      ...context.nodes.notes,
      ...foldedNotes(graph),
      ...trainingNotes(graph, context),
      ...describeTypes([...context.used.values()]),
      ...notes,
    ],
  };
  return { spec, weights: context.parameters.weights, metadata };
}

/** Where the weights in use lie, whatever the size of the images. */
function tensors(main: UnpackedFile, files: readonly UnpackedFile[]): readonly StoredTensor[] {
  const { rest, context } = prepare({ main, files });
  const used = new Set(rest.flatMap(({ inputs }) => inputs.map((name) => context.values.get(name))));
  const found = new Map<string, StoredTensor>();
  for (const value of used) {
    if (!isConstant(value) || value.isInteger) continue;
    const { name, shape } = value;
    const { readOnly = 'as a result of other numbers' } = value;
    const noPlace = { name, shape, stored: 'float32', pieces: [], readOnly } as const;
    found.set(name, found.get(name)?.readOnly === undefined && value.inFile ? value.tensor() : noPlace);
  }
  const all = [...found.values()];
  const shared = overlapping(all);
  return all.map((tensor) => (shared.has(tensor.name) ? { ...tensor, readOnly: 'in bytes of another weight as well' } : tensor)); // prettier-ignore
}

/** Reads ONNX models of one image input and one output. */
export const onnx: ModelFormat = {
  label: LABEL,
  find: (files) => files.find(isOnnx),
  open,
  tensors,
};
