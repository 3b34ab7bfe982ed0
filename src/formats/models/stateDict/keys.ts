import { StudioError } from '../../../shared/failure';
import { EXPORT_WITH_NORM } from '../pytorchExport';
import type { StoredTensor } from '../storedTensor';
import type { StateDict } from './stateDict';
import { wrapperPrefixes } from './wrappers';

/** What programs put before every key: wrappers, and usual names of a part. */
const prefixes = [...wrapperPrefixes, 'backbone.', 'model.', 'encoder.', 'net.', 'network.'];

/** Counters that say nothing about the network's values. */
export const isCounter = (key: string): boolean => /(^|\.)(num_batches_tracked|total_ops|total_params)$/.test(key);

/** The weights of one file under the keys that the network's own program gives them. */
export interface Keys {
  /** Name of the dropped file. */
  readonly file: string;
  readonly byKey: ReadonlyMap<string, StoredTensor>;
  /** What stood before every key; empty if nothing did. */
  readonly prefix: string;
}

/** Takes off what stands before every key, and counters. */
export function keysOf({ file, tensors }: StateDict): Keys {
  let entries = [...tensors].filter(([key]) => !isCounter(key));
  let prefix = '';
  for (;;) {
    const common = entries.length > 0 && prefixes.find((start) => entries.every(([key]) => key.startsWith(start)));
    if (!common) return withoutBody({ file, byKey: new Map(entries), prefix });
    entries = entries.map(([key, tensor]) => [key.slice(common.length), tensor]);
    prefix += common;
  }
}

/** What programs put before a network that has its head beside it. */
const bodies = ['backbone.', 'encoder.'];
const ofHead = /^(head|classifier|fc)\./;

/** Takes off what stands before every key but those of a head. */
function withoutBody(keys: Keys): Keys {
  const all = [...keys.byKey];
  const isBody = (start: string): boolean =>
    all.some(([key]) => key.startsWith(start)) && all.every(([key]) => key.startsWith(start) || ofHead.test(key));
  const body = all.some(([key]) => ofHead.test(key)) && bodies.find(isBody);
  if (!body) return keys;
  const entries = all.map(([key, tensor]) => [key.startsWith(body) ? key.slice(body.length) : key, tensor] as const);
  const byKey = new Map(entries);
  return byKey.size === all.length && byKey.size > 0 ? { ...keys, byKey, prefix: keys.prefix + body } : keys;
}

/** The way to a file of any network: an ONNX file that keeps its batch norm. */
export const EXPORT_ONNX = `Export the network to ONNX with its batch norm kept: ${EXPORT_WITH_NORM}, where x is a batch of input images.`;

/** @throws StudioError 'bad-model', always */
export function differs(file: string, what: string): never {
  throw new StudioError({ code: 'bad-model', message: `${file} ${what}.`, remedy: EXPORT_ONNX });
}

const shapeText = (shape: readonly number[]): string => `[${shape.join(', ')}]`;

/**
 * The weights of a network that is being rebuilt. Every weight must be taken exactly once: the signature of a network
 * is that nothing is missing and nothing is left.
 */
export interface WeightSource {
  readonly file: string;
  has(key: string): boolean;
  keys(): Iterable<string>;
  /** A weight without taking it. */
  peek(key: string): StoredTensor;
  /** Shape of a weight; empty if it is not there. */
  shapeOf(key: string): readonly number[];
  /**
   * @param shape that it must have; null where any length will do
   * @throws StudioError 'bad-model'
   */
  take(key: string, shape: readonly (number | null)[]): StoredTensor;
  /** @throws StudioError 'bad-model' if a weight is left or two of them share their place in the file */
  requireAllTaken(): void;
}

/** Two weights that lie over each other could not be adapted apart. */
function requireOwnPlaces(file: string, tensors: readonly StoredTensor[]): void {
  const pieces = tensors.flatMap(({ name, pieces: own }) => own.map((piece) => ({ name, ...piece })));
  const order = new Map([...new Set(pieces.map((piece) => piece.file))].map((each, index) => [each, index]));
  const sorted = pieces
    .filter(({ length }) => length > 0)
    .toSorted((a, b) => (order.get(a.file) ?? 0) - (order.get(b.file) ?? 0) || a.offset - b.offset);
  for (const [at, piece] of sorted.entries()) {
    const before = sorted[at - 1];
    if (before?.file === piece.file && before.offset + before.length > piece.offset) {
      differs(
        file,
        `keeps the weights ${before.name} and ${piece.name} in the same place, so they cannot be adapted apart`,
      );
    }
  }
}

/** @param network for messages: `a ResNet` */
export function createWeightSource({ file, byKey }: Keys, network: string): WeightSource {
  const taken = new Map<string, StoredTensor>();
  const find = (key: string): StoredTensor =>
    byKey.get(key) ?? differs(file, `looks like ${network}, but lacks the weight ${key}`);
  return {
    file,
    has: (key) => byKey.has(key),
    keys: () => byKey.keys(),
    shapeOf: (key) => byKey.get(key)?.shape ?? [],
    peek: find,
    take(key, shape) {
      const tensor = find(key);
      const fits =
        tensor.shape.length === shape.length &&
        shape.every((length, axis) => (length ?? tensor.shape[axis]) === tensor.shape[axis]);
      if (!fits) {
        const wanted = shape.map((length) => length ?? 'any').join(', ');
        differs(
          file,
          `looks like ${network}, but its weight ${key} has the shape ${shapeText(tensor.shape)} instead of [${wanted}]`,
        );
      }
      if (taken.has(key)) throw new Error(`The weight ${key} was taken twice.`);
      taken.set(key, tensor);
      return tensor;
    },
    requireAllTaken() {
      const left = [...byKey.keys()].filter((key) => !taken.has(key));
      if (left.length > 0) {
        const more = left.length > 3 ? ` and ${left.length - 3} more` : '';
        differs(file, `looks like ${network}, but has weights that none has: ${left.slice(0, 3).join(', ')}${more}`);
      }
      requireOwnPlaces(file, [...taken.values()]);
    },
  };
}
