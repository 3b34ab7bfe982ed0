import type { ModelFormat, UnpackedFile } from '../modelFormat';
import { baseName } from '../paths';
import { openStateDicts } from '../stateDict/open';
import type { StateDict } from '../stateDict/stateDict';
import { readSafetensors, safetensorsHeaderLength } from './read';

const isSafetensors = (file: UnpackedFile): boolean => safetensorsHeaderLength(file) !== null;

const LABEL = 'safetensors';

function stateDictsIn(files: readonly UnpackedFile[]): readonly StateDict[] {
  return files.filter(isSafetensors).map((file) => ({
    file: baseName(file.path),
    tensors: new Map(readSafetensors(file).map((tensor) => [tensor.name, tensor])),
  }));
}

/** Reads PyTorch weights in safetensors files. The network is recognised by keys and shapes. */
export const safetensors: ModelFormat = {
  label: LABEL,
  find: (files) => files.find(isSafetensors),
  open: (_, files, options) => openStateDicts(LABEL, stateDictsIn(files), options),
  tensors: (_, files) => stateDictsIn(files).flatMap(({ tensors }) => [...tensors.values()]),
};
