/** What a pickle may hold here: data, and names of what would be code, which is never looked up. */
export type PickleValue = null | boolean | number | bigint | string | PickleObject;

export type PickleObject =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'list'; readonly items: PickleValue[] }
  | { readonly kind: 'tuple'; readonly items: readonly PickleValue[] }
  | { readonly kind: 'dict'; readonly entries: Map<PickleValue, PickleValue> }
  /** A name that is allowed, such as `torch.FloatStorage`. */
  | { readonly kind: 'global'; readonly name: string }
  /** Something of no interest: a set, a numpy number of a training log. */
  | { readonly kind: 'opaque' }
  | { readonly kind: 'storage'; readonly storage: TorchStorage }
  | { readonly kind: 'tensor'; readonly tensor: TorchTensor };

/** Values that a file holds in one piece. */
export interface TorchStorage {
  readonly key: string;
  /** `torch.FloatStorage` */
  readonly type: string;
  /** Where it begins in the storage of that key, in values; above 0 in old files only. */
  readonly start: number;
  /** In values. */
  readonly count: number;
}

/** A view of a storage; offset and strides in values. */
export interface TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  /** What PyTorch does to the stored numbers when they are read: `neg`, `conj`; empty for plain ones. */
  readonly changes: readonly string[];
}

type Kind = PickleObject['kind'];

/** The object, if it is of that kind. */
export function objectOf<K extends Kind>(
  value: PickleValue | undefined,
  kind: K,
): Extract<PickleObject, { kind: K }> | undefined {
  const isObject = typeof value === 'object' && value !== null && value.kind === kind;
  return isObject ? (value as Extract<PickleObject, { kind: K }>) : undefined;
}
