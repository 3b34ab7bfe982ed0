import type { ImageRole } from '../../shared/images';
import type { ProjectSummary } from '../../shared/protocol';
import type { Preset } from '../../shared/settings';
import { plural } from './units';

/** A place of the checklist where files are put. */
export type Slot = 'model' | ImageRole;

export interface SlotText {
  /** Accessible name of its folder input. */
  readonly label: string;
  /** Accessible name of its input for single files and zips. */
  readonly filesLabel: string;
  readonly title: string;
  readonly invitation: string;
  /** File types of its second input. */
  readonly accept: string;
}

/** The endings that `formats/images/registry.ts` knows, zips and lists of labels. */
const images =
  '.png,.jpg,.jpeg,.tif,.tiff,.pgm,.ppm,.pbm,.pnm,.pam,.pfm,.npy,.npz,.bmp,.dib,.webp,.zip,.txt,.csv,.lst,.list';

export const slotTexts: Readonly<Record<Slot, SlotText>> = {
  model: {
    label: 'Source model',
    filesLabel: 'Model as files or zip',
    title: 'Model',
    invitation:
      'Drop your trained classifier: PyTorch (.pt, .pth, .safetensors), Keras (.h5, .keras), ONNX, or a TensorFlow.js folder or zip.',
    // Weight files may have any ending, or none.
    accept: '',
  },
  target: {
    label: 'Target images',
    filesLabel: 'Unlabelled images as files or zip',
    title: 'Target',
    invitation: 'Drop the folder of depth or infrared images. Folder names are used only to measure, never to train.',
    accept: images,
  },
  pairsRgb: {
    label: 'Paired RGB images',
    filesLabel: 'RGB side of the pairs as files or zip',
    title: 'Pairs, RGB side',
    invitation: 'Drop the colour pictures. They need not show your classes.',
    accept: images,
  },
  pairsTarget: {
    label: 'Paired target images',
    filesLabel: 'Depth or infrared side of the pairs as files or zip',
    title: 'Pairs, target side',
    invitation: 'Drop the depth or infrared pictures of the same scenes, under the same file names.',
    accept: images,
  },
  test: {
    label: 'Labelled test images',
    filesLabel: 'Labelled images as files or zip',
    title: 'Labelled test',
    invitation: 'Optional: one folder per class. Without labels there is no accuracy, only class share and confidence.',
    accept: images,
  },
};

export type SlotStatus = 'ready' | 'missing' | 'attention' | 'optional' | 'neededByPreset' | 'unusedByPreset';

/** How a row of the checklist stands, given what is open and what the preset needs. */
export function slotStatus(slot: Slot, project: ProjectSummary, needsPairs: boolean): SlotStatus {
  if (slot === 'model') return project.models.length > 0 ? 'ready' : 'missing';
  const folder = project.folders[slot];
  const isPairs = slot === 'pairsRgb' || slot === 'pairsTarget';
  if (isPairs && !needsPairs) return 'unusedByPreset';
  if (folder === undefined) {
    if (slot === 'test') return 'optional';
    return isPairs ? 'neededByPreset' : 'missing';
  }
  const pairsFail = isPairs && project.pairs?.matched === 0;
  return folder.warnings.length > 0 || pairsFail ? 'attention' : 'ready';
}

/** Whether a preset with these weights uses the pairs at all. */
export function usesPairs(preset: Preset, weights: { pairWeight: number; discriminatorWeight: number }): boolean {
  return preset.kind === 'train' && (weights.pairWeight > 0 || weights.discriminatorWeight > 0);
}

/** The images in one short line, for the strip of stages. */
export function imagesLine(project: ProjectSummary): string {
  const { target, test } = project.folders;
  if (target === undefined) return 'nothing opened yet';
  const parts = [plural(target.usable, 'target', 'target')];
  if (project.pairs !== null) parts.push(plural(project.pairs.matched, 'pair'));
  if (test !== undefined) parts.push(plural(test.usable, 'test', 'test'));
  return parts.join(' · ');
}
