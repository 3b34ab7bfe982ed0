import { StudioError } from '../../../shared/failure';
import type { FileBytes, OpenedModel } from '../format';
import { isObject, isText, own, parseJson, type JsonObject } from '../json';
import { majorVersion, readNetwork, type KerasWeights } from '../layersModel/network';
import { readTopology, type KerasModel } from '../layersModel/topology';
import type { ModelFormat, OpenOptions, UnpackedFile } from '../modelFormat';
import { baseName } from '../paths';
import { countedWeights } from './countedWeights';
import { modernised } from './firstKeras';
import { isHdf5, openHdf5, type Hdf5Object } from './hdf5/hdf5';
import { legacyWeights } from './legacyWeights';

const HDF5_LABEL = 'Keras HDF5';
const ARCHIVE_LABEL = 'Keras (.keras)';

/** What is in a file of either kind. */
interface KerasFile {
  readonly label: string;
  readonly version: string | undefined;
  readonly model: KerasModel;
  readonly weights: KerasWeights;
}

function openKeras({ label, version, model, weights }: KerasFile, options: OpenOptions): OpenedModel {
  const dialect = { kerasMajor: majorVersion(version), isOfTfjs: false };
  const { openSides, notes, ...network } = readNetwork(model, weights, dialect, options);
  const stated = { classes: null, preprocessing: null, resize: null };
  return { ...network, metadata: { format: version ? `${label}, Keras ${version}` : label, ...stated, openSides, notes } };
} // prettier-ignore

function jsonObject(bytes: Uint8Array, name: string): JsonObject {
  const value = parseJson(bytes, name);
  if (isObject(value)) return value;
  throw new StudioError({
    code: 'damaged-file',
    message: `${name} does not describe a model.`,
    remedy: 'Copy or download the file again from its source.',
  });
}

/** @throws StudioError 'unsupported-format', always: weights alone, or no file of Keras at all */
function noModel(root: Hdf5Object, name: string): never {
  const groups = ['model_weights', 'layers', '_layer_checkpoint_dependencies'];
  const names = root.texts('layer_names') ?? root.texts('layer_names0');
  const isWeights = names !== undefined || groups.some((group) => root.child(group) !== undefined);
  throw new StudioError({
    code: 'unsupported-format',
    message: isWeights
      ? `${name} holds the weights of a Keras model without its layers.`
      : `${name} is an HDF5 file but no Keras model.`,
    remedy: isWeights
      ? `Where the model was trained: build it, model.load_weights("${name}"), then model.save("model.keras"), and drop that file.`
      : 'Drop a file that model.save("model.keras") or model.save("model.h5") wrote.',
  });
}

/** Theano turns its kernels by 180 degrees. */
function requireKnownBackend(root: Hdf5Object, name: string): void {
  if (root.texts('backend')?.[0] !== 'theano') return;
  throw new StudioError({
    code: 'unsupported-format',
    message: `${name} was trained with Theano, whose kernels are turned by 180 degrees.`,
    remedy: 'Load the model in Keras 2 with TensorFlow and save it again.',
  });
}

function readHdf5(main: FileBytes): KerasFile {
  const name = baseName(main.path);
  const root = openHdf5(main);
  const [config] = root.texts('model_config') ?? [];
  const weights = root.child('model_weights');
  if (config === undefined || !weights) return noModel(root, name);
  requireKnownBackend(root, name);
  const version = root.texts('keras_version')?.[0] ?? weights.texts('keras_version')?.[0];
  const topology = readTopology(jsonObject(new TextEncoder().encode(config), `The description of the model in ${name}`));
  const model = majorVersion(version) === 1 ? modernised(topology) : topology;
  return { label: HDF5_LABEL, version, model, weights: legacyWeights(weights, model) };
} // prettier-ignore

/** Reads `model.save('model.h5')` of Keras 1 to 3. */
export const kerasHdf5: ModelFormat = {
  label: HDF5_LABEL,
  find: (files) => files.find(({ bytes }) => isHdf5(bytes)),
  open: (main, _, options) => openKeras(readHdf5(main), options),
  tensors: (main) => readHdf5(main).weights.tensors,
};

/** Whether two files came out of the same archive, or neither out of one. */
function isTogether(a: UnpackedFile, b: UnpackedFile): boolean {
  const isLoose = ({ path, origin }: UnpackedFile): boolean => path === origin.path;
  return a.origin === b.origin || (isLoose(a) && isLoose(b));
}

/** A file beside another one, out of the same archive. */
function beside(main: UnpackedFile, files: readonly UnpackedFile[], name: string): UnpackedFile | undefined {
  const path = main.path.slice(0, -baseName(main.path).length) + name;
  return files.find((file) => file.path === path && isTogether(main, file));
}

const WEIGHTS = 'model.weights.h5';
const METADATA = 'metadata.json';

function required(main: UnpackedFile, files: readonly UnpackedFile[], name: string): UnpackedFile {
  const file = beside(main, files, name);
  if (file) return file;
  throw new StudioError({
    code: 'missing-file',
    message: `${baseName(main.origin.path)} is a Keras model without its ${name}.`,
    remedy: 'Drop the whole .keras file, as model.save("model.keras") writes it.',
  });
}

function readArchive(main: UnpackedFile, files: readonly UnpackedFile[]): KerasFile {
  const [metadata, weightFile] = [required(main, files, METADATA), required(main, files, WEIGHTS)];
  const version = own(jsonObject(metadata.bytes, METADATA), 'keras_version');
  const model = readTopology(jsonObject(main.bytes, 'config.json'));
  const weights = countedWeights(openHdf5(weightFile), model);
  return { label: ARCHIVE_LABEL, version: isText(version) ? version : undefined, model, weights };
} // prettier-ignore

/** Reads `model.save('model.keras')` of Keras 2.12 and newer; the archive is open already. */
export const kerasArchive: ModelFormat = {
  label: ARCHIVE_LABEL,
  owns: (main, file) => beside(main, [file], baseName(file.path)) === file,
  find: (files) =>
    files.find((file) => {
      if (baseName(file.path) !== 'config.json') return false;
      const metadata = beside(file, files, METADATA);
      const isKeras = metadata && new TextDecoder().decode(metadata.bytes.subarray(0, 4096)).includes('"keras_version"');
      return beside(file, files, WEIGHTS) !== undefined || isKeras;
    }),
  open: (main, files, options) => openKeras(readArchive(main, files), options),
  tensors: (main, files) => readArchive(main, files).weights.tensors,
}; // prettier-ignore
