import { sizeOf } from '../../storedTensor';
import { readDatatype, readShape, type Datatype } from './datatype';
import { messageType, type Message } from './header';
import { damaged, readAddress, requireSignature, unsupported, type Source } from './source';

const decoder = new TextDecoder();

/** Most bytes of text of one attribute. */
const LONGEST_TEXT = 2 ** 26;

/** Strings of any length are kept in collections, by number. */
type Collection = ReadonlyMap<number, Uint8Array>;

function readCollection(source: Source, address: number): Collection {
  const reader = source.at(address);
  requireSignature(source, reader, 'GCOL');
  reader.skip(4);
  const end = address + reader.uint64();
  const objects = new Map<number, Uint8Array>();
  while (reader.position() + 16 <= end) {
    source.spend(1);
    const index = reader.uint16();
    if (index === 0) break;
    reader.skip(6);
    const size = reader.uint64();
    objects.set(index, reader.bytes(size));
    reader.skip(Math.min((8 - (size % 8)) % 8, reader.left()));
  }
  return objects;
}

/** Strings of any length: each is its length, a collection and a number in it. */
function longTexts(source: Source, offset: number, count: number): readonly string[] {
  const reader = source.at(offset);
  const collections = new Map<number, Collection>();
  let left = LONGEST_TEXT;
  return Array.from({ length: count }, () => {
    const [length, address, index] = [reader.uint32(), readAddress(reader), reader.uint32()];
    if (length === 0 || address === null) return '';
    const collection = collections.get(address) ?? readCollection(source, address);
    collections.set(address, collection);
    const bytes = collection.get(index) ?? damaged(source, 'a text is missing');
    left -= length;
    if (length > bytes.length || left < 0) damaged(source, 'a text is longer than what is there');
    return decoder.decode(bytes.subarray(0, length));
  });
}

function fixedTexts(source: Source, offset: number, count: number, type: Datatype & { kind: 'text' }): readonly string[] {
  const reader = source.at(offset);
  const end = type.padding === 'space' ? / +$/ : /\0+$/;
  return Array.from({ length: count }, () => decoder.decode(reader.bytes(type.size)).replace(end, ''));
} // prettier-ignore

/** Where the parts of an attribute lie. */
interface Attribute {
  readonly name: string;
  readonly datatype: number;
  readonly shape: number;
  readonly values: number;
}

function parseAttribute(source: Source, message: Message): Attribute {
  const reader = source.at(message.offset);
  const [version, flags] = [reader.uint8(), reader.uint8()];
  if (version < 1 || version > 3) unsupported(source, `has attributes of version ${version}`);
  const [nameSize, datatypeSize, shapeSize] = [reader.uint16(), reader.uint16(), reader.uint16()];
  if (version > 1 && flags !== 0) unsupported(source, 'shares the types of attributes');
  reader.skip(version === 3 ? 1 : 0);
  const padded = (size: number): number => (version === 1 ? Math.ceil(size / 8) * 8 : size);
  const name = decoder.decode(reader.bytes(nameSize)).replace(/\0.*$/s, '');
  const datatype = reader.position() + padded(nameSize) - nameSize;
  const shape = datatype + padded(datatypeSize);
  return { name, datatype, shape, values: shape + padded(shapeSize) };
}

/**
 * The texts of an attribute: one, or a list.
 *
 * @returns undefined without this attribute
 * @throws StudioError 'unsupported-format' when it is no text or kept where it is not looked for
 */
export function readTexts(source: Source, messages: readonly Message[], name: string): readonly string[] | undefined {
  for (const message of messages) {
    if (message.type !== messageType.attribute) continue;
    if (message.isShared) unsupported(source, 'shares its attributes');
    source.spend(1);
    const attribute = parseAttribute(source, message);
    if (attribute.name !== name) continue;
    const type = readDatatype(source, attribute.datatype);
    const count = sizeOf(readShape(source, attribute.shape));
    source.spend(count);
    if (count === 0) return []; // numpy makes numbers of an empty list of names
    if (type.kind === 'longText') return longTexts(source, attribute.values, count);
    if (type.kind === 'text') return type.size === 0 ? [] : fixedTexts(source, attribute.values, count, type);
    return unsupported(source, `has an attribute ${name} that is no text`);
  }
  requireInHeader(source, messages, name);
  return undefined;
}

/** Many or long attributes may be kept in an index of their own. */
function requireInHeader(source: Source, messages: readonly Message[], name: string): void {
  const info = messages.find(({ type }) => type === messageType.attributeInfo);
  if (!info) return;
  const reader = source.at(info.offset);
  reader.skip(1);
  const flags = reader.uint8();
  reader.skip(flags & 1 ? 2 : 0);
  if (readAddress(reader) !== null) unsupported(source, `keeps the attribute ${name} in the way of new HDF5 versions`);
}
