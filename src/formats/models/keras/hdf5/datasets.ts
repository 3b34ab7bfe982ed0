import { bytesPerValue, sizeOf, type StoredTensor, type StoredType } from '../../storedTensor';
import { readTexts } from './attributes';
import { isInRows, readChunks, unpackChunks, type ChunkedLayout } from './chunks';
import { readDatatype, readShape } from './datatype';
import { messageType, type Message } from './header';
import { damaged, readAddress, unsupported, type Source } from './source';

function required(source: Source, messages: readonly Message[], type: number, name: string): Message {
  const message = messages.find((candidate) => candidate.type === type);
  if (!message) return damaged(source, `the weight ${name} is described in part only`);
  if (message.isShared) unsupported(source, `shares the description of the weight ${name}`);
  return message;
}

/** Keras 3 keeps bfloat16 as two bytes without a meaning and says in an attribute what they are. */
function storedType(source: Source, messages: readonly Message[], name: string): StoredType {
  const type = readDatatype(source, required(source, messages, messageType.datatype, name).offset);
  if (type.kind === 'number') return type.stored;
  const isBrainFloat = type.size === 2 && readTexts(source, messages, 'dtype')?.[0] === 'bfloat16';
  if (type.kind === 'opaque' && isBrainFloat) return 'bfloat16';
  return unsupported(source, `holds ${type.kind === 'other' ? type.label : 'no numbers'} in the weight ${name}`);
}

const layouts = { compact: 0, contiguous: 1, chunked: 2 } as const;

function chunked(source: Source, tensor: Omit<StoredTensor, 'pieces'>, layout: ChunkedLayout): StoredTensor {
  const { file } = source;
  const bytes = sizeOf(tensor.shape) * bytesPerValue[tensor.stored];
  source.claim(bytes, 'unpacked');
  const chunks = readChunks(source, layout, tensor);
  if (layout.filters.length === 0 && isInRows(layout, tensor.shape)) {
    const row = bytes / (tensor.shape[0] ?? 1);
    const pieces = chunks.map(({ start, address }) => {
      const rows = Math.min(layout.size[0] ?? 0, (tensor.shape[0] ?? 0) - (start[0] ?? 0));
      return { file, offset: address, length: rows * row };
    });
    return { ...tensor, pieces };
  }
  const unpacked = { path: file.path, bytes: unpackChunks(source, layout, tensor, chunks) };
  const pieces = [{ file: unpacked, offset: 0, length: bytes }];
  return { ...tensor, pieces, readOnly: layout.filters.length > 0 ? 'compressed' : 'in chunks' };
}

/** The filters of a dataset, by their registered numbers, in the order in which they were applied. */
function readFilters(source: Source, messages: readonly Message[]): readonly number[] {
  const message = messages.find(({ type }) => type === messageType.filters);
  if (!message) return [];
  const reader = source.at(message.offset);
  const [version, count] = [reader.uint8(), reader.uint8()];
  if (version !== 1 && version !== 2) damaged(source, 'a filter is unreadable');
  reader.skip(version === 1 ? 6 : 0);
  return Array.from({ length: count }, () => {
    const id = reader.uint16();
    const nameLength = version === 1 || id >= 256 ? reader.uint16() : 0;
    reader.skip(2);
    const values = reader.uint16();
    reader.skip(version === 1 ? Math.ceil(nameLength / 8) * 8 : nameLength);
    reader.skip(4 * values + (version === 1 && values % 2 === 1 ? 4 : 0));
    return id;
  });
}

/**
 * A dataset as a tensor: where its values lie, or its values if they are kept in compressed pieces.
 *
 * @param name of the tensor
 * @throws StudioError 'damaged-file', 'unsupported-format'
 */
export function readDataset(source: Source, messages: readonly Message[], name: string): StoredTensor {
  const shape = readShape(source, required(source, messages, messageType.dataspace, name).offset);
  const described = { name, shape, stored: storedType(source, messages, name) };
  const length = sizeOf(shape) * bytesPerValue[described.stored];
  const reader = source.at(required(source, messages, messageType.layout, name).offset);
  const [version, layout] = [reader.uint8(), reader.uint8()];
  const isKnown = version === 3 || (version === 4 && layout !== layouts.chunked);
  if (!isKnown) unsupported(source, `keeps the weight ${name} in the layout ${version}.${layout}`);
  const { file } = source;
  if (layout === layouts.compact) {
    const piece = { file, length: reader.uint16(), offset: reader.position() };
    source.claim(piece.length, 'plain');
    return { ...described, pieces: [piece] };
  }
  if (layout === layouts.contiguous) {
    const [offset, stored] = [readAddress(reader), reader.uint64()];
    if (length === 0) return { ...described, pieces: [] };
    if (offset === null) return damaged(source, `the weight ${name} was never written`);
    source.claim(stored, 'plain');
    return { ...described, pieces: [{ file, offset, length: stored }] };
  }
  if (layout !== layouts.chunked) return unsupported(source, `keeps the weight ${name} in the layout ${version}.${layout}`); // prettier-ignore
  const rank = reader.uint8();
  if (rank !== shape.length + 1) damaged(source, `the weight ${name} has an unreadable layout`);
  const tree = readAddress(reader);
  if (tree === null) return damaged(source, `the weight ${name} was never written`);
  const size = shape.map(() => reader.uint32());
  return chunked(source, described, { tree, size, filters: readFilters(source, messages) });
}
