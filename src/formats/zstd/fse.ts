import { BackwardBits, highestBit, ZstdFault } from './bits';

/** A table of finite state entropy: of each state its symbol, how many bits lead to the next one, and its base. */
export interface FseTable {
  /** States are 2 to the power of this. */
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly bases: Uint16Array;
}

/**
 * Spreads symbols over the states (RFC 8878, 4.1.1).
 * @param shares of each symbol among the states; -1 means less than one
 */
export function fseTable(shares: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const next = new Uint16Array(shares.length);
  let high = size;
  shares.forEach((share, symbol) => {
    if (share === -1) symbols[--high] = symbol;
    next[symbol] = Math.abs(share);
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let position = 0;
  shares.forEach((share, symbol) => {
    for (let count = 0; count < share; count++) {
      symbols[position] = symbol;
      do position = (position + step) & (size - 1);
      while (position >= high);
    }
  });
  const bits = new Uint8Array(size);
  const bases = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const count = next[symbol] ?? 1;
    next[symbol] = count + 1;
    bits[state] = log - highestBit(count);
    bases[state] = (count << (log - highestBit(count))) - size;
  }
  return { log, symbols, bits, bases };
}

/** The table of a single symbol, which takes no bits. */
export const singleSymbol = (symbol: number): FseTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  bases: Uint16Array.of(0),
});

/**
 * Reads the description of a table.
 * @param mostSymbols how many symbols there may be
 * @returns the table and where its description ends
 */
export function readFseTable(
  bytes: Uint8Array,
  start: number,
  mostLog: number,
  mostSymbols: number,
): { readonly table: FseTable; readonly end: number } {
  let bit = start * 8;
  const peek = (count: number): number => {
    const byte = bit >> 3;
    const three = (bytes[byte] ?? 0) | ((bytes[byte + 1] ?? 0) << 8) | ((bytes[byte + 2] ?? 0) << 16);
    return (three >>> (bit & 7)) & ((1 << count) - 1);
  };
  const take = (count: number): number => {
    const value = peek(count);
    bit += count;
    return value;
  };
  const log = take(4) + 5;
  if (log > mostLog) throw new ZstdFault('a table is too large');
  const shares: number[] = [];
  for (let left = 1 << log; left > 0;) {
    if (bit > bytes.length * 8) throw new ZstdFault('a table ends early');
    // Values below a threshold need a bit less, for not all values of that many bits can occur.
    const count = highestBit(left + 1) + 1;
    const lower = (1 << (count - 1)) - 1;
    const threshold = (1 << count) - 2 - left;
    let value = peek(count);
    if ((value & lower) < threshold) {
      value &= lower;
      bit += count - 1;
    } else {
      if (value > lower) value -= threshold;
      bit += count;
    }
    shares.push(value - 1);
    left -= Math.abs(value - 1);
    if (value === 1) {
      for (let zeros = 3; zeros === 3;) {
        zeros = take(2);
        for (let zero = 0; zero < zeros; zero++) shares.push(0);
        if (shares.length > mostSymbols) throw new ZstdFault('a table has too many symbols');
      }
    }
    if (left < 0 || shares.length > mostSymbols) throw new ZstdFault('a table does not add up');
  }
  const end = (bit + 7) >> 3;
  if (end > bytes.length) throw new ZstdFault('a table ends early');
  return { table: fseTable(shares, log), end };
}

/** Numbers that two states take turns to tell, up to the end of the bits: the weights of a Huffman table. */
export function decodeWithTwoStates(
  bytes: Uint8Array,
  { log, symbols, bits, bases }: FseTable,
  most: number,
): number[] {
  const stream = new BackwardBits(bytes);
  const states = [stream.take(log), stream.take(log)];
  const values: number[] = [];
  for (let turn = 0; ; turn = 1 - turn) {
    const state = states[turn] ?? 0;
    values.push(symbols[state] ?? 0);
    if (values.length >= most) throw new ZstdFault('a table has too many symbols');
    states[turn] = (bases[state] ?? 0) + stream.take(bits[state] ?? 0);
    if (stream.left < 0) {
      values.push(symbols[states[1 - turn] ?? 0] ?? 0);
      return values;
    }
  }
}
