import { StudioError } from '../../../shared/failure';
import type { ActivationName, FileBytes, NodeSpec, OpName } from '../format';
import { stateMetadata, type MetadataOptions } from '../metadata';
import { foldWeightNorm, nodesTo, outputOf, weightOf, type ModelPart } from '../modelPart';
import type { WriteContext } from './nodeWriter';
import { writeNode } from './nodeWriters';
import { GENERATED_BY } from './recognise';
import { createSheet, type Sheet } from './sheet';
import { addChannelScaling } from './writeLinear';

export interface WriteOptions extends MetadataOptions {
  /** Mixing weight of each part; they are not used for a single part. */
  readonly mixing: readonly number[];
}

/** Operations that are never negative if none of their inputs is. */
const keepsSign = new Set<OpName>([
  'identity', 'maxPool', 'avgPool', 'globalAvgPool', 'globalMaxPool', 'add', 'average', 'multiply', 'maximum', 'concat',
  'crop', 'flatten', 'reshape',
]); // prettier-ignore
const neverNegative = new Set<ActivationName>([
  'relu6', 'sigmoid', 'hardSigmoid', 'hardSigmoid6', 'softplus', 'exponential',
]); // prettier-ignore

/** Names of the nodes whose output is never negative, whatever the image. */
function nonNegativeNodes(nodes: readonly NodeSpec[]): ReadonlySet<string> {
  const names = new Set<string>();
  for (const node of nodes) {
    const kept = keepsSign.has(node.op) && node.inputs.every((input) => names.has(input));
    const clipped =
      node.op === 'activation' &&
      (neverNegative.has(node.attributes.activation) ||
        (node.attributes.activation === 'relu' && (node.attributes.alpha ?? 0) === 0));
    if (kept || clipped || node.op === 'softmax') names.add(node.name);
  }
  return names;
}

function contextFor(part: ModelPart, sheet: Sheet, prefix: string): WriteContext {
  const byName = new Map(part.spec.nodes.map((node) => [node.name, node]));
  const nonNegative = nonNegativeNodes(part.spec.nodes);
  return {
    sheet,
    prefix,
    weight: (parameter) => weightOf(part, parameter),
    inputShape: (node, position = 0) => byName.get(node.inputs[position] ?? '')?.outputShape ?? [],
    inputIsNonNegative: (node) => nonNegative.has(node.inputs[0] ?? ''),
  };
}

/**
 * Writes the nodes up to `end`.
 *
 * @param input layer that stands for the part's input; without it the part's own input layer is written
 * @returns name of the layer that holds `end`, and of the input layer
 */
function writeNodes(
  part: ModelPart,
  end: string,
  context: WriteContext,
  input: string | null,
): { end: string; input: string } {
  const layers = new Map<string, string>();
  for (const node of nodesTo(part.spec, end)) {
    const inputs = node.inputs.map((name) => layers.get(name) ?? '');
    const isInput = node.name === part.spec.input;
    layers.set(node.name, isInput && input !== null ? input : writeNode(node, inputs, context));
  }
  return { end: layers.get(end) ?? '', input: layers.get(part.spec.input) ?? '' };
}

/** Kernel `[features, classes]` and bias of a part's classifier. */
function classifierOf(part: ModelPart, context: WriteContext): { kernel: Float32Array; bias: Float32Array | null } {
  const node = part.spec.nodes.find(({ name }) => name === part.spec.classifier);
  if (node?.op === 'weightNormDense') {
    const { direction, gain, bias } = node.parameters;
    const kernel = foldWeightNorm(context.weight(direction), context.weight(gain)).values;
    return { kernel, bias: bias ? context.weight(bias).values : null };
  }
  if (node?.op !== 'dense' && node?.op !== 'conv2d') throw new Error(`${part.spec.classifier} is no classifier.`);
  const { kernel, bias } = node.parameters;
  return { kernel: context.weight(kernel).values, bias: bias ? context.weight(bias).values : null };
}

/**
 * Brings the first part's normalised input `(v - mean) / std` into another part's, before any padding.
 *
 * @returns the layer that stands for the part's input
 */
function writeConversion(first: ModelPart, part: ModelPart, input: string, context: WriteContext): string {
  const channels = first.spec.nodes[0]?.outputShape[2] ?? 0;
  const [from, to] = [first.preprocessing, part.preprocessing];
  const at = (values: readonly number[], channel: number): number => values[channel] ?? NaN;
  const range = Array.from({ length: channels }, (_, channel) => channel);
  const slopes = range.map((channel) => at(from.std, channel) / at(to.std, channel));
  const offsets = range.map((channel) => (at(from.mean, channel) - at(to.mean, channel)) / at(to.std, channel));
  if (slopes.every((slope) => slope === 1) && offsets.every((offset) => offset === 0)) return input;
  return addChannelScaling(`${context.prefix}preprocessing`, input, slopes, offsets, context);
}

