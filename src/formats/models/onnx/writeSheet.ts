import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { WrittenWeight } from '../modelPart';
import {
  attributeFields,
  attributeTypes,
  dataTypes,
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

/**
 * The lowest opset that has all that is written: from 13 on Softmax and LogSoftmax work along one axis. What later ones
 * add (HardSwish, Mish, Gelu as one node each) is composed here, so that older runtimes load the file too.
 */
const OPSET = 13;
/** The file version that came with it (ONNX 1.8). */
const IR_VERSION = 7;

/** A whole number, a fraction, whole numbers or a text, as the attribute's type wants it. */
export type Attribute =
  | { readonly int: number }
  | { readonly float: number }
  | { readonly ints: readonly number[] }
  | { readonly text: string };
export type Attributes = Readonly<Record<string, Attribute>>;

/** A value of the graph: name and shape, null where the batch is. */
export interface ValueInfo {
  readonly name: string;
  readonly shape: readonly (number | null)[];
}

/** The graph of an ONNX file under construction. */
export interface OnnxSheet {
  /**
   * Adds a node with one output.
   *
   * @param wish name of the node and its output; made unique
   * @param inputs names of values
   * @returns name of the output
   */
  add(opType: string, wish: string, inputs: readonly string[], attributes?: Attributes): string;
  /** Adds a tensor of float32 values. @returns its name */
  tensor(wish: string, weight: WrittenWeight): string;
  /** Adds a vector of whole numbers. @returns its name */
  integers(wish: string, values: readonly number[]): string;
  /** Adds a float32 number. @returns its name */
  scalar(wish: string, value: number): string;
  /** The whole file; the value `end` gets the name of `output`. */
  file(
    name: string,
    input: ValueInfo,
    output: ValueInfo,
    end: string,
    props: Readonly<Record<string, string>>,
  ): Uint8Array;
}

interface SheetNode {
  readonly name: string;
  readonly opType: string;
  readonly inputs: readonly string[];
  readonly attributes: Attributes;
}

type Build = (writer: BinaryWriter) => unknown;

function message(writer: BinaryWriter, field: number, build: Build): void {
  writer.tag(field, WireType.LengthDelimited).fork();
  build(writer);
  writer.join();
}

const text = (writer: BinaryWriter, field: number, value: string): BinaryWriter =>
  writer.tag(field, WireType.LengthDelimited).string(value);

const int = (writer: BinaryWriter, field: number, value: number): BinaryWriter =>
  writer.tag(field, WireType.Varint).int64(value);

function writeAttribute(writer: BinaryWriter, name: string, attribute: Attribute): void {
  text(writer, attributeFields.name, name);
  if ('int' in attribute)
    int(int(writer, attributeFields.int, attribute.int), attributeFields.type, attributeTypes.int);
  else if ('float' in attribute) {
    writer.tag(attributeFields.float, WireType.Bit32).float(attribute.float);
    int(writer, attributeFields.type, attributeTypes.float);
  } else if ('text' in attribute) {
    text(writer, attributeFields.string, attribute.text);
    int(writer, attributeFields.type, attributeTypes.string);
  } else {
    for (const value of attribute.ints) int(writer, attributeFields.ints, value);
    int(writer, attributeFields.type, attributeTypes.ints);
  }
}

function writeNode(
  writer: BinaryWriter,
  { name, opType, inputs, attributes }: SheetNode,
  nameOf: (value: string) => string,
) {
  for (const input of inputs) text(writer, nodeFields.input, nameOf(input));
  text(writer, nodeFields.output, nameOf(name));
  text(writer, nodeFields.name, name);
  text(writer, nodeFields.opType, opType);
  for (const [key, attribute] of Object.entries(attributes)) {
    message(writer, nodeFields.attribute, (inner) => {
      writeAttribute(inner, key, attribute);
    });
  }
}

function writeValue(writer: BinaryWriter, { name, shape }: ValueInfo): void {
  text(writer, valueInfoFields.name, name);
  message(writer, valueInfoFields.type, (type) => {
    message(type, typeFields.tensorType, (tensor) => {
      int(tensor, tensorTypeFields.elementType, dataTypes.float32);
      message(tensor, tensorTypeFields.shape, (dimensions) => {
        for (const length of shape) {
          message(dimensions, shapeFields.dimension, (dimension) =>
            length === null
              ? text(dimension, dimensionFields.parameter, 'batch')
              : int(dimension, dimensionFields.value, length),
          );
        }
      });
    });
  });
}

interface SheetTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: Float32Array | BigInt64Array;
}

