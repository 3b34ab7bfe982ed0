import type { NodeSpec, ParameterSpec } from '../formats/models/format';
import { sizeOf } from '../formats/models/storedTensor';
import type { ModelSummary } from '../shared/modelSummary';
import { classesOf } from './project';
import type { Project, SourceModel } from './project';

const parametersOf = (node: NodeSpec): number =>
  Object.values(node.parameters as Readonly<Record<string, ParameterSpec | undefined>>).reduce(
    (sum, parameter) => sum + (parameter ? sizeOf(parameter.shape) : 0),
    0,
  );

/** What the page shows of a model. */
export function summarizeModel(project: Project, model: SourceModel): ModelSummary {
  const { spec, metadata } = model;
  const input = spec.nodes.find(({ name }) => name === spec.input);
  const features = spec.nodes.find(({ name }) => name === spec.features);
  const [height = 0, width = 0, channels = 0] = input?.outputShape ?? [];
  const { names, from } = classesOf(project);
  const layers = spec.nodes.map((node) => ({
    name: node.name,
    op: node.op,
    outputShape: node.outputShape,
    parameters: parametersOf(node),
  }));
  return {
    modelId: model.modelId,
    name: model.name,
    format: metadata.format,
    inputShape: [height, width, channels],
    openSides: metadata.openSides,
    classCount: spec.classCount,
    classes: names,
    classesFrom: from,
    parameterCount: layers.reduce((sum, { parameters }) => sum + parameters, 0),
    layers,
    batchNormLayers: spec.nodes
      .filter(({ op }) => op === 'batchNorm')
      .map(({ name, outputShape }) => ({ name, channels: outputShape.at(-1) ?? 0, spatial: outputShape.length === 3 })),
    features: spec.features,
    featureCount: sizeOf(features?.outputShape ?? []),
    classifier: spec.classifier,
    bottleneck: spec.bottleneck,
    preprocessing: model.preprocessing,
    notes: notesOf(model),
    sizeBytes: model.sizeBytes,
    fingerprint: model.fingerprint,
  };
}

function notesOf({ spec, metadata }: SourceModel): readonly string[] {
  if (spec.nodes.some(({ op }) => op === 'batchNorm')) return metadata.notes;
  const noBatchNorm =
    'This model has no batch-norm layers, so statistics matching is off and there is no drift to show. The other terms work.';
  return [...metadata.notes, noBatchNorm];
}
