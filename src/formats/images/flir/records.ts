import { damagedImage } from '../refusals';
import { spells } from '../spelling';

/** One record of a FLIR block, in the byte order of its own. */
export interface FlirRecord {
  readonly view: DataView;
  readonly littleEndian: boolean;
}

/** The two records that temperatures are made of. */
export interface FlirRecords {
  /** Counts of the sensor. */
  readonly counts: FlirRecord | null;
  /** Calibration and what the person set about the scene. */
  readonly camera: FlirRecord | null;
}

const mark = 'FLIR\0';
/** Behind the mark: a 1, the number of the segment, and the number of the last one. */
const segmentHeader = mark.length + 3;
const blockHeader = 64;
const directoryEntry = 32;
const mostRecords = 1000;
const countsType = 1;
const cameraType = 0x20;
/** Every record of interest begins with this number, which tells its byte order. */
const recordMark = 2;

export const damagedFlir = (name: string, fault: string): Error =>
  damagedImage('JPEG image', name, `of its FLIR block, ${fault}`);

/** The block that a JPEG carries in pieces of 64 kB; null without one. */
function joinSegments(segments: readonly Uint8Array[], name: string): Uint8Array | null {
  const pieces = segments.filter((segment) => spells(segment, mark) && segment.length >= segmentHeader);
  if (pieces.length === 0) return null;
  const ordered = pieces.toSorted((a, b) => (a[mark.length + 1] ?? 0) - (b[mark.length + 1] ?? 0));
  const last = ordered[0]?.[mark.length + 2] ?? 0;
  ordered.forEach((piece, index) => {
    if (piece[mark.length + 1] !== index || piece[mark.length + 2] !== last || pieces.length !== last + 1)
      throw damagedFlir(name, `${pieces.length} of ${last + 1} segments are there`);
  });
  const block = new Uint8Array(ordered.reduce((sum, piece) => sum + piece.length - segmentHeader, 0));
  let offset = 0;
  for (const piece of ordered) {
    block.set(piece.subarray(segmentHeader), offset);
    offset += piece.length - segmentHeader;
  }
  return block;
}

function recordAt(block: Uint8Array, offset: number, length: number, name: string): FlirRecord {
  if (length < directoryEntry || offset + length > block.length)
    throw damagedFlir(name, `a record at byte ${offset} lies outside`);
  const view = new DataView(block.buffer, block.byteOffset + offset, length);
  const littleEndian = view.getUint16(0, true) === recordMark;
  if (!littleEndian && view.getUint16(0) !== recordMark)
    throw damagedFlir(name, `the record at byte ${offset} does not begin with its mark`);
  return { view, littleEndian };
}

/**
 * Finds the FLIR block (FFF) among the APP1 segments of a JPEG.
 * Source: the tables of ExifTool, exiftool.org/TagNames/FLIR.html.
 * @returns null when there is none
 * @throws StudioError `damaged-file`
 */
export function readFlirRecords(segments: readonly Uint8Array[], name: string): FlirRecords | null {
  const block = joinSegments(segments, name);
  if (!block) return null;
  if (block.length < blockHeader || !spells(block, 'FFF\0')) throw damagedFlir(name, 'the beginning is not FFF');
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  // The version is 100 to 199 in the right byte order.
  const littleEndian = view.getUint32(20, true) < 0x10000;
  const [directory, count] = [view.getUint32(24, littleEndian), view.getUint32(28, littleEndian)];
  if (count > mostRecords || directory + count * directoryEntry > block.length)
    throw damagedFlir(name, `the directory of ${count} records lies outside`);
  const find = (type: number): FlirRecord | null => {
    for (let entry = directory; entry < directory + count * directoryEntry; entry += directoryEntry) {
      if (view.getUint16(entry, littleEndian) !== type) continue;
      return recordAt(block, view.getUint32(entry + 12, littleEndian), view.getUint32(entry + 16, littleEndian), name);
    }
    return null;
  };
  return { counts: find(countsType), camera: find(cameraType) };
}