/** @throws StudioError 'mismatch' when parts take other images or tell other classes apart */
function requireAlike(parts: readonly ModelPart[]): void {
  const kinds = new Set(parts.map(({ spec }) => JSON.stringify([spec.nodes[0]?.outputShape, spec.classCount])));
  if (kinds.size <= 1) return;
  throw new StudioError({
    code: 'mismatch',
    message: 'The source models cannot be combined into one file: their input sizes or class counts differ.',
    remedy: 'Use the separate model files; their mixing weights are in the run record.',
  });
}

/**
 * All parts on one input. Their features side by side feed one classifier whose kernel holds theirs, each times its
 * mixing weight: `sum_i mixing_i (features_i kernel_i + bias_i)`. So the whole is again a model with one classifier.
 */
function writeCombined(
  parts: readonly ModelPart[],
  mixing: readonly number[],
  sheet: Sheet,
): { end: string; input: string } {
  requireAlike(parts);
  const [first] = parts;
  const inputNode = first?.spec.nodes.find(({ name }) => name === first.spec.input);
  if (!first || !inputNode) throw new Error('There is no model to write.');
  const input = writeNode(inputNode, [], contextFor(first, sheet, ''));
  const { classCount } = first.spec;
  const bias = new Float32Array(classCount);
  const written = parts.map((part, index) => {
    const weight = mixing[index] ?? 0;
    const context = contextFor(part, sheet, `source${index + 1}_`);
    const { end } = writeNodes(part, part.spec.features, context, writeConversion(first, part, input, context));
    const own = classifierOf(part, context);
    own.bias?.forEach((value, unit) => {
      bias[unit] = (bias[unit] ?? 0) + weight * value;
    });
    const isVector = part.spec.nodes.find(({ name }) => name === part.spec.features)?.outputShape.length === 1;
    return {
      features: isVector ? end : sheet.add('Flatten', `${context.prefix}features`, [end]),
      kernel: own.kernel.map((value) => weight * value),
    };
  });
  const features = sheet.add(
    'Concatenate',
    'features',
    written.map((part) => part.features),
    { axis: -1 },
  );
  const values = Float32Array.from(written.flatMap((part) => [...part.kernel]));
  const classifier = sheet.add(
    'Dense',
    'classifier',
    [features],
    { units: classCount, activation: 'linear', use_bias: true },
    {
      kernel: { shape: [values.length / classCount, classCount], values },
      bias: { shape: [classCount], values: bias },
    },
  );
  return { input, end: sheet.add('Activation', 'probabilities', [classifier], { activation: 'softmax' }) };
}

/**
 * Writes networks as a LayersModel that plain tfjs loads: `model.json` and `weights.bin`.
 *
 * One part is written as it is, with its own head. Several become one model that takes the first part's normalised
 * input and gives softmax of the logits weighted with `mixing`.
 *
 * @throws StudioError 'unsupported-layer' when tfjs has no layers for a node, 'mismatch' when parts do not fit
 */
export function writeLayersModel(parts: readonly ModelPart[], options: WriteOptions): readonly FileBytes[] {
  const [first] = parts;
  if (!first) throw new Error('There is no model to write.');
  const sheet = createSheet();
  const { input, end } =
    parts.length === 1
      ? writeNodes(first, outputOf(first.spec), contextFor(first, sheet, ''), null)
      : writeCombined(parts, options.mixing, sheet);
  const model = {
    format: 'layers-model',
    generatedBy: GENERATED_BY,
    convertedBy: null,
    modelTopology: {
      class_name: 'Model',
      config: {
        name: parts.length === 1 ? first.spec.name : 'combined',
        layers: sheet.layers,
        input_layers: [[input, 0, 0]],
        output_layers: [[end, 0, 0]],
      },
      keras_version: '2.15.0',
      backend: 'tensorflow',
    },
    weightsManifest: [{ paths: ['weights.bin'], weights: sheet.manifest }],
    userDefinedMetadata: stateMetadata(first.preprocessing, options),
  };
  return [
    { path: 'model.json', bytes: new TextEncoder().encode(JSON.stringify(model)) },
    { path: 'weights.bin', bytes: sheet.bytes() },
  ];
}
