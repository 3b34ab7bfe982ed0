import type { PickleWorld } from './pickleMachine';
import { objectOf, type PickleValue } from './pickleValue';
import { damagedPickle, printable, refuseGlobal } from './refusals';
import { storageTypes } from './storageTypes';
import { rebuiltTensor } from './tensors';

type Builder = (args: readonly PickleValue[], file: string) => PickleValue;

const nothing: PickleValue = { kind: 'opaque' };
const opaque: Builder = () => nothing;

/** Python 2 hands an ordered dictionary its entries as a list of pairs. */
const dictionary: Builder = (args, file) => {
  const entries = new Map<PickleValue, PickleValue>();
  for (const pair of objectOf(args[0], 'list')?.items ?? []) {
    const items = (objectOf(pair, 'list') ?? objectOf(pair, 'tuple'))?.items;
    if (items?.length !== 2) return damagedPickle(file, 'a dictionary in it has an entry that is no pair');
    entries.set(items[0] ?? null, items[1] ?? null);
  }
  return { kind: 'dict', entries };
};

/** What calls build. All others end the reading; those that give nothing are of no interest, as training logs are. */
const builders: ReadonlyMap<string, Builder> = new Map<string, Builder>([
  ['collections.OrderedDict', dictionary],
  ['collections.defaultdict', () => ({ kind: 'dict', entries: new Map() })],
  ['torch._utils._rebuild_tensor', rebuiltTensor],
  ['torch._utils._rebuild_tensor_v2', rebuiltTensor],
  ['torch._utils._rebuild_parameter', ([tensor]) => (objectOf(tensor, 'tensor') ? (tensor ?? null) : nothing)],
  ['torch.Size', ([sizes]) => sizes ?? nothing],
  ['torch.device', opaque],
  ['collections.Counter', opaque],
  ['argparse.Namespace', opaque],
  ['pathlib.PosixPath', opaque],
  ['pathlib.WindowsPath', opaque],
  ['_codecs.encode', opaque],
  ['numpy.dtype', opaque],
  ['numpy.ndarray', opaque],
  ['numpy.core.multiarray.scalar', opaque],
  ['numpy.core.multiarray._reconstruct', opaque],
  ['numpy._core.multiarray.scalar', opaque],
  ['numpy._core.multiarray._reconstruct', opaque],
  ...['builtins', '__builtin__'].flatMap((module) =>
    ['set', 'frozenset', 'list', 'dict', 'int', 'float'].map((name): [string, Builder] => [
      `${module}.${name}`,
      opaque,
    ]),
  ),
]);

/** Names of number types, which stand for themselves. */
const constants = /^torch\.(float16|float32|float64|half|double|bfloat16|float|u?int(8|16|32|64)|long|bool)$/;

/**
 * The names that a PyTorch checkpoint may mention, and what they build here. Nothing is run.
 *
 * @param persistent what a reference to the file's storages stands for
 */
export function torchWorld(file: string, persistent: PickleWorld['persistent']): PickleWorld {
  return {
    global(name) {
      const isKnown = builders.has(name) || storageTypes.has(name) || constants.test(name);
      return isKnown ? { kind: 'global', name } : refuseGlobal(file, name);
    },
    call(name, args) {
      const builder = builders.get(name);
      return builder ? builder(args, file) : damagedPickle(file, `it calls ${printable(name)}, which is no function`);
    },
    persistent,
  };
}
