import { StudioError } from '../../../shared/failure';
import { bytesPerValue, sizeOf, type StoredTensor } from '../storedTensor';
import { objectOf, type PickleValue, type TorchStorage, type TorchTensor } from './pickleValue';
import { damagedPickle, printable } from './refusals';
import { storageTypes } from './storageTypes';

const MOST_AXES = 16;

/** Whole numbers from 0; null if something else is among them. */
function countsOf(value: PickleValue | undefined): readonly number[] | null {
  const items: readonly PickleValue[] | undefined = (objectOf(value, 'tuple') ?? objectOf(value, 'list'))?.items;
  const isCount = (item: PickleValue): item is number =>
    typeof item === 'number' && Number.isSafeInteger(item) && item >= 0;
  return items && items.length <= MOST_AXES && items.every(isCount) ? items : null;
}

/** What is true in the metadata that newer versions of PyTorch add: the stored numbers are not the values. */
function changesOf(metadata: PickleValue | undefined): readonly string[] {
  if (metadata === undefined || metadata === null) return [];
  const entries = objectOf(metadata, 'dict')?.entries ?? new Map([['metadata', metadata]]);
  const isSet = (value: PickleValue): boolean => value !== null && value !== false;
  return [...entries].flatMap(([key, value]) => (isSet(value) ? [typeof key === 'string' ? key : 'metadata'] : []));
}

/**
 * What `torch._utils._rebuild_tensor` and `_rebuild_tensor_v2` give: a view of a storage.
 *
 * @param args storage, offset, shape, strides, two that only matter in training, and metadata
 * @throws StudioError 'damaged-file' unless the view lies inside the storage
 */
export function rebuiltTensor(args: readonly PickleValue[], file: string): PickleValue {
  const storage = objectOf(args[0], 'storage')?.storage;
  const [offset] = countsOf({ kind: 'tuple', items: args.slice(1, 2) }) ?? [];
  const [shape, strides] = [countsOf(args[2]), countsOf(args[3])];
  if (!storage || offset === undefined || !shape || shape.length !== strides?.length) {
    return damagedPickle(file, 'a tensor has no usable storage, shape or strides');
  }
  const tensor = { storage, offset, shape, strides, changes: changesOf(args[6]) };
  if (offset + spanOf(tensor) > storage.count) {
    return damagedPickle(file, `a tensor of the shape [${shape.join(', ')}] does not fit into its storage`);
  }
  return { kind: 'tensor', tensor };
}

/** Values between the first and the last of a tensor, both included. */
function spanOf({ shape, strides }: Pick<TorchTensor, 'shape' | 'strides'>): number {
  if (shape.includes(0)) return 0;
  return shape.reduce((sum, length, axis) => sum + (length - 1) * (strides[axis] ?? 0), 1);
}

/** Whether values lie one after the other. The stride of an axis of one is of no importance. */
function isContiguous({ shape, strides }: TorchTensor): boolean {
  return shape.every((length, axis) => length === 1 || strides[axis] === sizeOf(shape.slice(axis + 1)));
}

/** Whether two indices can mean the same value, as after `expand`; also for views that are merely unusual. */
function repeatsValues({ shape, strides }: TorchTensor): boolean {
  const axes = shape.map((length, axis) => ({ length, stride: strides[axis] ?? 0 })).filter(({ length }) => length > 1);
  let reach = 0;
  for (const { length, stride } of axes.toSorted((a, b) => a.stride - b.stride)) {
    if (stride <= reach) return true;
    reach += (length - 1) * stride;
  }
  return false;
}

/** Where the storages of a checkpoint lie. */
export interface StoragePlaces {
  /** Name of the dropped file, for messages. */
  readonly name: string;
  /** The file that holds a storage and where it begins there, in bytes. @throws StudioError when it is not there */
  locate(storage: TorchStorage): { readonly file: StoredTensor['pieces'][number]['file']; readonly offset: number };
}

/**
 * A tensor where it lies in the file.
 *
 * @param name its key, as the file has it
 * @throws StudioError 'unsupported-format' when values in it are the same ones, or are stored as something else
 */
export function storedTensorOf(name: string, tensor: TorchTensor, places: StoragePlaces): StoredTensor {
  const stored = storageTypes.get(tensor.storage.type);
  if (!stored) throw new Error(`${tensor.storage.type} was not checked.`);
  if (tensor.changes.length > 0) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `The weight ${printable(name)} of ${places.name} is stored as another one (${printable(tensor.changes.join(', '))}), which is not read here.`,
      remedy:
        'Save plain values: torch.save({key: value.resolve_conj().resolve_neg() for key, value in model.state_dict().items()}, "model.pt").',
    });
  }
  const { file, offset } = places.locate(tensor.storage);
  if (!tensor.shape.includes(0) && repeatsValues(tensor)) {
    throw new StudioError({
      code: 'unsupported-format',
      message: `The weight ${printable(name)} of ${places.name} uses the same stored numbers in several places.`,
      remedy: 'Save copies: torch.save({key: value.clone() for key, value in model.state_dict().items()}, "model.pt").',
    });
  }
  const bytes = bytesPerValue[stored];
  const first = offset + (tensor.storage.start + tensor.offset) * bytes;
  return {
    name,
    shape: tensor.shape,
    stored,
    pieces: [{ file, offset: first, length: spanOf(tensor) * bytes }],
    ...(!isContiguous(tensor) && { strides: tensor.strides }),
  };
}
