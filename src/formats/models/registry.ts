import { StudioError } from '../../shared/failure';
import { defaultZipLimits, isZip, unzip } from '../zip';
import { foreignFailure } from './foreign';
import type { FileBytes, OpenedModel } from './format';
import { kerasArchive, kerasHdf5 } from './keras/kerasFormats';
import { layersModel } from './layersModel/layersModel';
import type { ModelFormat, OpenOptions, UnpackedFile } from './modelFormat';
import { onnx } from './onnx/reader';
import { baseName, folderOf } from './paths';
import { rewriteFiles, type RewrittenModel } from './rewrite';
import { safetensors } from './safetensors/safetensors';
import type { StoredTensor } from './storedTensor';
import { torch } from './torch/torch';

/** Every model format that can be opened, asked in order. A format is added here. */
const formats: readonly ModelFormat[] = [layersModel, kerasArchive, kerasHdf5, torch, safetensors, onnx];

/** Files that macOS adds to folders and archives. */
function isClutter(path: string): boolean {
  return path.split('/').includes('__MACOSX') || baseName(path).startsWith('._') || baseName(path) === '.DS_Store';
}

/** The files of a drop, with what its zip archives hold in their place. */
async function unpack(files: readonly FileBytes[]): Promise<readonly UnpackedFile[]> {
  const unpacked: UnpackedFile[] = [];
  for (const file of files) {
    if (isClutter(file.path)) continue;
    const plain = { path: file.path, bytes: plainBytes(file.bytes) };
    const inner = isZip(plain.bytes) ? await unzip(plain.bytes, plain.path, defaultZipLimits) : [plain];
    const kept = inner.filter(({ path }) => !isClutter(path));
    unpacked.push(...kept.map(({ path, bytes }) => ({ path, bytes, origin: file })));
  }
  return unpacked;
}

/** The same bytes without what a subclass (a Buffer, whose slices share memory) would do differently. */
const plainBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** A reader and the file that its model begins with. */
interface Candidate {
  readonly format: ModelFormat;
  readonly main: UnpackedFile;
}

/** Whether a file belongs to a candidate: lies beside its main file in the same archive, or is one of its parts. */
function belongsTo({ format, main }: Candidate, file: UnpackedFile): boolean {
  const beside = file.origin === main.origin && folderOf(file.path) === folderOf(main.path);
  return file === main || beside || format.owns?.(main, file) === true;
}

/** Every model of a drop: each reader is asked about what the others left. */
function candidatesIn(unpacked: readonly UnpackedFile[]): readonly Candidate[] {
  const found: Candidate[] = [];
  for (const format of formats) {
    for (;;) {
      const main = format.find(unpacked.filter((file) => !found.some((candidate) => belongsTo(candidate, file))));
      if (!main) break;
      found.push({ format, main });
    }
  }
  return found;
}

/** The one model of a drop. @throws StudioError where there is none, or several */
async function recognise(
  files: readonly FileBytes[],
): Promise<Candidate & { readonly unpacked: readonly UnpackedFile[] }> {
  const unpacked = await unpack(files);
  const [first, ...others] = candidatesIn(unpacked);
  if (!first) throw foreignFailure(unpacked);
  if (others.length === 0) return { ...first, unpacked };
  const pathOf = ({ path, origin }: UnpackedFile): string => (path === origin.path ? path : `${origin.path}: ${path}`);
  const named = [first, ...others].map(({ format, main }) => `${pathOf(main)} (${format.label})`);
  throw new StudioError({
    code: 'bad-model',
    message: `There are ${named.length} models in the drop: ${named.slice(0, 4).join(', ')}${named.length > 4 ? ', …' : ''}.`,
    remedy: 'Drop only the one that you want to adapt, with its own files.',
  });
}

/**
 * Opens a dropped model: decides by content which reader it is for. Zip archives are opened.
 *
 * @param options what the file leaves open; the reader's defaults where it is missing
 * @throws StudioError: 'unknown-format' or 'unsupported-format' when no reader claims a file, 'choice-needed' when it
 *   fits several networks, else what the reader found
 */
export async function openModel(files: readonly FileBytes[], options: OpenOptions = {}): Promise<OpenedModel> {
  const { format, main, unpacked } = await recognise(files);
  return format.open(main, unpacked, options);
}

/**
 * The files that a model was opened from, with other weights in them: names, types, order and everything that is not
 * one of the network's tensors stay byte for byte.
 *
 * @param files as they were given to {@link openModel}
 * @throws StudioError when the files cannot hold the weights
 */
export async function rewriteModel(
  files: readonly FileBytes[],
  model: Pick<OpenedModel, 'spec' | 'weights'>,
): Promise<RewrittenModel> {
  const { format, main, unpacked } = await recognise(files);
  return rewriteFiles(files, unpacked, { format, main }, model);
}

/** The tensors of the files that a model was opened from, where they lie. */
export async function storedTensors(files: readonly FileBytes[]): Promise<readonly StoredTensor[]> {
  const { format, main, unpacked } = await recognise(files);
  return format.tensors(main, unpacked);
}
