import { StudioError } from '../../shared/failure';
import { isZip } from '../zip';
import { replaceInZip } from '../zipPatch';
import type { FileBytes, OpenedModel, ParameterSpec } from './format';
import { toFile } from './layout';
import type { ModelFormat, UnpackedFile } from './modelFormat';
import { encodeTensor, type EncodedTensor, type Quantization, type StoredTensor } from './storedTensor';

/** A model in the files that it came in. */
export interface RewrittenModel {
  /** All files of the drop, in their order; those that hold weights are changed. */
  readonly files: readonly FileBytes[];
  /** What the file's own number types cost, for the person; empty where nothing was rounded. */
  readonly losses: readonly string[];
}

type Roles = Readonly<Record<string, ParameterSpec | undefined>>;

function parametersOf({ spec }: Pick<OpenedModel, 'spec'>): readonly ParameterSpec[] {
  return spec.nodes.flatMap(({ parameters }) =>
    Object.values(parameters as Roles).filter((parameter) => parameter !== undefined),
  );
}

/** @throws StudioError 'unsupported-format' */
function cannotWrite(what: string): never {
  throw new StudioError({
    code: 'unsupported-format',
    message: `The adapted weights cannot be written into the source model's own file: ${what}.`,
    remedy: 'Download it as ONNX, as a TensorFlow.js layers model or as safetensors instead.',
  });
}

/** The tensors of the file with what they hold from now on. */
function encodeAll(
  tensors: readonly StoredTensor[],
  model: Pick<OpenedModel, 'spec' | 'weights'>,
): ReadonlyMap<StoredTensor, EncodedTensor> {
  const byName = new Map<string, StoredTensor>();
  for (const tensor of tensors) {
    if (byName.has(tensor.name)) cannotWrite(`it has two weights named ${tensor.name}`);
    byName.set(tensor.name, tensor);
  }
  const written = new Map<StoredTensor, Float32Array>();
  for (const parameter of parametersOf(model)) {
    const tensor = byName.get(parameter.fileName) ?? cannotWrite(`it has no place for ${parameter.fileName}`);
    if (tensor.readOnly) cannotWrite(`it keeps ${tensor.name} ${tensor.readOnly}`);
    const weights = model.weights.get(parameter.name);
    if (!weights) throw new RangeError(`The weights lack ${parameter.name}.`);
    const values = toFile(weights, parameter.layout);
    const other = written.get(tensor);
    if (other?.some((value, at) => !Object.is(value, values[at]))) {
      cannotWrite(`${tensor.name} serves several layers there, which differ now`);
    }
    written.set(tensor, values);
  }
  return new Map([...written].map(([tensor, values]) => [tensor, encodeTensor(tensor, values)]));
}

/**
 * Copies of the files that change, with the tensors written into them. Only bytes that change are written: tensors may
 * lie between each other's values.
 */
function patch(encoded: ReadonlyMap<StoredTensor, EncodedTensor>): Map<FileBytes, Uint8Array> {
  const changed = new Map<FileBytes, Uint8Array>();
  for (const [{ name, pieces }, { bytes }] of encoded) {
    let from = 0;
    for (const { file, offset, length } of pieces) {
      const copy = changed.get(file) ?? file.bytes.slice();
      changed.set(file, copy);
      for (let at = offset; at < offset + length; at += 1, from += 1) {
        const [wanted, before] = [bytes[from] ?? 0, file.bytes[at]];
        if (wanted === before) continue;
        if (copy[at] !== before && copy[at] !== wanted) cannotWrite(`${name} lies where another weight lies, which differs now`); // prettier-ignore
        copy[at] = wanted;
      }
    }
  }
  return changed;
}

function lossesOf(encoded: ReadonlyMap<StoredTensor, EncodedTensor>): readonly string[] {
  const worst = new Map<string, number>();
  for (const [{ stored }, { loss }] of encoded) {
    if (loss > 0 && stored !== 'float32' && stored !== 'float64')
      worst.set(stored, Math.max(worst.get(stored) ?? 0, loss));
  }
  return [...worst].map(
    ([stored, loss]) =>
      `Weights are kept as ${stored}, as in the source: this rounds them by at most ${loss.toPrecision(2)}.`,
  );
}

/** What each dropped file becomes: an archive with the files in it that changed, or the file itself. */
function repack(
  files: readonly FileBytes[],
  unpacked: readonly UnpackedFile[],
  changed: ReadonlyMap<FileBytes, Uint8Array>,
): readonly FileBytes[] {
  return files.map((file) => {
    const inside = unpacked.filter((inner) => inner.origin === file && changed.has(inner));
    if (inside.length === 0) return file;
    const contents = new Map(inside.map((inner) => [inner.path, changed.get(inner) ?? inner.bytes]));
    const bytes = isZip(file.bytes) ? replaceInZip(file.bytes, file.path, contents) : contents.get(file.path);
    return { path: file.path, bytes: bytes ?? file.bytes };
  });
}

/**
 * Puts a network's weights back into the files that it was read from.
 *
 * @throws StudioError 'unsupported-format' when a weight has no place of its own there
 */
export async function rewriteFiles(
  files: readonly FileBytes[],
  unpacked: readonly UnpackedFile[],
  { format, main }: { readonly format: ModelFormat; readonly main: UnpackedFile },
  model: Pick<OpenedModel, 'spec' | 'weights'>,
): Promise<RewrittenModel> {
  const encoded = encodeAll(await format.tensors(main, unpacked), model);
  const changed = patch(encoded);
  const scales = new Map<string, Quantization>();
  for (const [{ name, quantization: before }, { quantization }] of encoded) {
    if (quantization && quantization !== before) scales.set(name, quantization);
  }
  if (scales.size > 0) {
    if (!format.requantize) cannotWrite('its quantisation cannot be changed');
    for (const [file, bytes] of format.requantize(main, unpacked, scales)) changed.set(file, bytes);
  }
  return { files: repack(files, unpacked, changed), losses: lossesOf(encoded) };
}
