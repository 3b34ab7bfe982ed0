import { StudioError } from '../../../shared/failure';
import { LENGTH_BYTES, METADATA_KEY, MOST_HEADER_BYTES, storedTypes } from './schema';
import type { FileBytes, Weights } from '../format';
import { fromFile, toFile } from '../layout';
import { stateMetadataInTexts, type MetadataOptions } from '../metadata';
import type { ModelPart } from '../modelPart';
import { wrapperOf } from '../stateDict/wrappers';
import { bytesPerValue, decodeTensor, isTrainable, sizeOf, type StoredTensor, type StoredType } from '../storedTensor';
import { readSafetensors } from './read';
import { plannedTensors, type PlannedTensor } from './writePlan';

export interface SafetensorsOptions extends MetadataOptions {
  /** The tensors of the model's own files: where they are a PyTorch state dict, its names and order are kept. */
  readonly source?: readonly StoredTensor[];
}

/** A tensor as it is written. */
interface FileTensor {
  readonly name: string;
  readonly stored: StoredType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

const dtypes = new Map([...storedTypes].map(([dtype, stored]) => [stored, dtype]));

const bytesOf = (values: Float32Array): Uint8Array =>
  new Uint8Array(values.buffer, values.byteOffset, values.byteLength);

function adapted(planned: PlannedTensor, weights: Weights): FileTensor {
  const values = weights.get(planned.parameter.name);
  if (values?.length !== sizeOf(planned.shape))
    throw new Error(`The weight ${planned.parameter.name} has another size.`);
  return { ...planned, stored: 'float32', bytes: bytesOf(toFile(values, planned.layout)) };
}

const isInOrder = ({ shape, strides }: StoredTensor): boolean =>
  strides === undefined ||
  shape.every((length, axis) => length === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));

/** A tensor of the source that is none of the network's (a counter, another head): kept as it is. */
function kept(tensor: StoredTensor): readonly FileTensor[] {
  const { name, shape, stored } = tensor;
  if (isTrainable(tensor)) return [{ name, shape, stored: 'float32', bytes: bytesOf(decodeTensor(tensor)) }];
  const length = sizeOf(shape) * bytesPerValue[stored];
  if (!isInOrder(tensor) || tensor.pieces.length !== 1) return [];
  return tensor.pieces.map(({ file, offset }) => ({
    name,
    shape,
    stored,
    bytes: file.bytes.slice(offset, offset + length),
  }));
}

const withoutWrapper = (name: string, wrapper: string): string =>
  name.startsWith(wrapper) ? name.slice(wrapper.length) : name;

/** The tensors in the source's order if it names them all, else in the network's. */
function fileTensors({ spec, weights }: ModelPart, source: readonly StoredTensor[]): readonly FileTensor[] {
  const planned = new Map(plannedTensors(spec, source).map((row) => [row.name, row]));
  const wrapper = wrapperOf([...planned.values()].map(({ parameter }) => parameter.fileName));
  const bare = new Map(source.map((tensor) => [withoutWrapper(tensor.name, wrapper), tensor]));
  if (![...planned.keys()].every((name) => bare.has(name))) {
    return [...planned.values()].map((row) => adapted(row, weights));
  }
  return [...bare].flatMap(([name, tensor]) => {
    const row = planned.get(name);
    return row ? [adapted(row, weights)] : kept({ ...tensor, name });
  });
}

function joined(header: Readonly<Record<string, unknown>>, tensors: readonly FileTensor[]): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header));
  const length = Math.ceil(text.length / 8) * 8;
  if (length > MOST_HEADER_BYTES) {
    throw new StudioError({
      code: 'too-large',
      message: 'The model has too many weights for the header of a safetensors file.',
      remedy: 'Download the model in another form.',
    });
  }
  const size = tensors.reduce((sum, { bytes }) => sum + bytes.length, LENGTH_BYTES + length);
  const file = new Uint8Array(size).fill(0x20, LENGTH_BYTES, LENGTH_BYTES + length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, LENGTH_BYTES);
  tensors.reduce((offset, { bytes }) => {
    file.set(bytes, offset);
    return offset + bytes.length;
  }, LENGTH_BYTES + length);
  return file;
}

/**
 * Writes a network's weights as a safetensors file in PyTorch's layout: convolutions `[out, in, height, width]`, linear
 * layers `[out, in]`. A source that is a PyTorch state dict keeps its names (but for what wrappers put before them), its
 * order and the tensors that are none of the network's; otherwise tensors are named after the network's nodes, as
 * PyTorch names those of a module.
 *
 * @throws StudioError 'too-large'
 */
export function writeSafetensors(part: ModelPart, { source = [], ...options }: SafetensorsOptions): FileBytes {
  // Larger values first, so that every tensor lies at a multiple of its own size.
  const tensors = fileTensors(part, source).toSorted((a, b) => bytesPerValue[b.stored] - bytesPerValue[a.stored]);
  const header: Record<string, unknown> = {
    [METADATA_KEY]: {
      format: 'pt',
      ...stateMetadataInTexts(part.preprocessing, options),
      load: 'model.load_state_dict(safetensors.torch.load_file("model.safetensors"))',
    },
  };
  let end = 0;
  for (const { name, stored, shape, bytes } of tensors) {
    header[name] = { dtype: dtypes.get(stored), shape, data_offsets: [end, end + bytes.length] };
    end += bytes.length;
  }
  return { path: 'model.safetensors', bytes: joined(header, tensors) };
}

/**
 * The weights of a file that {@link writeSafetensors} wrote, for the same network and source.
 *
 * @throws RangeError when the file lacks one of them
 */
export function readSafetensorsBack(
  file: FileBytes,
  { spec }: Pick<ModelPart, 'spec'>,
  source: readonly StoredTensor[] = [],
): Weights {
  const tensors = new Map(readSafetensors(file).map((tensor) => [tensor.name, tensor]));
  return new Map(
    plannedTensors(spec, source).map(({ name, parameter, layout }) => {
      const tensor = tensors.get(name);
      if (!tensor) throw new RangeError(`The written file lacks ${name}.`);
      return [parameter.name, fromFile(decodeTensor(tensor), layout)];
    }),
  );
}
