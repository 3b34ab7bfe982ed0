import type { FileBytes } from '../../format';
import type { StoredTensor } from '../../storedTensor';
import { readTexts } from './attributes';
import { readDataset } from './datasets';
import { readLinks, type Links } from './groups';
import { messageType, readHeader } from './header';
import { createSource, damaged, unsupported, type Source } from './source';

/** A group or dataset. */
export interface Hdf5Object {
  /** What a group holds under a name; undefined if nothing. */
  child(name: string): Hdf5Object | undefined;
  /** Names of what a group holds. */
  names(): readonly string[];
  /** The text of an attribute, or the texts of a list; undefined without it. */
  texts(attribute: string): readonly string[] | undefined;
  isDataset(): boolean;
  /** A dataset as a tensor of this name. */
  tensor(name: string): StoredTensor;
}

const SIGNATURE = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];

/** Whether a file is HDF5, by its first bytes. */
export const isHdf5 = (bytes: Uint8Array): boolean => SIGNATURE.every((byte, at) => bytes[at] === byte);

function createObject(source: Source, address: number, known: Map<number, Hdf5Object>): Hdf5Object {
  const messages = readHeader(source, address);
  let links: Links | undefined;
  const linksOf = (): Links => (links ??= readLinks(source, messages));
  const child = (name: string): Hdf5Object | undefined => {
    const at = linksOf().get(name);
    if (at === undefined) return undefined;
    const object = known.get(at) ?? createObject(source, at, known);
    known.set(at, object);
    return object;
  };
  return {
    child,
    names: () => [...linksOf().keys()],
    texts: (attribute) => readTexts(source, messages, attribute),
    isDataset: () => messages.some(({ type }) => type === messageType.layout),
    tensor: (name) => readDataset(source, messages, name),
  };
}

/** What lies at a path below a group; undefined if nothing does. */
export function findObject(group: Hdf5Object, path: string): Hdf5Object | undefined {
  const parts = path.split('/').filter((part) => part !== '');
  return parts.reduce<Hdf5Object | undefined>((object, part) => object?.child(part), group);
}

/** The address of the root group. Only files of the usual 8-byte addresses that begin at their first byte. */
function rootAddress(source: Source): number {
  const { length } = source.file.bytes;
  const reader = source.at(SIGNATURE.length);
  const version = reader.uint8();
  if (version > 3) unsupported(source, `is of version ${version}`);
  reader.skip(version < 2 ? 4 : 0);
  const sizes = [reader.uint8(), reader.uint8()];
  reader.skip(version === 1 ? 13 : version === 0 ? 9 : 1);
  if (sizes.some((size) => size !== 8)) unsupported(source, 'has addresses of another size than 8 bytes');
  if (reader.uint64() !== 0) unsupported(source, 'begins with other data');
  reader.skip(8);
  const end = reader.uint64();
  if (end > length) damaged(source, `it should have ${end} bytes but has ${length}`);
  reader.skip(version < 2 ? 16 : 0);
  return reader.uint64();
}

/**
 * Opens an HDF5 file as h5py writes it: old and new groups, plain and chunked datasets.
 *
 * Nothing is read before it is asked for; every offset is checked against the file, and the work is bounded whatever
 * the file says.
 *
 * @returns the root group
 * @throws StudioError 'damaged-file', 'unsupported-format', from every method
 */
export function openHdf5(file: FileBytes): Hdf5Object {
  const source = createSource(file);
  const known = new Map<number, Hdf5Object>();
  if (!isHdf5(file.bytes)) damaged(source, 'it does not begin as an HDF5 file');
  const address = rootAddress(source);
  const root = createObject(source, address, known);
  known.set(address, root);
  return root;
}
