import type { FileBytes, ModelMetadata, OpenedModel } from '../format';
import { isObject, isText, own, ownObject, parseJson, type JsonObject } from '../json';
import { fittingClasses, teachableMachineMetadata, userDefinedMetadata } from '../metadata';
import type { ModelFormat, OpenOptions } from '../modelFormat';
import { findCompanion } from '../paths';
import type { Quantization, StoredTensor } from '../storedTensor';
import type { Dialect } from './graph';
import { readManifest } from './manifest';
import { majorVersion, readNetwork } from './network';
import { GENERATED_BY, tfjsModelKind } from './recognise';
import { readTopology } from './topology';
import { findByName } from './weightSource';

const LABEL = 'TFJS LayersModel';

/** The topology is the Keras config itself, or has it under `model_config`. */
function topologyOf(model: JsonObject): { topology: JsonObject; dialect: Dialect } {
  const outer = ownObject(model, 'modelTopology');
  const inner = own(outer, 'model_config');
  const stated = own(outer, 'keras_version');
  const version = isText(stated) ? stated : undefined;
  // tfjs states `tfjs-layers 4.22.0`, what was converted the version of Keras, and the studio one for Keras to read.
  const isOfKeras = /^\d/.test(version ?? '') && own(model, 'generatedBy') !== GENERATED_BY;
  return {
    topology: isObject(inner) ? inner : outer,
    dialect: { kerasMajor: majorVersion(version), isOfTfjs: !isOfKeras },
  };
}

function metadataOf(
  model: JsonObject,
  main: FileBytes,
  files: readonly FileBytes[],
): Omit<ModelMetadata, 'notes' | 'openSides'> {
  const companion = findCompanion(files, main, 'metadata.json');
  const own = userDefinedMetadata(model);
  const teachable = companion ? teachableMachineMetadata(parseJson(companion.bytes, companion.path)) : null;
  if (!teachable) return { format: LABEL, ...own };
  return {
    format: `${LABEL} (Teachable Machine)`,
    classes: own.classes ?? teachable.classes,
    preprocessing: own.preprocessing ?? teachable.preprocessing,
    resize: own.resize,
  };
}

/** The JSON object of a file that `find` returned. */
function modelOf(main: FileBytes): JsonObject {
  const model = parseJson(main.bytes, main.path);
  if (!isObject(model)) throw new Error('find() only returns files with a JSON object');
  return model;
}

const tensorsOf = (main: FileBytes, files: readonly FileBytes[]): readonly StoredTensor[] =>
  readManifest(own(modelOf(main), 'weightsManifest'), main, files);

function open(main: FileBytes, files: readonly FileBytes[], options: OpenOptions): OpenedModel {
  const model = modelOf(main);
  const { topology, dialect } = topologyOf(model);
  const keras = readTopology(topology);
  const tensors = readManifest(own(model, 'weightsManifest'), main, files);
  const network = readNetwork(keras, { tensors, find: findByName(tensors) }, dialect, options);
  const { spec, weights, openSides } = network;
  const stated = metadataOf(model, main, files);
  const { classes, notes } = fittingClasses(stated.classes, spec.classCount);
  return { spec, weights, metadata: { ...stated, classes, openSides, notes: [...network.notes, ...notes] } };
}

/** Writes scale and minimum into the manifest; the rest of model.json is kept, its white space is not. */
function requantize(
  main: FileBytes,
  _: readonly FileBytes[],
  changes: ReadonlyMap<string, Quantization>,
): ReadonlyMap<FileBytes, Uint8Array> {
  const model = JSON.parse(new TextDecoder().decode(main.bytes)) as {
    weightsManifest: { weights: { name: string; quantization?: { scale: number; min: number } }[] }[];
  };
  for (const weight of model.weightsManifest.flatMap(({ weights }) => weights)) {
    const change = changes.get(weight.name);
    if (change && weight.quantization) Object.assign(weight.quantization, { scale: change.scale, min: change.minimum });
  }
  return new Map([[main, new TextEncoder().encode(JSON.stringify(model))]]);
}

/** Reads models of `tf.LayersModel.save()`, `tensorflowjs_converter --input_format=keras` and Teachable Machine. */
export const layersModel: ModelFormat = {
  label: LABEL,
  find: (files) => files.find((file) => tfjsModelKind(file) === 'layers'),
  open,
  tensors: tensorsOf,
  requantize,
};
