import { BackwardBits, highestBit, littleEndian, ZstdFault } from './bits';
import { decodeWithTwoStates, readFseTable } from './fse';

/** A table of prefix codes: of every row of `log` bits the symbol that it begins with, and the length of its code. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly lengths: Uint8Array;
}

const mostLog = 11;
const mostWeights = 255;

/** The weights of the symbols but the last, four bits each or packed. */
function readWeights(bytes: Uint8Array, start: number): { readonly weights: number[]; readonly end: number } {
  const header = littleEndian(bytes, start, 1);
  const first = start + 1;
  if (header >= 128) {
    const count = header - 127;
    const end = first + ((count + 1) >> 1);
    if (end > bytes.length) throw new ZstdFault('a table ends early');
    const nibble = (at: number): number => ((bytes[first + (at >> 1)] ?? 0) >> (at % 2 === 0 ? 4 : 0)) & 15;
    return { weights: Array.from({ length: count }, (_, at) => nibble(at)), end };
  }
  const end = first + header;
  if (end > bytes.length) throw new ZstdFault('a table ends early');
  const { table, end: packed } = readFseTable(bytes.subarray(0, end), first, 6, mostLog + 2);
  return { weights: decodeWithTwoStates(bytes.subarray(packed, end), table, mostWeights), end };
}

/** The weight of the last symbol is what is missing to a power of two (RFC 8878, 4.2.1). */
function withLastWeight(weights: readonly number[]): { readonly all: readonly number[]; readonly log: number } {
  const sum = weights.reduce((total, weight) => total + (weight > 0 ? 2 ** (weight - 1) : 0), 0);
  if (sum === 0 || sum >= 2 ** mostLog) throw new ZstdFault('a table of codes does not add up');
  const log = highestBit(sum) + 1;
  const missing = (1 << log) - sum;
  if (missing !== 1 << highestBit(missing)) throw new ZstdFault('a table of codes does not add up');
  return { all: [...weights, highestBit(missing) + 1], log };
}

/** Reads a table of codes. @returns it and where it ends */
export function readHuffmanTable(
  bytes: Uint8Array,
  start: number,
): { readonly table: HuffmanTable; readonly end: number } {
  const { weights, end } = readWeights(bytes, start);
  const { all, log } = withLastWeight(weights);
  const symbols = new Uint8Array(1 << log);
  const lengths = new Uint8Array(1 << log);
  let row = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (let symbol = 0; symbol < all.length; symbol++) {
      if (all[symbol] !== weight) continue;
      const rows = 1 << (weight - 1);
      symbols.fill(symbol, row, row + rows);
      lengths.fill(log + 1 - weight, row, row + rows);
      row += rows;
    }
  }
  if (row !== 1 << log) throw new ZstdFault('a table of codes does not add up');
  return { table: { log, symbols, lengths }, end };
}

/** Decodes one stream of codes into exactly `target`. */
export function decodeHuffman(bytes: Uint8Array, { log, symbols, lengths }: HuffmanTable, target: Uint8Array): void {
  const stream = new BackwardBits(bytes);
  for (let at = 0; at < target.length; at++) {
    const row = stream.peek(log);
    target[at] = symbols[row] ?? 0;
    stream.left -= lengths[row] ?? 0;
    if (stream.left < 0) throw new ZstdFault('a stream of codes ends early');
  }
  if (stream.left !== 0) throw new ZstdFault('a stream of codes goes on');
}
