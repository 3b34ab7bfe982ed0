import type { FileBytes, NodeSpec, OpName } from '../format';
import { stateMetadataInTexts, type MetadataOptions } from '../metadata';
import { nodesTo, outputKindOf, outputOf, weightOf, type ModelPart } from '../modelPart';
import { pixelRanges, RANGE_KEY } from './metadata';
import { writeActivation } from './writeActivation';
import { cannotWriteOnnx, isImage, type OnnxContext, type OnnxWriter } from './writeContext';
import {
  writeBatchNorm,
  writeConcat,
  writeConv2d,
  writeDense,
  writeDepthwiseConv2d,
  writeLogSoftmax,
  writeNormalize,
  writePrelu,
  writeRescale,
  writeSoftmax,
  writeWeightNormDense,
} from './writeLinear';
import { createOnnxSheet } from './writeSheet';
import {
  writeAvgPool,
  writeCrop,
  writeFlatten,
  writeGlobalAvgPool,
  writeGlobalMaxPool,
  writeMaxPool,
  writePad,
  writePadChannels,
  writeReshape,
  writeUpsample,
} from './writeSpatial';

/** Name of the graph's input. */
const INPUT = 'input';

/** ONNX aligns shapes from the right, we behind the batch: the same only for tensors with as many axes. */
function requireOneRank(node: NodeSpec, context: OnnxContext): void {
  const ranks = new Set(node.inputs.map((_, position) => context.inputShape(node, position).length));
  if (ranks.size > 1) cannotWriteOnnx(node, 'its inputs differ in the number of their axes');
}

/** An operation of two inputs, one after the other. */
const folded =
  (opType: string): OnnxWriter<'add' | 'subtract' | 'multiply'> =>
  (node, inputs, context) => {
    requireOneRank(node, context);
    const [first = '', ...others] = inputs;
    if (others.length === 0) return context.sheet.add('Identity', node.name, [first]);
    return others.reduce((sum, input) => context.sheet.add(opType, node.name, [sum, input]), first);
  };

/** An operation of any number of inputs. */
const variadic =
  (opType: string): OnnxWriter<'average' | 'maximum'> =>
  (node, inputs, context) => {
    requireOneRank(node, context);
    return context.sheet.add(opType, node.name, inputs);
  };

/** What every operation of a NodeSpec becomes. Rows are added here, nowhere else. */
const writers: { readonly [Op in OpName]: OnnxWriter<Op> } = {
  input: () => INPUT,
  conv2d: writeConv2d,
  depthwiseConv2d: writeDepthwiseConv2d,
  dense: writeDense,
  weightNormDense: writeWeightNormDense,
  batchNorm: writeBatchNorm,
  activation: writeActivation,
  prelu: writePrelu,
  add: folded('Add'),
  subtract: folded('Sub'),
  multiply: folded('Mul'),
  average: variadic('Mean'),
  maximum: variadic('Max'),
  concat: writeConcat,
  maxPool: writeMaxPool,
  avgPool: writeAvgPool,
  globalAvgPool: writeGlobalAvgPool,
  globalMaxPool: writeGlobalMaxPool,
  flatten: writeFlatten,
  reshape: writeReshape,
  pad: writePad,
  padChannels: writePadChannels,
  crop: writeCrop,
  upsample: writeUpsample,
  softmax: writeSoftmax,
  logSoftmax: writeLogSoftmax,
  identity: (node, [x = ''], { sheet }) => sheet.add('Identity', node.name, [x]),
  rescale: writeRescale,
  normalize: writeNormalize,
};

function write(node: NodeSpec, inputs: readonly string[], context: OnnxContext): string {
  const writer = writers[node.op] as OnnxWriter<OpName>;
  return writer(node, inputs, context);
}

const channelsFirst = (shape: readonly number[]): readonly number[] => {
  const [height = 0, width = 0, channels = 0] = shape;
  return isImage(shape) ? [channels, height, width] : shape;
};

/**
 * Writes a network as an ONNX file: channels first, the batch open, batch norm unfused, the head as in the network.
 *
 * The input is named `input`; the output says what it is: `logits`, `probabilities` or `log_probabilities`. Classes,
 * preprocessing and resizing are entries of `metadata_props`, as JSON.
 *
 * @throws StudioError 'unsupported-layer' when ONNX cannot compute a node
 */
export function writeOnnx(part: ModelPart, options: MetadataOptions): FileBytes {
  const { spec, preprocessing } = part;
  const byName = new Map(spec.nodes.map((node) => [node.name, node]));
  const kind = outputKindOf(spec);
  const sheet = createOnnxSheet([INPUT, kind]);
  const context: OnnxContext = {
    sheet,
    weight: (parameter) => weightOf(part, parameter),
    inputShape: (node, position = 0) => byName.get(node.inputs[position] ?? '')?.outputShape ?? [],
  };
  const last = outputOf(spec);
  const values = new Map<string, string>();
  for (const node of nodesTo(spec, last)) {
    values.set(node.name, write(node, node.inputs.map((name) => values.get(name) ?? ''), context)); // prettier-ignore
  }
  const shapeOf = (name: string) => [null, ...channelsFirst(byName.get(name)?.outputShape ?? [])];
  const range = pixelRanges[preprocessing.preset];
  const props = {
    ...stateMetadataInTexts(preprocessing, options),
    output: kind,
    ...(range !== undefined && { [RANGE_KEY]: range }),
  };
  const ends = [
    { name: INPUT, shape: shapeOf(spec.input) },
    { name: kind, shape: shapeOf(last) },
  ] as const;
  return { path: 'model.onnx', bytes: sheet.file(spec.name, ...ends, values.get(last) ?? '', props) };
}
