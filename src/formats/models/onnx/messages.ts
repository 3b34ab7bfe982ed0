import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { StudioError } from '../../../shared/failure';
import type { FileBytes } from '../format';
import {
  attributeFields,
  dimensionFields,
  entryFields,
  graphFields,
  modelFields,
  nodeFields,
  opsetFields,
  shapeFields,
  tensorFields,
  tensorTypeFields,
  typeFields,
  valueInfoFields,
} from './schema';
import { damaged, fieldsOf, integersOf, requireWire, textOf, type Field } from './wire';

/** A TensorProto: where its values are, not what they are. */
export interface TensorMessage {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dataType: number;
  /** Bytes of `raw_data`, or null. */
  readonly raw: Uint8Array | null;
  /** Bytes of `float_data` and `double_data`; one piece where the file packs them. */
  readonly floats: readonly Uint8Array[];
  readonly doubles: readonly Uint8Array[];
  /** `int32_data`, `int64_data` and `uint64_data`, not read yet. */
  readonly integers: readonly Field[];
  /** `location`, `offset`, `length` of values that lie in another file; null where they are here. */
  readonly external: ReadonlyMap<string, string> | null;
}

export interface AttributeMessage {
  readonly name: string;
  readonly float: Uint8Array | null;
  readonly int: number;
  readonly text: string;
  readonly tensor: TensorMessage | null;
  readonly floats: readonly Uint8Array[];
  readonly ints: readonly number[];
}

