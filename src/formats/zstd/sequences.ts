import { BackwardBits, littleEndian, ZstdFault } from './bits';
import { fseTable, readFseTable, singleSymbol, type FseTable } from './fse';
import { mostBlockBytes } from './literals';

/** A kind of number in a sequence: its codes, and what each stands for. */
interface Kind {
  readonly mostLog: number;
  readonly usual: FseTable;
  /** Bits that follow a code. */
  readonly extraBits: readonly number[];
  /** The smallest number of a code. */
  readonly bases: readonly number[];
}

/** Codes whose numbers follow each other without gaps. */
function kindOf(mostLog: number, usual: FseTable, first: number, extraBits: readonly number[]): Kind {
  let base = first;
  const bases = extraBits.map((bits) => {
    const start = base;
    base += 2 ** bits;
    return start;
  });
  return { mostLog, usual, extraBits, bases };
}

const zeros = (count: number): number[] => new Array<number>(count).fill(0);

// Tables and codes of RFC 8878, 3.1.1.3.2.1.1 and 3.1.1.3.2.2.
const literalLengths = kindOf(
  9,
  fseTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6),
  0,
  [...zeros(16), 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
); // prettier-ignore
const matchLengths = kindOf(
  9,
  fseTable([1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6),
  3,
  [...zeros(32), 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
); // prettier-ignore
const offsets = kindOf(
  8,
  fseTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5),
  1,
  Array.from({ length: 32 }, (_, code) => code),
);
const kinds = [literalLengths, offsets, matchLengths] as const;

/** The tables of a block: for lengths of literals, offsets and lengths of matches. */
export type SequenceTables = readonly [FseTable, FseTable, FseTable];

/** What is remembered from block to block of a frame. */
export interface FrameState {
  tables: SequenceTables | null;
  /** The last three offsets. */
  recent: [number, number, number];
  /** Where the frame begins in the target. */
  readonly start: number;
}

/** The number of sequences and where their tables begin. */
function readCount(block: Uint8Array, start: number): { readonly count: number; readonly at: number } {
  const first = littleEndian(block, start, 1);
  if (first < 128) return { count: first, at: start + 1 };
  if (first < 255) return { count: (first - 128) * 256 + littleEndian(block, start + 1, 1), at: start + 2 };
  return { count: littleEndian(block, start + 1, 2) + 0x7f00, at: start + 3 };
}

function readTables(
  block: Uint8Array,
  start: number,
  previous: SequenceTables | null,
): { readonly tables: SequenceTables; readonly end: number } {
  const modes = littleEndian(block, start, 1);
  if ((modes & 3) !== 0) throw new ZstdFault('a reserved bit is set');
  let end = start + 1;
  const [first, second, third] = kinds.map(({ mostLog, usual, extraBits }, at): FseTable => {
    const mode = (modes >> (6 - at * 2)) & 3;
    if (mode === 0) return usual;
    if (mode === 1) return singleSymbol(littleEndian(block, end++, 1));
    if (mode === 2) {
      const read = readFseTable(block, end, mostLog, extraBits.length);
      end = read.end;
      return read.table;
    }
    if (!previous) throw new ZstdFault('a block repeats tables that there are none of');
    return previous[at] ?? usual;
  });
  if (!first || !second || !third) throw new ZstdFault('a block has no tables');
  return { tables: [first, second, third], end };
}

/** The offset that a value stands for: the first three mean one of the last offsets. */
function resolveOffset(value: number, literalLength: number, recent: FrameState['recent']): number {
  if (value > 3) {
    recent[2] = recent[1];
    recent[1] = recent[0];
    return (recent[0] = value - 3);
  }
  const which = value - (literalLength === 0 ? 0 : 1);
  const offset = which === 3 ? recent[0] - 1 : (recent[which] ?? 0);
  if (which > 1) recent[2] = recent[1];
  if (which > 0) recent[1] = recent[0];
  return (recent[0] = offset);
}

/** Copies what lies `offset` before, byte by byte where it reaches into itself. @returns where it ends */
function copyMatch(target: Uint8Array, at: number, offset: number, length: number): number {
  const end = Math.min(target.length, at + length);
  if (offset >= length && length > 16) target.copyWithin(at, at - offset, at - offset + (end - at));
  else for (let to = at; to < end; to++) target[to] = target[to - offset] ?? 0;
  return end;
}

function copyLiterals(target: Uint8Array, at: number, literals: Uint8Array, from: number, length: number): number {
  const end = Math.min(target.length, at + length);
  if (length > 32) target.set(literals.subarray(from, from + (end - at)), at);
  else for (let to = at, source = from; to < end; to++, source++) target[to] = literals[source] ?? 0;
  return end;
}

/**
 * Writes what the sequences of a block say (RFC 8878, 3.1.1.4): literals and copies of what was written before.
 * @param start of the sequences in the block
 * @param at where to write
 * @returns where it ends, at most the end of the target
 */
export function runSequences(
  block: Uint8Array,
  start: number,
  literals: Uint8Array,
  target: Uint8Array,
  at: number,
  frame: FrameState,
): number {
  const { count, at: tablesStart } = readCount(block, start);
  if (count === 0) {
    if (tablesStart !== block.length) throw new ZstdFault('a block goes on');
    return copyLiterals(target, at, literals, 0, literals.length);
  }
  const { tables, end } = readTables(block, tablesStart, frame.tables);
  frame.tables = tables;
  const [lengths, places, matches] = tables;
  const stream = new BackwardBits(block.subarray(end));
  let [lengthState, placeState, matchState] = [
    stream.take(lengths.log),
    stream.take(places.log),
    stream.take(matches.log),
  ];
  let [written, used] = [at, 0];
  for (let sequence = 1; sequence <= count; sequence++) {
    const [lengthCode, placeCode, matchCode] = [
      lengths.symbols[lengthState] ?? 0,
      places.symbols[placeState] ?? 0,
      matches.symbols[matchState] ?? 0,
    ];
    const [lengthBits, placeBits, matchBits] = [
      literalLengths.extraBits[lengthCode],
      offsets.extraBits[placeCode],
      matchLengths.extraBits[matchCode],
    ];
    if (lengthBits === undefined || placeBits === undefined || matchBits === undefined)
      throw new ZstdFault('a code does not exist');
    const place = (offsets.bases[placeCode] ?? 0) + stream.take(placeBits);
    const match = (matchLengths.bases[matchCode] ?? 0) + stream.take(matchBits);
    const length = (literalLengths.bases[lengthCode] ?? 0) + stream.take(lengthBits);
    if (sequence < count) {
      lengthState = (lengths.bases[lengthState] ?? 0) + stream.take(lengths.bits[lengthState] ?? 0);
      matchState = (matches.bases[matchState] ?? 0) + stream.take(matches.bits[matchState] ?? 0);
      placeState = (places.bases[placeState] ?? 0) + stream.take(places.bits[placeState] ?? 0);
    }
    if (stream.left < 0) throw new ZstdFault('sequences end early');
    const offset = resolveOffset(place, length, frame.recent);
    if (used + length > literals.length) throw new ZstdFault('sequences ask for more literals than there are');
    if (offset <= 0 || offset > written + length - frame.start)
      throw new ZstdFault('a match lies before the beginning');
    if (written + length + match - at > mostBlockBytes) throw new ZstdFault('a block holds too much');
    written = copyLiterals(target, written, literals, used, length);
    used += length;
    written = copyMatch(target, written, offset, match);
    if (written === target.length) return written;
  }
  if (stream.left !== 0) throw new ZstdFault('sequences go on');
  if (written + literals.length - used - at > mostBlockBytes) throw new ZstdFault('a block holds too much');
  return copyLiterals(target, written, literals, used, literals.length - used);
}
