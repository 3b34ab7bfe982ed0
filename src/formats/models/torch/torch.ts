import type { ModelFormat, UnpackedFile } from '../modelFormat';
import { openStateDicts } from '../stateDict/open';
import type { StateDict } from '../stateDict/stateDict';
import { stateDictOf } from './entries';
import { isLegacyCheckpoint, readLegacyCheckpoint } from './legacyCheckpoint';
import { isZipCheckpoint, readZipCheckpoint } from './zipCheckpoint';

const isCheckpoint = (file: UnpackedFile): boolean => isZipCheckpoint(file) || isLegacyCheckpoint(file);

/** Every checkpoint of a drop: the method's own source models are three files. */
function stateDictsIn(files: readonly UnpackedFile[]): readonly StateDict[] {
  return files
    .filter(isCheckpoint)
    .map((file) => stateDictOf(isZipCheckpoint(file) ? readZipCheckpoint(file, files) : readLegacyCheckpoint(file)));
}

/** Reads what `torch.save` writes, as data: nothing in it is run. The network is recognised by keys and shapes. */
export const torch: ModelFormat = {
  label: 'PyTorch checkpoint',
  owns: (main, file) => file.origin === main.origin || isCheckpoint(file),
  find: (files) => files.find(isCheckpoint),
  open: (_, files, options) => openStateDicts('PyTorch checkpoint', stateDictsIn(files), options),
  tensors: (_, files) => stateDictsIn(files).flatMap(({ tensors }) => [...tensors.values()]),
};