export interface NodeMessage {
  /** The node's own name, else that of its first output. */
  readonly name: string;
  readonly opType: string;
  /** Empty for the operators of ONNX itself. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, AttributeMessage>;
}

/** An input or output of the graph; null for an open length. */
export interface ValueMessage {
  readonly name: string;
  readonly shape: readonly (number | null)[] | null;
  /** TensorProto.data_type */
  readonly elementType: number;
}

export interface GraphMessage {
  readonly name: string;
  readonly nodes: readonly NodeMessage[];
  readonly initializers: readonly TensorMessage[];
  readonly inputs: readonly ValueMessage[];
  readonly outputs: readonly ValueMessage[];
  readonly hasSparse: boolean;
}

export interface ModelMessage {
  readonly opset: number;
  readonly producer: string;
  readonly graph: GraphMessage;
  readonly properties: ReadonlyMap<string, string>;
}

/** Oldest `ir_version` in use. */
const OLDEST_VERSION = 3;
const MOST_NODES = 100_000;
const MOST_DIMENSIONS = 16;
/** Numbers that a file may list one by one. */
const MOST_PIECES = 2 ** 20;

function limit(count: number, most: number, what: string, file: FileBytes): void {
  if (count < most) return;
  throw new StudioError({
    code: 'too-large',
    message: `${file.path} has more ${what} than the studio reads (${most}).`,
    remedy: 'Use a smaller model.',
  });
}

const { Varint, LengthDelimited, Bit32, Bit64 } = WireType;

/** `key` and `value` of a StringStringEntryProto. */
function readEntry(bytes: Uint8Array, file: FileBytes): readonly [string, string] {
  let [key, value] = ['', ''];
  for (const field of fieldsOf(bytes, file, 'a property')) {
    if (field.number === entryFields.key) key = textOf(field);
    if (field.number === entryFields.value) value = textOf(field);
  }
  return [key, value];
}

/** Field numbers of a tensor and the wire types that they may have. */
const tensorWires = new Map<number, readonly WireType[]>([
  [tensorFields.rawData, [LengthDelimited]],
  [tensorFields.floatData, [LengthDelimited, Bit32]],
  [tensorFields.doubleData, [LengthDelimited, Bit64]],
  [tensorFields.int32Data, [LengthDelimited, Varint]],
  [tensorFields.int64Data, [LengthDelimited, Varint]],
  [tensorFields.uint64Data, [LengthDelimited, Varint]],
]);

function readTensor(bytes: Uint8Array, file: FileBytes, part: string): TensorMessage {
  let [name, dataType, raw] = ['', 0, null as Uint8Array | null];
  const shape: number[] = [];
  const [floats, doubles]: [Uint8Array[], Uint8Array[]] = [[], []];
  const integers: Field[] = [];
  const external: (readonly [string, string])[] = [];
  for (const field of fieldsOf(bytes, file, part)) {
    requireWire(field, tensorWires.get(field.number) ?? [field.wire], file, part);
    if (field.number === tensorFields.dims) shape.push(...integersOf(field, file, part, MOST_DIMENSIONS + 1));
    if (field.number === tensorFields.dataType) dataType = field.varint;
    if (field.number === tensorFields.name) name = textOf(field);
    if (field.number === tensorFields.rawData) raw = field.bytes;
    if (field.number === tensorFields.floatData) floats.push(field.bytes);
    if (field.number === tensorFields.doubleData) doubles.push(field.bytes);
    if ([5, 7, 11].includes(field.number)) integers.push(field);
    if (field.number === tensorFields.externalData) external.push(readEntry(field.bytes, file));
    limit(floats.length + doubles.length + integers.length, MOST_PIECES, `single numbers in ${part}`, file);
    if (shape.length > MOST_DIMENSIONS) damaged(file, `${part} has more than ${MOST_DIMENSIONS} dimensions`);
  }
  const isExternal = external.length > 0 && raw === null;
  return { name, shape, dataType, raw, floats, doubles, integers, external: isExternal ? new Map(external) : null };
}

function readAttribute(bytes: Uint8Array, file: FileBytes, node: string): AttributeMessage {
  let [name, int, text] = ['', 0, ''];
  let [float, tensor] = [null as Uint8Array | null, null as TensorMessage | null];
  const floats: Uint8Array[] = [];
  const ints: number[] = [];
  for (const field of fieldsOf(bytes, file, `an attribute of ${node}`)) {
    if (field.number === attributeFields.name) name = textOf(field);
    if (field.number === attributeFields.float) {
      requireWire(field, [Bit32], file, node);
      float = field.bytes;
    }
    if (field.number === attributeFields.int) int = field.varint;
    if (field.number === attributeFields.string) text = textOf(field);
    if (field.number === attributeFields.tensor) tensor = readTensor(field.bytes, file, `a tensor of ${node}`);
    if (field.number === attributeFields.floats) floats.push(field.bytes);
    if (field.number === attributeFields.ints) {
      for (const number of integersOf(field, file, node, MOST_PIECES)) ints.push(number);
    }
    limit(floats.length + ints.length, MOST_PIECES, `numbers in ${node}`, file);
  }
  return { name, float, int, text, tensor, floats, ints };
}

function readNode(message: Uint8Array, file: FileBytes): NodeMessage {
  let [name, opType, domain] = ['', '', ''];
  const [inputs, outputs, attributes]: [string[], string[], Uint8Array[]] = [[], [], []];
  for (const field of fieldsOf(message, file, 'a node')) {
    if (field.number === nodeFields.input) inputs.push(textOf(field));
    if (field.number === nodeFields.output) outputs.push(textOf(field));
    if (field.number === nodeFields.name) name = textOf(field);
    if (field.number === nodeFields.opType) opType = textOf(field);
    if (field.number === nodeFields.domain) domain = textOf(field);
    if (field.number === nodeFields.attribute) attributes.push(field.bytes);
  }
  const shown = name || (outputs[0] ?? opType);
  const part = `the node ${shown.slice(0, 200)}`;
  const read = new Map<string, AttributeMessage>();
  for (const bytes of attributes) {
    const attribute = readAttribute(bytes, file, part);
    if (read.has(attribute.name)) damaged(file, `${part} has the attribute ${attribute.name.slice(0, 100)} twice`);
    read.set(attribute.name, attribute);
  }
  return {
    name: shown,
    opType,
    domain: domain === 'ai.onnx' ? '' : domain,
    inputs,
    outputs,
    attributes: read,
  };
}

/** The bytes of the fields with a number. */
function messagesOf(bytes: Uint8Array, number: number, file: FileBytes, part: string): readonly Uint8Array[] {
  return [...fieldsOf(bytes, file, part)].filter((field) => field.number === number).map((field) => field.bytes);
}

function readDimension(bytes: Uint8Array, file: FileBytes): number | null {
  for (const field of fieldsOf(bytes, file, 'a shape')) {
    if (field.number === dimensionFields.value) return field.varint > 0 ? field.varint : null;
  }
  return null;
}

function readValue(bytes: Uint8Array, file: FileBytes): ValueMessage {
  let [name, shape, elementType] = ['', null as (number | null)[] | null, 0];
  const part = 'an input or output';
  for (const field of fieldsOf(bytes, file, part)) {
    if (field.number === valueInfoFields.name) name = textOf(field);
    if (field.number !== valueInfoFields.type) continue;
    const tensors = messagesOf(field.bytes, typeFields.tensorType, file, part);
    for (const inner of tensors.flatMap((tensor) => [...fieldsOf(tensor, file, part)])) {
      if (inner.number === tensorTypeFields.elementType) elementType = inner.varint;
    }
    const shapes = tensors.flatMap((tensor) => messagesOf(tensor, tensorTypeFields.shape, file, part));
    shape = shapes[0] ? messagesOf(shapes[0], shapeFields.dimension, file, part).map((dimension) => readDimension(dimension, file)) : null; // prettier-ignore
  }
  return { name, shape, elementType };
}

function readGraph(bytes: Uint8Array, file: FileBytes): GraphMessage {
  let [name, hasSparse] = ['', false];
  const nodes: NodeMessage[] = [];
  const initializers: TensorMessage[] = [];
  const [inputs, outputs]: [ValueMessage[], ValueMessage[]] = [[], []];
  for (const field of fieldsOf(bytes, file, 'its graph')) {
    if (field.number === graphFields.name) name = textOf(field);
    if (field.number === graphFields.node) nodes.push(readNode(field.bytes, file));
    if (field.number === graphFields.initializer) initializers.push(readTensor(field.bytes, file, 'a weight'));
    if (field.number === graphFields.input) inputs.push(readValue(field.bytes, file));
    if (field.number === graphFields.output) outputs.push(readValue(field.bytes, file));
    if (field.number === graphFields.sparseInitializer) hasSparse = true;
    limit(nodes.length + initializers.length + inputs.length + outputs.length, MOST_NODES, 'nodes and weights', file);
  }
  return { name, nodes, initializers, inputs, outputs, hasSparse };
}

/** Version of the operators of ONNX itself; null for other operator sets. */
function readOpset(bytes: Uint8Array, file: FileBytes): number | null {
  let [domain, version] = ['', 0];
  for (const field of fieldsOf(bytes, file, 'its operator set')) {
    if (field.number === opsetFields.domain) domain = textOf(field);
    if (field.number === opsetFields.version) version = field.varint;
  }
  return domain === '' || domain === 'ai.onnx' ? version : null;
}

/**
 * Reads the structure of an ONNX file; weights stay where they are.
 *
 * @throws StudioError 'damaged-file', or 'too-large' above the limits
 */
export function readModel(file: FileBytes): ModelMessage {
  let [opset, producer, graph] = [1, '', null as GraphMessage | null];
  const properties = new Map<string, string>();
  for (const field of fieldsOf(file.bytes, file, 'it')) {
    if (field.number === modelFields.producerName) producer = textOf(field);
    if (field.number === modelFields.graph) {
      if (graph) damaged(file, 'it has two graphs');
      graph = readGraph(field.bytes, file);
    }
    if (field.number === modelFields.opsetImport) opset = readOpset(field.bytes, file) ?? opset;
    if (field.number === modelFields.metadataProps) {
      limit(properties.size, MOST_NODES, 'properties', file);
      properties.set(...readEntry(field.bytes, file));
    }
  }
  return { opset, producer, graph: graph ?? damaged(file, 'its graph is missing'), properties };
}

/**
 * Whether a file is an ONNX model: a format version (`ir_version`) and, among nothing but the fields of a ModelProto, the
 * beginning of a graph. What follows may be damaged.
 */
export function isOnnx({ bytes }: FileBytes): boolean {
  if (bytes[0] !== modelFields.irVersion << 3 || (bytes[1] ?? 0) < OLDEST_VERSION) return false;
  const reader = new BinaryReader(bytes);
  try {
    while (reader.pos < reader.len) {
      const [number, wire] = reader.tag();
      if (number === modelFields.graph) return wire === LengthDelimited;
      if (number > modelFields.functions) return false;
      reader.skip(wire, number);
    }
  } catch {
    // Too short, or no protobuf: whatever it is, its graph was not reached.
  }
  return false;
}
