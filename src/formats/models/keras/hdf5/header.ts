import { damaged, readSized, requireSignature, unsupported, type Source } from './source';

/** One message of an object header: where its contents lie. */
export interface Message {
  readonly type: number;
  readonly offset: number;
  readonly size: number;
  /** Its contents are kept elsewhere in the file. */
  readonly isShared: boolean;
}

export const messageType = {
  dataspace: 1,
  linkInfo: 2,
  datatype: 3,
  link: 6,
  layout: 8,
  filters: 11,
  attribute: 12,
  continuation: 16,
  symbolTable: 17,
  attributeInfo: 21,
} as const;

/** Bytes that hold messages one after the other. */
interface Block {
  readonly start: number;
  readonly end: number;
}

/** How the messages of one version are laid out. */
interface Layout {
  readonly first: Block;
  /** Most messages, where the header says so. */
  readonly count: number;
  /** Bytes before the contents of a message. */
  readonly prefix: number;
  readonly version: 1 | 2;
}

const SHARED = 2;

function layoutOf(source: Source, address: number): Layout {
  const reader = source.at(address);
  if (reader.uint8() === 1) {
    reader.skip(1);
    const count = reader.uint16();
    reader.skip(4);
    const size = reader.uint32();
    return { first: { start: address + 16, end: address + 16 + size }, count, prefix: 8, version: 1 };
  }
  reader.seek(address);
  requireSignature(source, reader, 'OHDR');
  const [version, flags] = [reader.uint8(), reader.uint8()];
  if (version !== 2) unsupported(source, `has object headers of version ${version}`);
  reader.skip((flags & 0x20 ? 16 : 0) + (flags & 0x10 ? 4 : 0));
  const size = readSized(reader, 1 << (flags & 3));
  const start = reader.position();
  return { first: { start, end: start + size }, count: Infinity, prefix: flags & 4 ? 6 : 4, version: 2 };
}

/** The messages of a block. */
function messagesIn(source: Source, { start, end }: Block, { prefix, version }: Layout): readonly Message[] {
  const messages: Message[] = [];
  const reader = source.at(start);
  for (let at = start; at + prefix <= end;) {
    source.spend(1);
    reader.seek(at);
    const type = version === 1 ? reader.uint16() : reader.uint8();
    const [size, flags] = [reader.uint16(), reader.uint8()];
    const offset = at + prefix;
    if (offset + size > end) damaged(source, 'a header is shorter than its contents');
    messages.push({ type, offset, size, isShared: (flags & SHARED) !== 0 });
    at = offset + size;
  }
  return messages;
}

/** The block that a continuation message refers to; version 2 puts a signature before and a checksum after it. */
function continuation(source: Source, message: Message, version: 1 | 2): Block {
  const reader = source.at(message.offset);
  const [start, size] = [reader.uint64(), reader.uint64()];
  if (version === 1) return { start, end: start + size };
  requireSignature(source, source.at(start), 'OCHK');
  return { start: start + 4, end: start + size - 4 };
}

/**
 * The messages of an object, continuation blocks included.
 *
 * @throws StudioError 'damaged-file', also when its blocks form a loop
 */
export function readHeader(source: Source, address: number): readonly Message[] {
  const layout = layoutOf(source, address);
  const messages: Message[] = [];
  const blocks = [layout.first];
  const seen = new Set<number>();
  for (let block = blocks.shift(); block; block = blocks.shift()) {
    if (seen.has(block.start)) damaged(source, 'a header continues in itself');
    seen.add(block.start);
    const found = messagesIn(source, block, layout);
    for (const message of found) {
      messages.push(message);
      if (message.type === messageType.continuation) blocks.push(continuation(source, message, layout.version));
    }
  }
  return messages.slice(0, layout.count);
}
