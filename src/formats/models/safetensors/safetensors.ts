import type { OpenedModel } from '../format';
import { fittingClasses, readMetadataFromTexts } from '../metadata';
import type { ModelFormat, OpenOptions, UnpackedFile } from '../modelFormat';
import { baseName } from '../paths';
import { openStateDicts } from '../stateDict/open';
import type { StateDict } from '../stateDict/stateDict';
import { readSafetensors, readSafetensorsTexts, safetensorsHeaderLength } from './read';

const isSafetensors = (file: UnpackedFile): boolean => safetensorsHeaderLength(file) !== null;

const LABEL = 'safetensors';

function stateDictsIn(files: readonly UnpackedFile[]): readonly StateDict[] {
  return files.filter(isSafetensors).map((file) => ({
    file: baseName(file.path),
    path: [],
    tensors: new Map(readSafetensors(file).map((tensor) => [tensor.name, tensor])),
  }));
}

/** The network that is recognised, with what its own file says of classes, preprocessing and resizing. */
function open(main: UnpackedFile, files: readonly UnpackedFile[], options: OpenOptions): OpenedModel {
  const model = openStateDicts(LABEL, stateDictsIn(files), options);
  const stated = readMetadataFromTexts(readSafetensorsTexts(main));
  const { classes, notes } = fittingClasses(stated.classes, model.spec.classCount);
  const metadata = { ...model.metadata, ...stated, classes, notes: [...model.metadata.notes, ...notes] };
  return { ...model, metadata };
}

/** Reads PyTorch weights in safetensors files. The network is recognised by keys and shapes. */
export const safetensors: ModelFormat = {
  label: LABEL,
  owns: (_, file) => isSafetensors(file),
  find: (files) => files.find(isSafetensors),
  open,
  tensors: (_, files) => stateDictsIn(files).flatMap(({ tensors }) => [...tensors.values()]),
};
