import { defaultZipLimits, isZip, unzip } from '../zip';
import { foreignFailure, type UnpackedFile } from './foreign';
import type { FileBytes, OpenedModel } from './format';
import { layersModel } from './layersModel/layersModel';
import type { ModelFormat } from './modelFormat';
import { baseName } from './paths';

/** Every model format that can be opened. A format is added here. */
const formats: readonly ModelFormat[] = [layersModel];

/** Files that macOS adds to folders and archives. */
function isClutter(path: string): boolean {
  return path.split('/').includes('__MACOSX') || baseName(path).startsWith('._') || baseName(path) === '.DS_Store';
}

/** The files of a drop, with what its zip archives hold in their place. */
async function unpack(files: readonly FileBytes[]): Promise<readonly UnpackedFile[]> {
  const unpacked: UnpackedFile[] = [];
  for (const file of files) {
    if (isClutter(file.path)) continue;
    const inner = isZip(file.bytes) ? await unzip(file.bytes, file.path, defaultZipLimits) : [file];
    const kept = inner.filter(({ path }) => !isClutter(path));
    unpacked.push(...kept.map(({ path, bytes }) => ({ path, bytes, origin: file.path })));
  }
  return unpacked;
}

/** The same bytes without what a subclass (a Buffer, whose slices share memory) would do differently. */
const plainBytes = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Opens a dropped model: decides by content which reader it is for. Zip archives are opened.
 *
 * @throws StudioError: 'unknown-format' or 'unsupported-format' when no reader claims a file, else what the reader found
 */
export async function openModel(files: readonly FileBytes[]): Promise<OpenedModel> {
  const unpacked = await unpack(files.map(({ path, bytes }) => ({ path, bytes: plainBytes(bytes) })));
  for (const format of formats) {
    const main = format.find(unpacked);
    if (main) return format.open(main, unpacked);
  }
  throw foreignFailure(unpacked);
}
