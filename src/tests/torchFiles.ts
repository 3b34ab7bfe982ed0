import type { FileBytes } from '../formats/models/format';
import { zip } from '../formats/zip';

/** A weight as a test states it: float32 values in C order. */
export interface TorchWeight {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}
export type TorchWeights = ReadonlyMap<string, TorchWeight>;

/** The parts that pickles are made of. Each is the bytes of one value. */
export const pickle = {
  none: bytesOf('N'),
  text: (value: string): Uint8Array => {
    const utf8 = new TextEncoder().encode(value);
    return joinBytes([bytesOf('X'), word(utf8.length), utf8]);
  },
  integer: (value: number): Uint8Array => joinBytes([bytesOf('J'), word(value)]),
  global: (module: string, name: string): Uint8Array => bytesOf(`c${module}\n${name}\n`),
  tuple: (...items: readonly Uint8Array[]): Uint8Array => joinBytes([bytesOf('('), ...items, bytesOf('t')]),
  list: (...items: readonly Uint8Array[]): Uint8Array => joinBytes([bytesOf(']('), ...items, bytesOf('e')]),
  dictionary: (...items: readonly (readonly [Uint8Array, Uint8Array])[]): Uint8Array =>
    joinBytes([bytesOf('}('), ...items.flat(), bytesOf('u')]),
  call: (callee: Uint8Array, ...args: readonly Uint8Array[]): Uint8Array =>
    joinBytes([callee, pickle.tuple(...args), bytesOf('R')]),
  /** A whole pickle of protocol 2. */
  file: (value: Uint8Array): Uint8Array => joinBytes([Uint8Array.of(0x80, 2), value, bytesOf('.')]),
};

/** ASCII letters and the numbers between them as bytes. */
export function bytesOf(...parts: readonly (string | number)[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === 'number' ? [part] : Array.from(part, (letter) => letter.charCodeAt(0)))),
  );
}

export function word(value: number): Uint8Array {
  return new Uint8Array(Int32Array.of(value).buffer);
}

export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => {
    joined.set(part, at);
    return at + part.length;
  }, 0);
  return joined;
}

const stridesOf = (shape: readonly number[]): readonly number[] =>
  shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));

/** A reference to a storage of float32 values. */
export function storage(key: string, count: number, type = 'FloatStorage'): Uint8Array {
  const id = [pickle.text('storage'), pickle.global('torch', type), pickle.text(key), pickle.text('cpu')];
  return joinBytes([pickle.tuple(...id, pickle.integer(count)), bytesOf('Q')]);
}

/** A tensor that begins at `offset` of a storage; PyTorch 2 may add metadata. */
export function tensor(
  from: Uint8Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[] = stridesOf(shape),
  metadata: readonly Uint8Array[] = [],
): Uint8Array {
  const integers = (values: readonly number[]): Uint8Array => pickle.tuple(...values.map(pickle.integer));
  const rebuild = pickle.global('torch._utils', '_rebuild_tensor_v2');
  return pickle.call(rebuild, from, pickle.integer(offset), integers(shape), integers(strides), bytesOf(0x89), pickle.none, ...metadata); // prettier-ignore
}

/** A checkpoint of PyTorch 1.6 and later around a pickle. */
export function torchZip(path: string, value: Uint8Array, storages: ReadonlyMap<string, Uint8Array>): FileBytes {
  const data = [...storages].map(([key, bytes]) => ({ path: `archive/data/${key}`, bytes }));
  const version = { path: 'archive/version', bytes: bytesOf('3\n') };
  return { path, bytes: zip([{ path: 'archive/data.pkl', bytes: pickle.file(value) }, ...data, version]) };
}

/** `torch.save(state_dict, path)`: one storage for each weight. */
export function saveStateDict(path: string, weights: TorchWeights): FileBytes {
  const entries = [...weights].map(([key, { shape, values }], at): readonly [Uint8Array, Uint8Array] => [
    pickle.text(key),
    tensor(storage(String(at), values.length), 0, shape),
  ]);
  const storages = [...weights.values()].map(({ values }, at): [string, Uint8Array] => [
    String(at),
    new Uint8Array(values.buffer, values.byteOffset, values.byteLength),
  ]);
  return torchZip(path, pickle.dictionary(...entries), new Map(storages));
}

/** A safetensors file. */
export function saveSafetensors(path: string, weights: TorchWeights): FileBytes {
  let position = 0;
  const entries = [...weights].map(([key, { shape, values }]) => {
    position += values.byteLength;
    return [key, { dtype: 'F32', shape, data_offsets: [position - values.byteLength, position] }] as const;
  });
  const data = [...weights.values()].map(({ values }) => new Uint8Array(values.buffer, values.byteOffset, values.byteLength)); // prettier-ignore
  return { path, bytes: safetensorsOf(JSON.stringify(Object.fromEntries(entries)), data) };
}

/** A safetensors file of any header. */
export function safetensorsOf(header: string, data: readonly Uint8Array[]): Uint8Array {
  const json = new TextEncoder().encode(header);
  return joinBytes([word(json.length), word(0), json, ...data]);
}
