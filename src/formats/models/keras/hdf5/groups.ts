import { messageType, type Message } from './header';
import { damaged, readAddress, readSized, requireSignature, unsupported, type Source } from './source';

/** Names in a group and the addresses of their object headers. */
export type Links = ReadonlyMap<string, number>;

const decoder = new TextDecoder();

/**
 * The children of all leaves of a version 1 B-tree, in order. Every node is visited once: a file that uses one twice
 * is refused, so the work is bounded by the file's length.
 *
 * @param nodeType 0 for groups, 1 for chunks
 * @param keyBytes size of the keys between the children
 * @returns address of each child with the offset of the key before it
 */
export function treeLeaves(
  source: Source,
  root: number,
  nodeType: 0 | 1,
  keyBytes: number,
): readonly { readonly key: number; readonly child: number }[] {
  const seen = new Set<number>();
  const leaves: { key: number; child: number }[] = [];
  const stack: { address: number; level: number | null }[] = [{ address: root, level: null }];
  for (let node = stack.pop(); node; node = stack.pop()) {
    const { address, level: expected } = node;
    if (seen.has(address)) damaged(source, 'a part of its index is used twice');
    seen.add(address);
    const reader = source.at(address);
    requireSignature(source, reader, 'TREE');
    const [type, level, count] = [reader.uint8(), reader.uint8(), reader.uint16()];
    if (type !== nodeType || (expected !== null && level !== expected)) damaged(source, 'its index is inconsistent');
    source.spend(count);
    reader.skip(16);
    const entries = Array.from({ length: count }, () => {
      const key = reader.position();
      reader.skip(keyBytes);
      return { key, child: reader.uint64() };
    });
    if (level === 0) leaves.push(...entries);
    else stack.push(...entries.map(({ child }) => ({ address: child, level: level - 1 })).toReversed());
  }
  return leaves;
}

/** Where the names of an old-style group lie. */
function heapData(source: Source, heap: number): { start: number; end: number } {
  const reader = source.at(heap);
  requireSignature(source, reader, 'HEAP');
  reader.skip(4);
  const size = reader.uint64();
  reader.skip(8);
  const start = reader.uint64();
  return { start, end: start + size };
}

const LONGEST_NAME = 4096;

function heapText(source: Source, heap: { start: number; end: number }, offset: number): string {
  const start = heap.start + offset;
  const reader = source.at(start);
  const most = Math.min(LONGEST_NAME, reader.left(), heap.end - start);
  const bytes = most > 0 ? reader.bytes(most) : new Uint8Array();
  const end = bytes.indexOf(0);
  return end < 0 ? damaged(source, 'a name has no end') : decoder.decode(bytes.subarray(0, end));
}

const SOFT_LINK = 2;

/** The links of a group in the old style: a tree of nodes that list names. */
function oldLinks(source: Source, message: Message): Links {
  const reader = source.at(message.offset);
  const [tree, heapAddress] = [reader.uint64(), reader.uint64()];
  const heap = heapData(source, heapAddress);
  const links = new Map<string, number>();
  for (const { child } of treeLeaves(source, tree, 0, 8)) {
    const node = source.at(child);
    requireSignature(source, node, 'SNOD');
    node.skip(2);
    const count = node.uint16();
    source.spend(count);
    for (let index = 0; index < count; index += 1) {
      const [name, address, kind] = [node.uint64(), readAddress(node), node.uint32()];
      node.skip(20);
      if (address !== null && kind !== SOFT_LINK) links.set(heapText(source, heap, name), address);
    }
  }
  return links;
}

/** One link message of a group in the new style; null for links into other files and by path. */
function newLink(source: Source, message: Message): readonly [string, number] | null {
  const reader = source.at(message.offset);
  const [version, flags] = [reader.uint8(), reader.uint8()];
  if (version !== 1) unsupported(source, `has links of version ${version}`);
  const type = flags & 8 ? reader.uint8() : 0;
  reader.skip((flags & 4 ? 8 : 0) + (flags & 16 ? 1 : 0));
  const length = readSized(reader, 1 << (flags & 3));
  if (length > LONGEST_NAME) damaged(source, 'a name is too long');
  const name = decoder.decode(reader.bytes(length));
  return type === 0 ? [name, reader.uint64()] : null;
}

/** @throws StudioError 'unsupported-format' when the links are not in the header */
function requireCompact(source: Source, message: Message): void {
  const reader = source.at(message.offset);
  reader.skip(1);
  const flags = reader.uint8();
  reader.skip(flags & 1 ? 8 : 0);
  if (readAddress(reader) !== null) unsupported(source, 'keeps the names of a large group in the way of new HDF5 versions'); // prettier-ignore
}

/** What a group holds; links by path or into other files are left out. */
export function readLinks(source: Source, messages: readonly Message[]): Links {
  const table = messages.find(({ type }) => type === messageType.symbolTable);
  if (table) return oldLinks(source, table);
  messages.filter(({ type }) => type === messageType.linkInfo).forEach((message) => {
    requireCompact(source, message);
  }); // prettier-ignore
  const links = messages.filter(({ type }) => type === messageType.link).map((message) => newLink(source, message));
  return new Map(links.filter((link) => link !== null));
}