/** Values as raw bytes: little-endian, as typed arrays are on every machine that has a browser. */
function writeTensor(writer: BinaryWriter, { name, shape, values }: SheetTensor): void {
  for (const length of shape) int(writer, tensorFields.dims, length);
  int(writer, tensorFields.dataType, values instanceof Float32Array ? dataTypes.float32 : dataTypes.int64);
  text(writer, tensorFields.name, name);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  writer.tag(tensorFields.rawData, WireType.LengthDelimited).bytes(bytes);
}

interface Graph {
  readonly name: string;
  readonly nodes: readonly SheetNode[];
  readonly tensors: readonly SheetTensor[];
  readonly input: ValueInfo;
  readonly output: ValueInfo;
}

function writeGraph(writer: BinaryWriter, graph: Graph, nameOf: (value: string) => string): void {
  for (const node of graph.nodes) {
    message(writer, graphFields.node, (inner) => {
      writeNode(inner, node, nameOf);
    });
  }
  text(writer, graphFields.name, graph.name);
  for (const tensor of graph.tensors) {
    message(writer, graphFields.initializer, (inner) => {
      writeTensor(inner, tensor);
    });
  }
  for (const [field, value] of [[graphFields.input, graph.input], [graphFields.output, graph.output]] as const) {
    message(writer, field, (inner) => {
      writeValue(inner, value);
    });
  } // prettier-ignore
}

function writeModel(
  graph: Graph,
  nameOf: (value: string) => string,
  props: Readonly<Record<string, string>>,
): Uint8Array {
  const writer = new BinaryWriter();
  int(writer, modelFields.irVersion, IR_VERSION);
  text(writer, modelFields.producerName, 'SOCKET Studio');
  message(writer, modelFields.graph, (inner) => {
    writeGraph(inner, graph, nameOf);
  });
  message(writer, modelFields.opsetImport, (inner) =>
    int(text(inner, opsetFields.domain, ''), opsetFields.version, OPSET),
  );
  for (const [key, value] of Object.entries(props)) {
    message(writer, modelFields.metadataProps, (inner) =>
      text(text(inner, entryFields.key, key), entryFields.value, value),
    );
  }
  return writer.finish();
}

/** @param reserved names that nothing but the graph's ends may have */
export function createOnnxSheet(reserved: readonly string[]): OnnxSheet {
  const names = new Set(reserved);
  const nodes: SheetNode[] = [];
  const tensors: SheetTensor[] = [];
  const uniqueName = (wish: string): string => {
    let name = wish;
    for (let copy = 2; names.has(name); copy += 1) name = `${wish}_${copy}`;
    names.add(name);
    return name;
  };
  const addTensor = (wish: string, shape: readonly number[], values: SheetTensor['values']): string => {
    const name = uniqueName(wish);
    tensors.push({ name, shape, values });
    return name;
  };
  return {
    add(opType, wish, inputs, attributes = {}) {
      const name = uniqueName(wish);
      nodes.push({ name, opType, inputs, attributes });
      return name;
    },
    tensor: (wish, { shape, values }) => addTensor(wish, shape, values),
    integers: (wish, values) => addTensor(wish, [values.length], BigInt64Array.from(values, BigInt)),
    scalar: (wish, value) => addTensor(wish, [], Float32Array.of(value)),
    file: (name, input, output, end, props) =>
      writeModel({ name, nodes, tensors, input, output }, (value) => (value === end ? output.name : value), props),
  };
}
