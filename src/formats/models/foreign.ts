import { StudioError, type FailureCode } from '../../shared/failure';
import { isZip } from '../zip';
import type { FileBytes } from './format';
import type { UnpackedFile } from './modelFormat';
import { tfjsModelKind } from './layersModel/recognise';
import { baseName } from './paths';

/** A kind of file that is known but cannot be used, with the way to one that can. */
interface ForeignFormat {
  /** For people, with its article: `a PyTorch checkpoint`. */
  readonly label: string;
  /** Decides by content. `head` holds the first bytes, at most 1 KiB. */
  matches(head: Uint8Array, file: FileBytes): boolean;
  readonly code: FailureCode;
  readonly remedy: string;
}

const KERAS_FILE = 'Drop the Keras model that it was made from (.keras or .h5).';
const FROM_PYTORCH =
  'If you trust where it comes from, load it in Python and save only the weights: torch.save(model.state_dict(), "model.pt").';

/** Whether ASCII text stands at a byte offset. */
function textAt(head: Uint8Array, offset: number, text: string): boolean {
  return new TextEncoder().encode(text).every((byte, position) => head[offset + position] === byte);
}

/** A Core ML Model message: version, then a description that is a message; or the manifest of an .mlpackage. */
function isCoreMl(head: Uint8Array, file: FileBytes): boolean {
  const length = (head[3] ?? 0) < 0x80 ? 1 : (head[4] ?? 0) < 0x80 ? 2 : 3;
  const isModel = head[0] === 0x08 && (head[1] ?? 0) <= 12 && head[2] === 0x12 && head[3 + length] === 0x0a;
  const isPackage =
    baseName(file.path) === 'Manifest.json' && new TextDecoder().decode(head).includes('com.apple.CoreML');
  return isModel || isPackage;
}

const unsupported = 'unsupported-format';

/** Every kind of file that people are likely to drop instead. Rows are asked in order. */
const foreignFormats: readonly ForeignFormat[] = [
  {
    label: 'a pointer of Git LFS and not the model itself',
    matches: (head) => textAt(head, 0, 'version https://git-lfs.github.com/spec/v1'),
    code: 'missing-file',
    remedy: 'Download the real file: press “Download” on its page, or run git lfs pull.',
  },
  {
    label: 'a TFJS GraphModel, in which the batch-norm layers have been merged into the convolutions for good',
    matches: (_, file) => tfjsModelKind(file) === 'graph',
    code: unsupported,
    remedy: `${KERAS_FILE} Converting it again with tensorflowjs_converter --output_format=tfjs_layers_model works as well.`,
  },
  {
    label: 'a TensorFlow SavedModel',
    matches: (_, file) => /^(saved_model|keras_metadata)\.pb$/.test(baseName(file.path)),
    code: unsupported,
    remedy:
      'Load it with TensorFlow 2.15 or older and save it as one file: tf.keras.models.load_model("folder").save("model.keras"). Then drop model.keras.',
  },
  {
    label: 'a Python pickle that torch.save did not write; a pickle can hold program code, which is never run here',
    matches: (head) => head[0] === 0x80 && (head[1] ?? 0) >= 2 && (head[1] ?? 0) <= 5,
    code: unsupported,
    remedy: FROM_PYTORCH,
  },
  {
    label: 'a tar archive, as PyTorch wrote them before 2017',
    matches: (head) => textAt(head, 257, 'ustar'),
    code: unsupported,
    remedy: FROM_PYTORCH,
  },
  {
    label: 'a TFLite model, in which the batch-norm layers have been merged into the convolutions for good',
    matches: (head) => textAt(head, 4, 'TFL3'),
    code: unsupported,
    remedy: KERAS_FILE,
  },
  {
    label: 'a Core ML model, which only Apple’s programs can run',
    matches: isCoreMl,
    code: unsupported,
    remedy: 'Drop the PyTorch, Keras or ONNX model that it was converted from.',
  },
  {
    label: 'no TFJS model, whatever its name says',
    matches: (_, file) => baseName(file.path) === 'model.json' && tfjsModelKind(file) === null,
    code: 'damaged-file',
    remedy: 'Export or download it again: a failed download often leaves a web page under that name.',
  },
  {
    label: 'weights of a TFJS model without their model.json',
    matches: (_, file) => /^(group\d+-shard\d+of\d+(\.bin)?|.*weights\.bin)$/.test(baseName(file.path)),
    code: 'missing-file',
    remedy: 'Drop model.json together with its weight files, best the whole folder.',
  },
];

const HEAD_BYTES = 1024;

/** The refusal of an archive inside of another one, such as a PyTorch or Keras file that somebody packed. */
function nestedFailure(files: readonly UnpackedFile[]): StudioError | null {
  const inner = files.find(({ bytes, origin }) => isZip(origin.bytes) && isZip(bytes));
  if (!inner) return null;
  const name = baseName(inner.path);
  return new StudioError({
    code: 'unknown-format',
    message: `${baseName(inner.origin.path)} holds ${name}, which is an archive itself (PyTorch and Keras files are), and is not opened inside of another one.`,
    remedy: `Take ${name} out of ${baseName(inner.origin.path)} and drop it.`,
  });
}

/** The refusal of files that no reader claims, by the first of them that is known. */
export function foreignFailure(files: readonly UnpackedFile[]): StudioError {
  for (const format of foreignFormats) {
    const file = files.find((candidate) => format.matches(candidate.bytes.subarray(0, HEAD_BYTES), candidate));
    if (!file) continue;
    return new StudioError({
      code: format.code,
      message: `${baseName(file.origin.path)} is ${format.label}.`,
      remedy: format.remedy,
    });
  }
  const nested = nestedFailure(files);
  if (nested) return nested;
  const names = [...new Set(files.map(({ origin }) => baseName(origin.path)))];
  const shown = `${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
  return new StudioError({
    code: 'unknown-format',
    message: files.length === 0 ? 'There is no file in what was dropped.' : `No model was found in ${shown}.`,
    remedy:
      'Drop a trained classifier: PyTorch (.pt, .pth, .safetensors), Keras (.keras, .h5), ONNX, or the folder or zip of a TFJS LayersModel.',
  });
}
